"""Pulumi's events as ours: steps with a total, the outputs, the errors, and never an exception."""

from typing import Any

from pulumi.automation.events import EngineEvent

from dashboard.engine_events import Narrator, object_name
from dashboard.model import Level, NewEvent, Progress
from tests.dashboard.pulumi_samples import NAME, OUTPUTS, RELEASE, SPACE, STACK

Told = list[NewEvent | Progress]


def step(verb: str, resource: dict[str, Any], op: str = "create", **new: Any) -> EngineEvent:
    metadata = {"op": op, "urn": resource["urn"], "type": resource["type"], "provider": ""}
    state = {"type": resource["type"], "urn": resource["urn"], **new} if op != "delete" else None
    return EngineEvent.from_json({verb: {"metadata": {**metadata, "new": state}}})


def heard(*events: EngineEvent, expected: int = 0) -> tuple[Narrator, list[NewEvent], list[Progress]]:
    told: Told = []
    narrator = Narrator(NAME, told.append, expected)
    for event in events:
        narrator(event)
    return narrator, [t for t in told if isinstance(t, NewEvent)], [t for t in told if isinstance(t, Progress)]


def test_each_change_is_told_when_it_begins_and_when_it_ends() -> None:
    _, events, _ = heard(step("resourcePreEvent", SPACE), step("resOutputsEvent", SPACE))
    assert [(e.kind, e.object, e.reason) for e in events] == [
        ("engine.step", "Namespace/namespace", "creating"), ("engine.step", "Namespace/namespace", "created"),
    ]  # fmt: skip
    assert all(e.store == NAME for e in events)


def test_progress_names_the_release_while_it_runs_and_knows_the_total() -> None:
    _, _, progress = heard(
        step("resourcePreEvent", SPACE), step("resOutputsEvent", SPACE), step("resourcePreEvent", RELEASE), expected=13
    )
    assert progress[-1] == Progress(1, 13, "creating Release/release")


def test_a_total_that_was_too_small_grows() -> None:
    _, _, progress = heard(step("resourcePreEvent", SPACE), step("resourcePreEvent", RELEASE), expected=1)
    assert progress[-1].total == 2


def test_what_does_not_change_and_pulumis_own_objects_are_no_steps() -> None:
    provider = {"urn": "urn:pulumi:x::y::pulumi:providers:kubernetes::default", "type": "pulumi:providers:kubernetes"}
    _, events, progress = heard(
        step("resourcePreEvent", SPACE, "same"), step("resOutputsEvent", SPACE, "same"),
        step("resourcePreEvent", provider), step("resOutputsEvent", provider), step("resourcePreEvent", STACK),
    )  # fmt: skip
    assert events == []
    assert progress[-1] == Progress(1, 1, "checking Namespace/namespace")


def test_the_stacks_outputs_are_kept_and_errors_are_not_told() -> None:
    problem = {"message": "password=hunter2", "severity": "error", "color": ""}
    narrator, events, _ = heard(
        step("resOutputsEvent", STACK, "same", outputs=OUTPUTS), EngineEvent.from_json({"diagnosticEvent": problem})
    )
    assert narrator.outputs == OUTPUTS
    assert narrator.errors == ["password=hunter2"]
    assert events == []


def test_a_failed_step_is_an_error() -> None:
    _, events, _ = heard(step("resOpFailedEvent", RELEASE))
    assert [(e.level, e.message) for e in events] == [(Level.ERROR, "failed Release/release")]


def test_a_destroyed_stack_and_a_strange_event_do_no_harm() -> None:
    narrator, _, _ = heard(step("resOutputsEvent", STACK, "delete"), EngineEvent(0, 0))
    narrator(None)  # type: ignore[arg-type]
    assert narrator.outputs == {}


def test_names_are_type_and_name() -> None:
    assert object_name(RELEASE["urn"]) == "Release/release"

"""Real events of Pulumi's engine as changes.

`events/changed.jsonl` was recorded with `pulumi preview --event-log` (hidden behind `PULUMI_DEBUG_COMMANDS=true`) of a
store whose plan, chart version and one NetworkPolicy's name were changed, which lost its LimitRange and got a secret.
Left out of it: debug messages, outputs of resources, stack traces.
"""

import json
from pathlib import Path

import pytest
from pulumi.automation.events import EngineEvent

from previews.findings import losses
from previews.model import Change, Field, Verb
from previews.steps import Steps

RECORDED = Path(__file__).with_name("events") / "changed.jsonl"


@pytest.fixture
def steps() -> Steps:
    """What listening to the recorded preview gives."""
    listener = Steps()
    for line in RECORDED.read_text().splitlines():
        listener.take(EngineEvent.from_json(json.loads(line)))
    return listener


def test_each_resource_that_changes_is_there_once(steps: Steps) -> None:
    assert {change.name: change.verb for change in steps.resources} == {
        "ResourceQuota/quota": Verb.UPDATE,
        "NetworkPolicy/world": Verb.REPLACE,
        "Secret/settings": Verb.CREATE,
        "Release/release": Verb.UPDATE,
        "LimitRange/limits": Verb.DELETE,
        "Stack/outputs": Verb.UPDATE,
    }
    assert steps.counts == (("create", 1), ("update", 2), ("replace", 1), ("delete", 1), ("same", 9))


def fields(steps: Steps, name: str) -> dict[str, tuple[str | None, str | None]]:
    change = next(change for change in steps.resources if change.name == name)
    return {field.path: (field.old, field.new) for field in change.fields}


def test_properties_are_told_old_and_new(steps: Steps) -> None:
    assert fields(steps, "NetworkPolicy/world") == {"metadata.name": ("world", "outside")}
    quota = fields(steps, "ResourceQuota/quota")
    assert quota["spec.hard.limits.memory"] == ("1536Mi", "3Gi")
    assert fields(steps, "Stack/outputs")["chartVersion"] == ("0.4.0", "99.0.0")
    release = fields(steps, "Release/release")
    assert release["version"] == ("0.4.0", "99.0.0")
    assert release["values.resources.web.limit"] == ("256Mi", "512Mi")


def test_what_the_report_needs_of_the_release_and_its_quota(steps: Steps) -> None:
    assert steps.release_changes
    assert (steps.release["name"], steps.release["namespace"]) == ("woocommerce", "store-blue-bottle")
    assert steps.release["values"]["store"]["name"] == "blue-bottle"
    assert steps.deployed["version"] == "0.4.0"
    assert steps.hard["limits.memory"] == "3Gi"
    assert steps.outputs["chartVersion"] == "99.0.0"


def test_no_secret_is_in_it(steps: Steps) -> None:
    everything = str((steps.resources, steps.release, steps.outputs))
    assert "ciphertext" not in everything
    assert next(change for change in steps.resources if change.name == "Secret/settings").fields == ()


def test_what_is_lost_is_found(steps: Steps) -> None:
    assert list(losses(steps.resources)) == []
    assert list(losses([*steps.resources, Change(Verb.REPLACE, "Namespace/namespace", (Field("a", "b", "c"),))]))


def test_errors_are_kept_and_nonsense_is_no_reason_to_fail() -> None:
    listener = Steps()
    listener(
        EngineEvent.from_json(
            {"sequence": 1, "timestamp": 1, "diagnosticEvent": {"message": "no", "severity": "error"}}
        )
    )
    listener(None)  # type: ignore[arg-type]  # whatever it is, the callback may not fail
    assert listener.errors == ["no"]

"""When a namespace is told to go: at the first delete, once, and never before."""

from pulumi.automation.events import EngineEvent

from dashboard.apiserver import ApiError
from dashboard.farewell import Farewell
from tests.dashboard.pulumi_samples import RELEASE, SECRETS, SPACE
from tests.dashboard.test_engine_events import step


def heard(*events: EngineEvent, refused: bool = False) -> list[str]:
    """What happened, in order."""
    order: list[str] = []

    def leave() -> None:
        order.append("leave")
        if refused:
            raise ApiError(403, "Forbidden", "no")

    farewell = Farewell(lambda happened: order.append("heard"), leave)
    for event in events:
        farewell(event)
    return order


def test_it_goes_at_the_first_delete_and_only_once() -> None:
    first, second = step("resourcePreEvent", RELEASE, "delete"), step("resourcePreEvent", SPACE, "delete")
    assert heard(first, second) == ["heard", "leave", "heard"]


def test_an_engine_that_deletes_nothing_lets_it_stand() -> None:
    refreshed, ended = step("resourcePreEvent", SECRETS, "refresh"), step("resOutputsEvent", RELEASE, "delete")
    assert heard(refreshed, ended, EngineEvent.from_json({"preludeEvent": {"config": {}}})) == ["heard"] * 3


def test_a_refusal_does_not_disturb_the_engine() -> None:
    assert heard(step("resourcePreEvent", RELEASE, "delete"), refused=True) == ["heard", "leave"]

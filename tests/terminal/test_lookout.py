"""What a lookout tells of a store, from what its readers see."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.troubles import SETTLED
from dashboard.watch import WATCHED
from terminal import lookout as module
from terminal.lookout import Lookout
from tests.dashboard.objects import NAMESPACE, SHOP, container, namespace, thing, web

JSON = dict[str, Any]
BROKEN = container(waiting={"reason": "ImagePullBackOff", "message": "not found"})
EVENT = {
    "type": "Warning", "reason": "FailedScheduling", "message": "0/1 nodes are available", "metadata": {
        "name": "e", "namespace": NAMESPACE, "uid": "e",
    }, "involvedObject": {"kind": "Pod", "name": "web-1", "namespace": NAMESPACE},
}  # fmt: skip


class Clock:
    """`datetime` whose now moves by the test only."""

    current = datetime.now(UTC)

    @classmethod
    def now(cls, zone: Any) -> datetime:
        return cls.current


class Nothing:
    """An API server without objects; the paths that were asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def list(self, path: str, **query: str) -> JSON:
        self.asked.add(path)
        return {"items": [], "metadata": {"resourceVersion": "1"}}

    def watch(self, path: str, resource_version: str = "", seconds: int = 300, **query: str) -> Iterator[JSON]:
        threading.Event().wait(0.05)
        return iter(())


@pytest.fixture
def lookout(monkeypatch: pytest.MonkeyPatch) -> Lookout:
    monkeypatch.setattr(module, "datetime", Clock)
    return Lookout(Nothing(), SHOP, NAMESPACE)


def test_before_there_is_anything_nothing_is_told(lookout: Lookout) -> None:
    assert lookout.now() == ""
    assert lookout.failure() is None


def test_what_is_wrong_is_told_when_it_is_settled_and_kept_when_it_is_gone(lookout: Lookout) -> None:
    lookout.replace("Namespace", [namespace()])
    lookout.change("Pod", "ADDED", web(BROKEN))
    assert lookout.now() == ""
    Clock.current += SETTLED + timedelta(seconds=1)
    assert "not found" in lookout.now()
    lookout.replace("Namespace", [])  # Helm has taken back what it made
    Clock.current += timedelta(seconds=1)
    assert lookout.now() == ""
    failure = lookout.failure()
    assert failure is not None and "not found" in failure.message and failure.cure


def test_an_event_may_be_heard_before_its_namespace(lookout: Lookout) -> None:
    lookout.change("Event", "ADDED", EVENT)
    lookout.change("Event", "DELETED", EVENT)
    lookout.now()
    assert [*lookout._events] == [EVENT]
    lookout.replace("Namespace", [namespace()])
    lookout.change("Pod", "ADDED", thing("Pod", "web-1", "web", spec={}, status={"phase": "Pending"}))
    lookout.now()
    assert [*lookout._events] == []
    assert lookout._sights.facts(SHOP, Clock.current).events == [EVENT]


def test_it_looks_at_one_namespace_only() -> None:
    api = Nothing()
    lookout = Lookout(api, SHOP, NAMESPACE)
    lookout.start()
    while len(api.asked) < len(WATCHED):
        threading.Event().wait(0.01)
    lookout.stop()
    assert {path for path in api.asked if f"/namespaces/{NAMESPACE}/" not in path} == {"/api/v1/namespaces"}
    assert f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments" in api.asked

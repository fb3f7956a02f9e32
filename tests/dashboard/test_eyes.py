"""The eyes as a whole over a fresh database, with an API whose answers the test hands out."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from dashboard.eyes import Eyes
from dashboard.model import Source, Status
from dashboard.reach import AWAY, BACK
from dashboard.tables import stores
from tests.dashboard.conftest import Bench
from tests.dashboard.memory_cluster import PATHS, Cluster
from tests.dashboard.objects import (
    JSON,
    NAMESPACE,
    NOW,
    READY,
    SHOP,
    condition,
    container,
    deployment,
    ended,
    event,
    healthy,
    job,
    namespace,
    running,
    setup_pod,
    waiting,
    web,
)  # fmt: skip
from tests.dashboard.waiting import eventually

Open = Callable[[Cluster], Eyes]


@pytest.fixture
def look(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Starts eyes on a cluster over the bench's database; they are less patient than in earnest."""
    for module in ("troubles", "snapshots"):
        monkeypatch.setattr(f"dashboard.{module}.SETTLED", timedelta(seconds=0.1))
    opened: list[tuple[Eyes, Cluster]] = []

    def start(cluster: Cluster) -> Eyes:
        eyes = Eyes(cluster, bench.database, bench.journal, bench.fleet)
        opened.append((eyes, cluster))
        eyes.start()
        return eyes

    yield start
    for eyes, cluster in opened:
        eyes.stop()
        cluster.end()


def add_store(bench: Bench, status: Status, name: str = SHOP) -> None:
    with bench.database.write() as writer:
        writer.execute(insert(stores).values(name=name, status=status, created_at=NOW))


def status(bench: Bench) -> Status | None:
    store = bench.fleet.store(SHOP)
    return store.status if store else None


def seen(bench: Bench) -> JSON:
    found: JSON = bench.fleet.snapshot(SHOP) or {}
    return found


def told(bench: Bench, store: str = SHOP) -> list[str]:
    return [one.reason for one in reversed(bench.journal.recent(store, 100, Source.KUBERNETES))]


def late(thing: JSON) -> JSON:
    """The object as a later version of itself."""
    return thing | {"metadata": thing["metadata"] | {"resourceVersion": "9"}}


def test_a_snapshot_shows_pods_and_claims_of_a_finished_store(bench: Bench, look: Open) -> None:
    add_store(bench, Status.READY)
    look(Cluster(*healthy()))
    eventually(lambda: len(seen(bench).get("pods", ())) == 3)
    pods = {pod["component"]: (pod["phase"], pod["ready"]) for pod in seen(bench)["pods"]}
    assert pods == {"database": ("Running", True), "setup": ("Succeeded", False), "web": ("Running", True)}
    assert [(claim["name"], claim["phase"]) for claim in seen(bench)["claims"]] == [
        ("content", "Bound"), ("database", "Bound"),
    ]  # fmt: skip
    assert seen(bench)["why"] is None and seen(bench)["doing"] is None


def test_what_goes_wrong_is_in_the_snapshot_and_goes_when_it_is_right_again(bench: Bench, look: Open) -> None:
    add_store(bench, Status.PROVISIONING)
    cluster = Cluster(*healthy())
    look(cluster)
    cluster.tell("MODIFIED", late(web(waiting("ErrImagePull", "no such tag"))))
    eventually(lambda: seen(bench).get("why"))
    assert (seen(bench)["why"]["reason"], seen(bench)["why"]["object"]) == ("ImagePull", "Pod/web-7947548c9b-h2jlm")
    cluster.tell("MODIFIED", late(web(running(ready=True), **READY)))
    eventually(lambda: seen(bench)["why"] is None)


def test_what_a_store_waits_for_is_no_complaint(bench: Bench, look: Open) -> None:
    add_store(bench, Status.PROVISIONING)
    look(Cluster(deployment(), web(running()), job(active=1), setup_pod(running())))
    eventually(lambda: seen(bench).get("doing"))
    assert seen(bench)["why"] is None and seen(bench)["doing"]["reason"] == "SettingUp"


def test_an_event_is_told_once_over_lists_watches_and_restarts(bench: Bench, look: Open) -> None:
    add_store(bench, Status.PROVISIONING)
    old = event("Pod", "web-1", "Failed", "cannot pull", uid="old")
    cluster = Cluster()
    cluster.objects[PATHS["Event"]] = [old, old]
    first = look(cluster)
    cluster.tell("MODIFIED", old)
    cluster.tell("ADDED", event("Pod", "web-1", "BackOff", "waits", uid="new"))
    cluster.tell("DELETED", old)
    eventually(lambda: told(bench) == ["Failed", "BackOff"])
    first.stop()
    again = Cluster()
    again.objects[PATHS["Event"]] = [old, event("Pod", "web-1", "BackOff", "waits", uid="new")]
    look(again)
    again.tell("ADDED", event("Pod", "web-1", "Killing", "ends", uid="newest"))
    eventually(lambda: "Killing" in told(bench))
    assert told(bench) == ["Failed", "BackOff", "Killing"]


def test_events_of_other_namespaces_are_not_told(bench: Bench, look: Open) -> None:
    add_store(bench, Status.READY)
    foreign = event("Pod", "coredns", "Failed", "foreign")
    foreign["metadata"]["namespace"] = "kube-system"
    cluster = Cluster()
    look(cluster)
    cluster.tell("ADDED", foreign)
    cluster.tell("ADDED", event("Pod", "web-1", "Pulled", "ours"))
    eventually(lambda: told(bench) == ["Pulled"])
    assert bench.journal.last_id() == 1


def test_an_event_heard_before_its_namespace_is_told_after_it(bench: Bench, look: Open) -> None:
    add_store(bench, Status.PROVISIONING)
    cluster = Cluster()
    cluster.objects[PATHS["Namespace"]] = []
    cluster.objects[PATHS["Event"]] = [event("Pod", "web-1", "Pulled", "early")]
    look(cluster)
    cluster.tell("ADDED", namespace())
    eventually(lambda: told(bench) == ["Pulled"])


def test_a_failure_is_explained_after_helm_has_taken_everything_away(bench: Bench, look: Open) -> None:
    add_store(bench, Status.PROVISIONING)
    broken = web(waiting("ErrImagePull", "no such tag"))
    cluster = Cluster(deployment(), broken)
    eyes = look(cluster)
    eventually(lambda: seen(bench).get("why"))
    cluster.tell("DELETED", deployment())
    cluster.tell("DELETED", broken)
    eventually(lambda: not seen(bench)["pods"] and seen(bench)["why"] is None)
    failure = eyes.failure(SHOP, None)
    assert failure and failure.reason == "ImagePull" and "no such tag" in failure.message and failure.cure


def test_nothing_is_explained_where_nothing_is_wrong(bench: Bench, look: Open) -> None:
    add_store(bench, Status.READY)
    eyes = look(Cluster(*healthy()))
    eventually(lambda: seen(bench))
    assert eyes.explain(SHOP) is None and eyes.failure(SHOP, None) is None
    assert eyes.failure("no-such-store", None) is None


def test_a_store_that_nobody_reaches_is_unreachable_until_it_answers_again(
    bench: Bench, look: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.readiness.PATIENCE_SECONDS", 0.2)
    add_store(bench, Status.READY)
    cluster = Cluster(*healthy())
    look(cluster)
    eventually(lambda: seen(bench))
    cluster.tell("MODIFIED", late(web(waiting("CrashLoopBackOff", restarts=3, last=ended(1)))))
    eventually(lambda: status(bench) is Status.UNREACHABLE)
    cluster.tell("MODIFIED", late(web(running(ready=True), **READY)))
    eventually(lambda: status(bench) is Status.READY)
    changes = [one for one in bench.journal.after(0, SHOP) if one.kind == "store.status"]
    assert [(one.data["status"], one.reason) for one in changes] == [("unreachable", "CrashLoop"), ("ready", "")]


@pytest.mark.parametrize("own", [s for s in Status if s not in (Status.READY, Status.UNREACHABLE)])
def test_an_operation_s_status_is_left_alone(
    bench: Bench, look: Open, monkeypatch: pytest.MonkeyPatch, own: Status
) -> None:
    monkeypatch.setattr("dashboard.readiness.PATIENCE_SECONDS", 0.0)
    add_store(bench, own)
    look(Cluster(deployment(conditions=[condition("ReplicaFailure", message="exceeded quota")])))
    eventually(lambda: seen(bench))
    assert status(bench) is own


def test_a_cluster_out_of_sight_is_told_once_and_no_store_suffers(
    bench: Bench, look: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.reach.GRACE_SECONDS", 0.1)
    add_store(bench, Status.READY)
    cluster = Cluster(*healthy())
    eyes = look(cluster)
    eventually(lambda: seen(bench))
    cluster.down.set()
    for kind in PATHS:
        cluster.tell("BOOKMARK", {"kind": kind})
    eventually(lambda: [one.kind for one in bench.journal.after(0, "")] == [AWAY])
    found = eyes.explain(SHOP)
    assert found and found.reason == "ClusterAway" and "connection refused" in found.message
    eyes.stop()
    second = look(cluster)
    cluster.down.clear()
    eventually(lambda: [one.kind for one in bench.journal.after(0, "")] == [AWAY, BACK])
    assert second.explain(SHOP) is None
    assert status(bench) is Status.READY and bench.journal.after(0, SHOP) == []


def test_a_database_that_fails_for_a_while_loses_no_event(
    bench: Bench, look: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_store(bench, Status.PROVISIONING)
    failures = [OSError("disk is full")]
    append = bench.journal.append

    def sometimes(events: Any, connection: Any = None) -> list[int]:
        if events and failures:
            raise failures.pop()
        return append(events, connection)

    monkeypatch.setattr(bench.journal, "append", sometimes)
    cluster = Cluster()
    look(cluster)
    cluster.tell("ADDED", event("Pod", "web-1", "Pulled", "first", uid="1"))
    cluster.tell("ADDED", event("Pod", "web-1", "Started", "second", uid="2"))
    eventually(lambda: told(bench) == ["Pulled", "Started"])
    assert not failures


def test_an_object_that_no_one_can_read_blinds_for_no_other_store(
    bench: Bench, look: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.eyes.SWEEP_SECONDS", 600.0)  # no second look without a cause
    add_store(bench, Status.READY)
    add_store(bench, Status.READY, "odd")
    odd = web(container())
    odd["metadata"] |= {"namespace": "store-odd", "creationTimestamp": 7}
    odd["status"] = {"containerStatuses": "none", "conditions": [7]}
    home = namespace()
    home["metadata"] |= {"name": "store-odd", "labels": {"storefleet.dev/store": "odd"}}
    cluster = Cluster(odd, *healthy())
    cluster.objects[PATHS["Namespace"]].append(home)
    look(cluster)
    eventually(lambda: len(seen(bench).get("pods", ())) == 3)


def test_a_store_that_the_database_learns_of_later_gets_its_snapshot(
    bench: Bench, look: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.eyes.SWEEP_SECONDS", 0.1)
    look(Cluster(*healthy()))
    add_store(bench, Status.READY)
    eventually(lambda: len(seen(bench).get("pods", ())) == 3)


def test_a_namespace_that_goes_takes_its_pods_from_the_picture(bench: Bench, look: Open) -> None:
    add_store(bench, Status.DELETING)
    cluster = Cluster(*healthy())
    look(cluster)
    eventually(lambda: seen(bench).get("pods"))
    cluster.tell("DELETED", namespace())
    eventually(lambda: seen(bench)["pods"] == [])
    assert seen(bench)["doing"]["object"] == f"Namespace/{NAMESPACE}"


def test_a_status_that_changes_during_the_look_is_not_overwritten(bench: Bench, look: Open) -> None:
    from dashboard.readiness import Readiness

    add_store(bench, Status.READY)
    readiness = Readiness(bench.database, bench.journal, clock=iter([0.0, 0.0, 99.0, 99.0]).__next__)
    assert readiness.judge(SHOP, Status.READY, False, None)
    with bench.database.write() as writer:
        writer.execute(update(stores).values(status=Status.QUEUED))
    assert readiness.judge(SHOP, Status.READY, False, None) is None
    assert status(bench) is Status.QUEUED and bench.journal.last_id() == 0

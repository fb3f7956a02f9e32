"""Readers against an API server that closes, forgets, refuses and talks nonsense."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from dashboard.apiserver import ApiServer
from dashboard.kubeconfig import Access
from dashboard.watch import STORE, Reader, Watched, slim
from tests.dashboard.fake_cluster import JSON, Answer, FakeCluster, running
from tests.dashboard.objects import ago, thing
from tests.dashboard.waiting import eventually

PODS = Watched("Pod", "/api/v1/pods")


class Diary:
    """A sink that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, ...]] = []
        self.answers = 0

    def replace(self, kind: str, objects: list[JSON]) -> None:
        self.heard.append(("LIST", *(o["metadata"]["name"] for o in objects)))

    def change(self, kind: str, verb: str, thing: JSON) -> None:
        self.heard.append((verb, thing["metadata"]["name"]))

    def reached(self, kind: str) -> None:
        self.answers += 1

    def lost(self, kind: str, why: str) -> None:
        self.heard.append(("LOST", why))


def change(verb: str, name: str, version: str) -> JSON:
    return {"type": verb, "object": thing("Pod", name, metadata={"resourceVersion": version})}


def gone() -> JSON:
    return {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}}


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    with running(FakeCluster(objects={PODS.path: [thing("Pod", "a"), thing("Pod", "b")]})) as cluster:
        yield cluster


@pytest.fixture
def diary(cluster: FakeCluster) -> Iterator[Callable[..., Diary]]:
    """Starts a reader of pods that pauses for next to nothing; ends it with the server."""
    stop, api = threading.Event(), ApiServer(Access(cluster.url, None))
    threads: list[threading.Thread] = []

    def start(watched: Watched = PODS) -> Diary:
        diary = Diary()
        reader = Reader(watched, api, diary, stop, pause=0.01)
        threads.append(threading.Thread(target=reader.run, daemon=True))
        threads[-1].start()
        return diary

    yield start
    stop.set()
    cluster.closing.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    api.close()


Start = Callable[..., Diary]


def test_a_list_then_changes_in_order(cluster: FakeCluster, diary: Start) -> None:
    cluster.watches[PODS.path] = [
        Answer(
            lines=[change("ADDED", "c", "101"), change("MODIFIED", "a", "102"), change("DELETED", "b", "103")],
            hold=True,
        )
    ]
    seen = diary()
    eventually(lambda: len(seen.heard) == 4)
    assert seen.heard == [("LIST", "a", "b"), ("ADDED", "c"), ("MODIFIED", "a"), ("DELETED", "b")]
    assert cluster.count(PODS.path, watch="true", resourceVersion="100", labelSelector=STORE) == 1


def test_a_long_list_comes_in_pages_and_is_told_at_once(cluster: FakeCluster, diary: Start) -> None:
    cluster.page = 1
    seen = diary()
    eventually(lambda: bool(seen.heard))
    assert seen.heard == [("LIST", "a", "b")]
    assert cluster.count(PODS.path, **{"continue": "1"}) == 1


def test_a_closed_watch_goes_on_where_it_was_without_a_list(cluster: FakeCluster, diary: Start) -> None:
    bookmark: JSON = {"type": "BOOKMARK", "object": {"kind": "Pod", "metadata": {"resourceVersion": "150"}}}
    cluster.watches[PODS.path] = [
        Answer(lines=[change("ADDED", "c", "101"), bookmark]),
        Answer(lines=[change("ADDED", "d", "151")], hold=True),
    ]
    seen = diary()
    eventually(lambda: ("ADDED", "d") in seen.heard)
    assert seen.heard == [("LIST", "a", "b"), ("ADDED", "c"), ("ADDED", "d")]
    assert cluster.count(PODS.path, watch="true", resourceVersion="150") == 1


@pytest.mark.parametrize("expired", [Answer(lines=[gone()]), Answer(status=410, lines=[gone()["object"]])])
def test_an_expired_version_means_a_new_list(cluster: FakeCluster, diary: Start, expired: Answer) -> None:
    cluster.watches[PODS.path] = [expired, Answer(lines=[change("ADDED", "c", "101")], hold=True)]
    seen = diary()
    eventually(lambda: ("ADDED", "c") in seen.heard)
    assert seen.heard == [("LIST", "a", "b"), ("LIST", "a", "b"), ("ADDED", "c")]


def test_a_version_that_is_always_too_old_is_no_reason_to_run_wild(cluster: FakeCluster, diary: Start) -> None:
    cluster.watches[PODS.path] = [Answer(status=410, lines=[gone()["object"]]) for _ in range(5)]
    seen = diary()
    eventually(lambda: cluster.count(PODS.path, watch="true") == 6)
    # The sixth watch stays open: no more lists than expired versions and the first one.
    assert [said[0] for said in seen.heard] == ["LIST"] * 6


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(cluster: FakeCluster, diary: Start, status: int) -> None:
    cluster.lists[PODS.path] = [Answer(status=status, lines=[{"kind": "Status", "message": "later"}])]
    seen = diary()
    eventually(lambda: ("LIST", "a", "b") in seen.heard)
    assert seen.heard[0] == ("LOST", f"the cluster is busy or ill: HTTP {status}")


def test_a_refusal_names_the_right_that_is_missing(cluster: FakeCluster, diary: Start) -> None:
    cluster.lists[PODS.path] = [Answer(status=403, lines=[{"kind": "Status", "message": "worker may not list pods"}])]
    seen = diary()
    eventually(lambda: ("LIST", "a", "b") in seen.heard)
    assert seen.heard[0] == ("LOST", "the cluster refuses to be watched: worker may not list pods")


def test_a_kind_that_the_cluster_lacks_is_looked_for_now_and_then(cluster: FakeCluster, diary: Start) -> None:
    absent = Answer(status=404, lines=[{"kind": "Status", "message": "the server could not find the resource"}])
    cluster.lists[PODS.path] = [absent]
    seen = diary(replace(PODS, optional=True))
    eventually(lambda: ("LIST", "a", "b") in seen.heard)
    assert seen.heard[:2] == [("LIST",), ("LIST", "a", "b")]
    cluster.lists[PODS.path] = [absent]
    needed = diary()
    eventually(lambda: ("LIST", "a", "b") in needed.heard)
    assert needed.heard[0] == ("LOST", "the cluster is busy or ill: HTTP 404")


@pytest.mark.parametrize("garbage", ["<html>", "[]", '{"type": "ADDED"}', '{"type": "ADDED", "object": {}}', "null"])
def test_garbage_in_a_watch_does_not_end_it(cluster: FakeCluster, diary: Start, garbage: str) -> None:
    cluster.watches[PODS.path] = [Answer(lines=[garbage]), Answer(lines=[change("ADDED", "c", "101")], hold=True)]
    seen = diary()
    eventually(lambda: ("ADDED", "c") in seen.heard)
    assert [said[0] for said in seen.heard][:2] == ["LIST", "LOST"]


def test_garbage_in_place_of_a_list_does_not_end_it(cluster: FakeCluster, diary: Start) -> None:
    cluster.lists[PODS.path] = [Answer(lines=["not json"]), Answer(lines=["[1]"]), Answer(lines=["{}"])]
    seen = diary()
    eventually(lambda: ("LIST", "a", "b") in seen.heard)
    assert [said[0] for said in seen.heard] == ["LOST", "LOST", "LOST", "LIST"]


def test_after_a_failed_watch_the_server_is_known_to_be_back_though_nothing_happens(
    cluster: FakeCluster, diary: Start
) -> None:
    cluster.watches[PODS.path] = [Answer(status=503)]
    seen = diary()
    eventually(lambda: seen.answers == 2)
    assert cluster.count(PODS.path, limit="1") == 1
    assert [said[0] for said in seen.heard] == ["LIST", "LOST"]


def test_a_slim_object_has_its_kind_and_nothing_that_nobody_reads() -> None:
    full = {"metadata": {"name": "x", "managedFields": [1], "annotations": {"a": "b"}, "creationTimestamp": ago(1)},
            "spec": {"nodeName": "n", "containers": [{}]}, "status": {"phase": "Running", "podIPs": []}}  # fmt: skip
    assert slim("Pod", full) == {
        "kind": "Pod", "metadata": {"name": "x", "creationTimestamp": ago(1)},
        "spec": {"nodeName": "n"}, "status": {"phase": "Running"},
    }  # fmt: skip

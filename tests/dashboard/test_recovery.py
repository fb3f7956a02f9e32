"""Every state that a kill may leave in the cluster, and what is done about it before the next attempt."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from dashboard.backend import Checkpoint, parse
from dashboard.model import NewEvent, Progress
from dashboard.provisioner import Failed
from dashboard.recovery import Repair
from dashboard.releases import job_names
from tests.dashboard.pulumi_samples import (
    NAME,
    NAMESPACE,
    RELEASE,
    SECRETS,
    SPACE,
    STACK,
    Cluster,
    document,
    record,
)  # fmt: skip

SECRETS_PATH = f"/api/v1/namespaces/{NAMESPACE}/secrets"
FINISHED = parse(document(STACK, SPACE, SECRETS, RELEASE))
INTERRUPTED = parse(document(STACK, SPACE, SECRETS, creating=RELEASE))
OURS = {"storefleet.dev/store": NAME}


class Ear:
    def __init__(self) -> None:
        self.kinds: list[str] = []

    def __call__(self, happened: NewEvent | Progress) -> None:
        assert isinstance(happened, NewEvent)
        self.kinds.append(happened.kind)


def repair(cluster: Cluster, ear: Ear | None = None) -> Repair:
    return Repair(cluster.client(), NAME, ear or Ear(), sleep=lambda seconds: cluster.objects.clear())


def with_records(*records: Mapping[str, Any]) -> Cluster:
    return Cluster(labels=OURS).put(SECRETS_PATH, *(dict(r) for r in records))


def test_a_new_store_needs_nothing_and_one_question() -> None:
    cluster = Cluster()
    assert repair(cluster).before_up(Checkpoint((), ())) is False
    assert len(cluster.asked) == 1


def test_a_store_in_order_is_left_alone() -> None:
    ear, cluster = Ear(), with_records(record(1, "superseded"), record(2, "deployed"))
    assert repair(cluster, ear).before_up(FINISHED) is False
    assert cluster.gone == [] and ear.kinds == []


@pytest.mark.parametrize("status", ["pending-install", "deployed", "failed"])
def test_an_interrupted_install_is_taken_over(status: str) -> None:
    ear, cluster = Ear(), with_records(record(1, status))
    assert repair(cluster, ear).before_up(INTERRUPTED) is True
    assert cluster.gone == ["sh.helm.release.v1.woocommerce.v1"]
    assert ear.kinds == ["operation.recovered"]


@pytest.mark.parametrize("is_finished", [False, True])
def test_of_an_interrupted_install_of_something_else_only_a_finished_shop_stays(is_finished: bool) -> None:
    ear, cluster = Ear(), with_records(record(1, "pending-install"))
    helms = {"name": "content", "labels": {"app.kubernetes.io/managed-by": "Helm"}}
    cluster.put(f"/api/v1/namespaces/{NAMESPACE}/persistentvolumeclaims", {"metadata": helms})
    assert repair(cluster, ear).before_up(FINISHED if is_finished else INTERRUPTED, is_changed=True) is True
    assert cluster.gone == [*([] if is_finished else ["content"]), "sh.helm.release.v1.woocommerce.v1"]
    assert ear.kinds == ["operation.recovered"]


def test_a_deployed_release_that_pulumi_never_began_is_not_touched() -> None:
    cluster = with_records(record(1, "deployed"))
    assert repair(cluster).before_up(parse(document(STACK, SPACE, SECRETS))) is False
    assert cluster.gone == []


@pytest.mark.parametrize("status", ["pending-upgrade", "pending-rollback"])
def test_an_interrupted_upgrade_goes_back_to_the_revision_before(status: str) -> None:
    cluster = with_records(record(3, "deployed", ("setup-3",)), record(4, status, ("setup-4",)))
    assert repair(cluster).before_up(FINISHED) is True
    assert cluster.gone == ["setup-4", "sh.helm.release.v1.woocommerce.v4"]


def test_an_interrupted_uninstall_is_ended_before_a_new_install() -> None:
    cluster = with_records(record(1, "uninstalling"))
    helms = {"name": "web", "labels": {"app.kubernetes.io/managed-by": "Helm"}}
    cluster.put(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments", {"metadata": helms})
    assert repair(cluster).before_up(FINISHED) is True
    assert cluster.gone == ["web", "sh.helm.release.v1.woocommerce.v1"]


@pytest.mark.parametrize("records", [[], [record(1, "pending-install")]])
def test_objects_on_their_way_out_are_waited_for(records: list[Mapping[str, Any]]) -> None:
    cluster = with_records(*records)
    going = {"name": "web", "deletionTimestamp": "now", "labels": {"app.kubernetes.io/managed-by": "Helm"}}
    cluster.put(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments", {"metadata": going})
    assert repair(cluster).before_up(INTERRUPTED) is True
    assert cluster.objects == {}  # which the first wait brought about


def test_generated_values_that_no_release_uses_are_made_anew() -> None:
    secret = {"metadata": {"name": "store-secrets", "labels": OURS}}
    cluster = Cluster(labels=OURS).put(SECRETS_PATH, secret)
    assert repair(cluster).before_up(parse(document(STACK, SPACE, creating=SECRETS))) is True
    assert cluster.gone == ["store-secrets"]


@pytest.mark.parametrize("known", [True, False])
def test_generated_values_in_use_are_kept(known: bool) -> None:
    secret = {"metadata": {"name": "store-secrets", "labels": OURS}}
    if known:
        cluster, checkpoint = Cluster(labels=OURS).put(SECRETS_PATH, secret), parse(document(STACK, SPACE, SECRETS))
    else:
        cluster = with_records(record(1, "deployed")).put(SECRETS_PATH, secret)
        checkpoint = parse(document(STACK, SPACE))
    repair(cluster).before_up(checkpoint)
    assert cluster.gone == []


def test_a_namespace_on_its_way_out_is_waited_for_and_told() -> None:
    ear, cluster = Ear(), Cluster(labels=OURS, deletionTimestamp="now")
    assert repair(cluster, ear).before_up(Checkpoint((), ())) is False
    assert ear.kinds == ["operation.waiting"]
    assert cluster.objects == {}


def test_a_namespace_that_does_not_go_fails_with_what_holds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.recovery.NAMESPACE_SECONDS", -1.0)
    cluster = Cluster(labels=OURS, deletionTimestamp="now")
    held = {"type": "NamespaceContentRemaining", "status": "True", "message": "some content is left: foos.example"}
    cluster.objects[f"/api/v1/namespaces/{NAMESPACE}"]["status"] = {"conditions": [held]}
    with pytest.raises(Failed) as failed:
        repair(cluster).wait_until_gone()
    assert failed.value.failure.reason == "NamespaceTerminating"
    assert "foos.example" in failed.value.failure.message


def test_a_volume_that_stays_is_not_a_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.recovery.NAMESPACE_SECONDS", -1.0)
    volume = {"metadata": {"name": "pvc-1"}, "spec": {"claimRef": {"namespace": NAMESPACE}}}
    with pytest.raises(Failed, match="pvc-1"):
        repair(Cluster().put("/api/v1/persistentvolumes", volume)).wait_until_gone()


def test_a_foreign_namespace_is_never_deleted() -> None:
    for labels in ({}, {"storefleet.dev/store": "another"}):
        cluster = Cluster(labels=labels)
        repair(cluster).delete_namespace()
        assert repair(cluster).start_deleting() is False
        assert cluster.gone == []
    cluster = Cluster(labels=OURS)
    repair(cluster).delete_namespace()
    assert cluster.gone == [NAMESPACE]


def test_a_namespace_that_is_told_to_go_is_not_waited_for() -> None:
    slept: list[float] = []
    cluster = Cluster(labels=OURS)
    assert Repair(cluster.client(), NAME, Ear(), sleep=slept.append).start_deleting() is True
    assert (cluster.gone, slept) == ([NAMESPACE], [])
    assert repair(cluster).start_deleting() is False


@pytest.mark.parametrize(
    ("cluster", "leaving"),
    [(Cluster(), True), (Cluster(labels=OURS, deletionTimestamp="now"), True), (Cluster(labels=OURS), False)],
)
def test_whether_it_is_on_its_way_out(cluster: Cluster, leaving: bool) -> None:
    assert repair(cluster).is_leaving() is leaving


@pytest.mark.parametrize(
    ("cluster", "checkpoint", "stale"),
    [
        (with_records(record(1, "deployed")), FINISHED, False),
        (with_records(record(1, "uninstalling")), FINISHED, True),
        (with_records(record(1, "pending-install")), INTERRUPTED, True),
        (Cluster(labels=OURS), FINISHED, True),  # uninstalled by hand
        (Cluster(labels=OURS, deletionTimestamp="now"), FINISHED, True),
        (Cluster(), FINISHED, True),
    ],
)
def test_a_destroy_looks_first_when_the_state_may_be_wrong(
    cluster: Cluster, checkpoint: Checkpoint, stale: bool
) -> None:
    assert repair(cluster).before_destroy(checkpoint) is stale


class ClosedCluster(Cluster):
    """A namespace that the worker made and has no rights in yet."""

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith(f"/api/v1/namespaces/{NAMESPACE}/"):
            return httpx.Response(403, json={"reason": "Forbidden", "message": "secrets is forbidden"})
        return super()._answer(request)


@pytest.mark.parametrize(("checkpoint", "refresh"), [(Checkpoint((), ()), False), (INTERRUPTED, True)])
def test_a_kill_before_the_worker_was_let_in_left_nothing_inside(checkpoint: Checkpoint, refresh: bool) -> None:
    assert repair(ClosedCluster(labels=OURS)).before_up(checkpoint) is refresh
    assert repair(ClosedCluster(labels=OURS)).before_destroy(checkpoint) is refresh


def test_an_unreadable_record_has_no_jobs() -> None:
    assert job_names(record(1, "deployed", ("setup-1",))["data"]["release"]) == ["setup-1"]
    assert job_names("") == [] == job_names("bm90IGhlbG0=")

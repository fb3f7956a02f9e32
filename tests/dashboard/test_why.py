"""Each reason of the table from objects that a cluster showed, and which of several is told."""

import re
from pathlib import Path

import pytest

from dashboard.why import Facts, diagnose, findings
from dashboard.why.diagnose import cluster_away
from dashboard.why.exits import exit_words
from dashboard.why.reasons import REASONS
from tests.dashboard.objects import (
    JSON,
    NAMESPACE,
    NOW,
    SHOP,
    ago,
    claim,
    condition,
    container,
    database,
    deployment,
    ended,
    event,
    facts,
    healthy,
    job,
    namespace,
    owned,
    pod,
    running,
    setup_pod,
    shop,
    stateful_set,
    thing,
    waiting,
    web,
)  # fmt: skip

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "why-not-ready.md"
FORBIDDEN = 'pods "web-7947548c9b-" is forbidden: '
GOING = {"deletionTimestamp": ago(600)}


def refused(message: str) -> list[JSON]:
    """A Deployment whose pods the API server does not admit."""
    return [deployment(conditions=[condition("ReplicaFailure", reason="FailedCreate", message=message)])]


def about_pod(reason: str, message: str, name: str = "web-7947548c9b-h2jlm") -> tuple[JSON, ...]:
    return (event("Pod", name, reason, message),)


def unscheduled(message: str) -> JSON:
    return web(phase="Pending", conditions=[condition("PodScheduled", "False", "Unschedulable", message)])


CRASHED = container(waiting={"reason": "CrashLoopBackOff", "message": "back-off 40s"}, restarts=4, last=ended(1))

CASES: dict[str, tuple[Facts, str, str]] = {
    # reason: (what is seen, object, a part of the message)
    "ImagePull": (
        facts(*shop(web(waiting("ImagePullBackOff", "Back-off pulling image"))),
              events=about_pod("Failed", 'Failed to pull image "localhost/none:1": not found')),
        "Pod/web-7947548c9b-h2jlm", 'Failed to pull image "localhost/none:1": not found'),
    "ConfigurationMissing": (
        facts(*shop(web(waiting("CreateContainerConfigError", 'secret "store-secrets" not found')))),
        "Pod/web-7947548c9b-h2jlm", 'secret "store-secrets" not found'),
    "StorageClassMissing": (
        facts(*shop(claim(phase="Pending")), events=(event("PersistentVolumeClaim", "database", "ProvisioningFailed",
              'storageclass.storage.k8s.io "fast" not found'),)),
        "PersistentVolumeClaim/database", '"fast" not found'),
    "VolumeLost": (facts(*shop(claim(phase="Lost"))), "PersistentVolumeClaim/database", "lost its volume"),
    "QuotaExceeded": (
        facts(*refused(FORBIDDEN + "exceeded quota: store, requested: pods=1, used: pods=20, limited: pods=20")),
        "Deployment/web", "used: pods=20, limited: pods=20"),
    "LimitExceeded": (
        facts(*refused(FORBIDDEN + "maximum memory usage per Container is 256Mi, but limit is 1Gi")),
        "Deployment/web", "maximum memory usage"),
    "PolicyRefused": (
        facts(*refused(FORBIDDEN + 'violates PodSecurity "restricted:latest": privileged')),
        "Deployment/web", "privileged"),
    "CreateRefused": (facts(*refused("serviceaccount default not found")), "Deployment/web", "serviceaccount"),
    "NodesFull": (
        facts(*shop(unscheduled("0/1 nodes are available: 1 Insufficient memory."))),
        "Pod/web-7947548c9b-h2jlm", "Insufficient memory"),
    "VolumePending": (
        facts(*shop(claim(phase="Pending")), events=(event("PersistentVolumeClaim", "database", "ProvisioningFailed",
              "failed to provision volume: no space left on device"),)),
        "PersistentVolumeClaim/database", "no space left"),
    "Unschedulable": (
        facts(*shop(unscheduled("0/1 nodes are available: 1 node(s) had untolerated taint(s)."))),
        "Pod/web-7947548c9b-h2jlm", "taint"),
    "MountFailing": (
        facts(*shop(web(waiting("ContainerCreating"), phase="Pending")),
              events=about_pod("FailedAttachVolume", "Multi-Attach error for volume")),
        "Pod/web-7947548c9b-h2jlm", "Multi-Attach"),
    "NetworkFailing": (
        facts(*shop(web(waiting("ContainerCreating"), phase="Pending")),
              events=about_pod("FailedCreatePodSandBox", "Failed to create pod sandbox: no bridge")),
        "Pod/web-7947548c9b-h2jlm", "no bridge"),
    "OutOfMemory": (
        facts(*shop(web(waiting("CrashLoopBackOff", restarts=3, last=ended(137, "OOMKilled"))))),
        "Pod/web-7947548c9b-h2jlm", "exit code 137 (OOMKilled), 3 restarts"),
    "ContainerStart": (
        facts(*shop(web(waiting("RunContainerError", "exec: no such file")))),
        "Pod/web-7947548c9b-h2jlm", "no such file"),
    "LivenessFailing": (
        facts(*shop(web(running(5, restarts=2, last=ended(137)))),
              events=about_pod("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500")),
        "Pod/web-7947548c9b-h2jlm", "statuscode: 500"),
    "CrashLoop": (facts(*shop(web(CRASHED))), "Pod/web-7947548c9b-h2jlm", "main ended with exit code 1, 4 re"),
    "Evicted": (
        facts(deployment(), web(phase="Failed", reason="Evicted", message="low on resource: memory")),
        "Pod/web-7947548c9b-h2jlm", "low on resource"),
    "SetupFailed": (
        facts(*shop(web(running()), job(conditions=[condition("Failed", reason="BackoffLimitExceeded", message="4")]),
              setup_pod(container(terminated=ended(3)), phase="Failed"))),
        "Job/setup-1", "BackoffLimitExceeded: 4; setup-1-tzpqz ended with exit code 3"),
    "SetupRetrying": (
        facts(*shop(web(running()), job(active=1, failed=2),
                    setup_pod(container(terminated=ended(1)), phase="Failed"))),
        "Job/setup-1", "2 tries failed; setup-1-tzpqz ended with exit code 1"),
    "ProbeFailing": (
        facts(*shop(web(running())), events=about_pod("Unhealthy", "Readiness probe failed: connection refused")),
        "Pod/web-7947548c9b-h2jlm", "connection refused"),
    "StuckTerminating": (facts(*shop(web(metadata=GOING))), "Pod/web-7947548c9b-h2jlm", "should have ended"),
    "PodsMissing": (facts(deployment(), *healthy()[1:5], healthy()[6]), "Deployment/web", "no pods"),
    "VolumeBinding": (
        facts(claim(phase="Pending"), stateful_set(), database(
            waiting("ContainerCreating"), phase="Pending",
            spec={"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "database"}}]})),
        "PersistentVolumeClaim/database", "being provisioned"),
    "SettingUp": (
        facts(*shop(web(running()), job(active=1), setup_pod(running())),
              events=about_pod("Unhealthy", "Readiness probe failed: 302")),
        "Job/setup-1", "sets the shop up"),
    "Starting": (
        facts(*shop(database(waiting("ContainerCreating"), phase="Pending"))), "Pod/mariadb-0", "ContainerCreating"),
    "NotCreated": (facts(), f"Namespace/{NAMESPACE}", "nothing in it yet"),
    "NamespaceMissing": (Facts(SHOP, NOW), f"Namespace/{NAMESPACE}", "does not exist"),
    "NamespaceTerminating": (
        facts(home=thing("Namespace", NAMESPACE, metadata={"deletionTimestamp": ago(3)})),
        f"Namespace/{NAMESPACE}", "is being deleted"),
    "NamespaceBlocked": (
        facts(home=thing("Namespace", NAMESPACE, metadata=GOING, status={"conditions": [
            condition("NamespaceDeletionDiscoveryFailure", message="metrics.k8s.io/v1beta1: stale")]})),
        f"Namespace/{NAMESPACE}", "metrics.k8s.io"),
    "FinalizerBlocks": (
        facts(claim(**GOING, finalizers=["example.com/backup"]),
              home=thing("Namespace", NAMESPACE, metadata=GOING)),
        "PersistentVolumeClaim/database", "example.com/backup"),
}  # fmt: skip


@pytest.mark.parametrize("reason", CASES)
def test_a_reason_is_told_with_its_object_its_worst_event_and_a_cure(reason: str) -> None:
    seen, thing, part = CASES[reason]
    told = diagnose(seen)
    assert told is not None
    assert (told.reason, told.object) == (reason, thing)
    assert part in told.message and told.message.startswith(thing)
    assert told.cure and not re.search(r"{[a-z]+}", told.cure)
    assert set(told.document()) == {"object", "reason", "message", "cure", "since", "level"}


def test_every_reason_has_a_case() -> None:
    assert set(CASES) | {"ClusterAway"} == {reason.code for reason in REASONS}


def test_a_finished_store_has_nothing_wrong() -> None:
    assert findings(facts(*healthy())) == []


def test_work_in_the_background_makes_no_store_unready() -> None:
    scheduled = thing("Job", "cron-29926894", metadata=owned("CronJob", "cron"), status={"failed": 3, "active": 1})
    crashed = pod("cron-29926894-gtcxz", "setup", ("Job", "cron-29926894"), CRASHED)
    assert findings(facts(*healthy(), scheduled, crashed)) == []


def test_the_image_is_told_before_the_probe_that_waits_for_it() -> None:
    events = about_pod("Unhealthy", "Readiness probe failed: no database")
    told = diagnose(facts(*shop(web(running()), database(waiting("ErrImagePull", "not found"))), events=events))
    assert told and (told.reason, told.object) == ("ImagePull", "Pod/mariadb-0")


def test_the_database_is_told_before_the_web_pod_that_needs_it() -> None:
    events = (*about_pod("Unhealthy", "Readiness probe failed"),
              *about_pod("Unhealthy", "Readiness probe failed: 2002", "mariadb-0"))  # fmt: skip
    told = diagnose(facts(*shop(web(running()), database(running())), events=events))
    assert told and told.object == "Pod/mariadb-0"


def test_a_claim_that_waits_for_its_pod_is_none() -> None:
    assert findings(facts(*shop(claim(phase="Pending")))) == []


def test_a_container_that_prepares_the_pod_is_looked_at_too() -> None:
    told = diagnose(facts(*shop(web(initContainerStatuses=[container("wait", waiting={"reason": "CrashLoopBackOff"},
                                                                     last=ended(127))]))))  # fmt: skip
    assert told and told.reason == "CrashLoop" and "container wait ended with exit code 127" in told.message


def test_an_old_refusal_is_forgotten_when_the_pods_are_there() -> None:
    old = event("ReplicaSet", "web-7947548c9b", "FailedCreate", FORBIDDEN + "exceeded quota: store", seconds=900)
    assert findings(facts(*healthy(), events=(old,))) == []


@pytest.mark.parametrize(("kind", "name", "maker"), [
    ("ReplicaSet", "web-7947548c9b", deployment()),
    ("StatefulSet", "mariadb", stateful_set()),
    ("Job", "setup-1", job()),
])  # fmt: skip
def test_a_refusal_is_read_from_the_event_where_no_condition_tells_it(kind: str, name: str, maker: JSON) -> None:
    told = diagnose(facts(maker, events=(event(kind, name, "FailedCreate", FORBIDDEN + "exceeded quota: store"),)))
    assert told and told.reason == "QuotaExceeded"
    assert told.object == f"{maker['kind']}/{maker['metadata']['name']}"


def test_a_full_quota_explains_missing_pods_when_the_event_has_expired() -> None:
    quota = thing("ResourceQuota", "store", status={"hard": {"pods": "20"}, "used": {"pods": "20"}})
    told = diagnose(facts(stateful_set(), quota))
    assert told and (told.reason, told.object) == ("QuotaExceeded", "StatefulSet/mariadb")


def test_a_secret_that_cannot_be_mounted_is_told_as_missing() -> None:
    events = about_pod("FailedMount", 'MountVolume.SetUp failed for volume "s" : secret "store-secrets" not found')
    told = diagnose(facts(*shop(web(waiting("ContainerCreating"), phase="Pending")), events=events))
    assert told and told.reason == "ConfigurationMissing"


def test_a_failed_start_up_probe_of_the_first_minute_is_only_a_start() -> None:
    events = about_pod("Unhealthy", "Startup probe failed: ")
    told = diagnose(facts(*shop(web(running(20))), events=events))
    assert told and (told.reason, told.level) == ("Starting", "normal")


def test_a_probe_that_failed_before_the_last_start_says_nothing_of_this_one() -> None:
    seen = facts(*shop(web(running(5))), events=(event("Pod", "web-7947548c9b-h2jlm", "Unhealthy", "Readiness", 100),))
    told = diagnose(seen)
    assert told and told.reason == "Starting"


def test_an_evicted_pod_that_was_replaced_is_over() -> None:
    evicted = pod("web-7947548c9b-aaaaa", "web", ("ReplicaSet", "web-7947548c9b"), phase="Failed", reason="Evicted")
    assert findings(facts(*healthy(), evicted)) == []


def test_a_bad_new_version_is_told_while_the_old_one_still_serves() -> None:
    new = pod("web-66f-zzzzz", "web", ("ReplicaSet", "web-66f"), waiting("ErrImagePull", "not found"), phase="Pending")
    told = diagnose(facts(*healthy(), new))
    assert told and (told.reason, told.object) == ("ImagePull", "Pod/web-66f-zzzzz")


def test_a_volume_kept_by_its_pod_does_not_hide_the_pod_that_does_not_end() -> None:
    kept = claim(**GOING, finalizers=["kubernetes.io/pvc-protection"])
    home = thing(
        "Namespace", NAMESPACE, metadata=GOING, status={"conditions": [condition("NamespaceFinalizersRemaining")]}
    )
    told = diagnose(facts(kept, database(metadata=GOING), home=home))
    assert told and (told.reason, told.object) == ("StuckTerminating", "Pod/mariadb-0")


@pytest.mark.parametrize("code", ["ErrImageNeverPull", "InvalidImageName"])
def test_an_image_that_is_not_even_asked_for_is_told_in_the_kubelet_s_words(code: str) -> None:
    told = diagnose(facts(*shop(web(waiting(code, "the kubelet's words")))))
    assert told and told.reason == "ImagePull" and told.message.endswith("the kubelet's words")


def test_objects_without_any_status_are_read_as_just_made() -> None:
    fresh = [{"kind": k, "metadata": {"name": "x"}} for k in ("Pod", "Job", "PersistentVolumeClaim", "Deployment")]
    told = diagnose(facts(*fresh, home=namespace()))
    assert told is not None


def test_exit_codes_in_words() -> None:
    assert exit_words({"exitCode": 127, "reason": "Error"}) == "exit code 127 (its command does not exist)"
    assert exit_words({"exitCode": 1, "message": "no\ndatabase"}) == "exit code 1: no database"


def test_a_cluster_that_does_not_answer_is_told_as_itself() -> None:
    told = cluster_away("connection refused", NOW)
    assert told.object == "Cluster" and "connection refused" in told.message and told.cure


def test_the_document_is_the_table() -> None:
    lines = [line for line in DOCUMENT.read_text().splitlines() if re.match(r"\| `[A-Za-z]+` \|", line)]
    placeholders = {key: f"<{key}>" for key in ("namespace", "kind", "name", "container")}
    assert lines == [f"| `{r.code}` | {r.weight} | … {r.cause} | {r.cure.format(**placeholders)} |" for r in REASONS]

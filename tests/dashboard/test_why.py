"""Each reason of the table from objects that a cluster showed, and which of several is told."""

import re
from pathlib import Path

import pytest

from dashboard.why import diagnose, findings
from dashboard.why.diagnose import cluster_away
from dashboard.why.exits import exit_words
from dashboard.why.reasons import REASONS
from tests.dashboard.objects import (
    JSON,
    NAMESPACE,
    NOW,
    certificate,
    challenge,
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
    shop,
    stateful_set,
    thing,
    waiting,
    web,
)
from tests.dashboard.why_cases import CASES, CRASHED, FORBIDDEN, GOING, about_pod

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "why-not-ready.md"


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


def test_a_certificate_that_is_there_is_not_told() -> None:
    issued = condition("Issuing", "False", "Issued")
    assert findings(facts(*healthy(), certificate(condition("Ready"), issued))) == []


def test_a_challenge_of_another_host_explains_nothing() -> None:
    seen = facts(*healthy(), certificate(), challenge("no such host", "elsewhere.example.org"))
    told = diagnose(seen)
    assert told and (told.reason, "no such host" in told.message) == ("CertificatePending", False)


def test_a_shop_that_does_not_run_is_told_before_its_certificate() -> None:
    broken = web(waiting("ImagePullBackOff", "not found"), phase="Pending")
    told = diagnose(facts(*shop(broken), certificate(condition("Ready", "False"))))
    assert told and told.reason == "ImagePull"


def test_what_a_new_shop_does_is_told_before_its_certificate() -> None:
    starting = web(running(5), phase="Running")
    told = diagnose(facts(*shop(starting), certificate(condition("Ready", "False"), age=5)))
    assert told and told.reason == "Starting"


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

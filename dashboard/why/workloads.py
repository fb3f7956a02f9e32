"""Rules on what makes pods: Deployments, StatefulSets and the set-up Job."""

from collections.abc import Iterator
from datetime import datetime

from dashboard.why.exits import exit_words
from dashboard.why.facts import (
    JSON,
    Facts,
    about,
    component,
    condition,
    containers,
    created,
    event_time,
    is_going,
    moment,
    name,
    owner_of,
    said,
    status,
)  # fmt: skip
from dashboard.why.finding import Finding

REFUSALS = (
    ("exceeded quota", "QuotaExceeded"),
    ("failed quota", "QuotaExceeded"),
    ("violates PodSecurity", "PolicyRefused"),
    ("ValidatingAdmissionPolicy", "PolicyRefused"),
    ("admission webhook", "PolicyRefused"),
    ("usage per", "LimitExceeded"),
    ("limit to request ratio", "LimitExceeded"),
)
"""What the API server's words mean, asked in this order."""


def workload_findings(facts: Facts) -> Iterator[Finding]:
    """Findings on workloads whose pods are refused or missing, and on set-up Jobs."""
    if facts.namespace is None or is_going(facts.namespace):
        return
    for workload in facts.workloads:
        if not is_going(workload):
            yield from _refused(facts, workload)
    for job in facts.live_jobs():
        yield from _refused(facts, job)
        yield from _job(facts, job)


def refusal(message: str) -> str:
    """The reason's code for why the API server refused to create something."""
    return next((code for words, code in REFUSALS if words in message), "CreateRefused")


def _refused(facts: Facts, maker: JSON) -> Iterator[Finding]:
    if maker["kind"] == "Job" and condition(maker, "Failed"):
        return  # it has given up, which weighs more than its last refusal
    ours = [
        pod for pod in facts.pods if _made_by(pod, maker) and not is_going(pod) and status(pod).get("phase") != "Failed"
    ]
    missing = len(ours) < _wanted(maker)
    failure = _creation_failure(facts, maker, max(map(created, ours), default=created(maker)), missing)
    if failure:
        since, message = failure
        yield Finding(refusal(message), maker["kind"], name(maker), since, message, component(maker))
    elif missing:
        full = next(_full(facts), "")
        code = "QuotaExceeded" if full else "PodsMissing"
        yield Finding(code, maker["kind"], name(maker), created(maker), full, component(maker))


def _wanted(maker: JSON) -> int:
    return 1 if maker["kind"] == "Job" else int((maker.get("spec") or {}).get("replicas", 1))


def _made_by(pod: JSON, maker: JSON) -> bool:
    kind, owner = owner_of(pod)
    if maker["kind"] == "Deployment":  # by way of a ReplicaSet that is called after it
        return kind == "ReplicaSet" and owner.rpartition("-")[0] == name(maker)
    return (kind, owner) == (maker["kind"], name(maker))


def _creation_failure(facts: Facts, maker: JSON, newest: datetime, missing: bool) -> tuple[datetime, str] | None:
    """(since, message) of a refusal that still holds: a condition says so, or an event newer than all pods."""
    if failing := condition(maker, "ReplicaFailure"):
        return moment(failing.get("lastTransitionTime")), " ".join(str(failing.get("message", "")).split())
    events = facts.events_on(maker["kind"], name(maker), "FailedCreate")
    if maker["kind"] == "Deployment":
        sets = {about(e).get("name", "") for e in facts.events if about(e).get("kind") == "ReplicaSet"}
        mine = [s for s in sets if s.rpartition("-")[0] == name(maker)]
        events += [e for s in mine for e in facts.events_on("ReplicaSet", s, "FailedCreate")]
    fresh = [event for event in events if event_time(event) >= newest]
    if not missing or not fresh:
        return None
    return moment(fresh[-1].get("firstTimestamp")), said(max(fresh, key=event_time))


def _full(facts: Facts) -> Iterator[str]:
    """What the namespace's quotas have no more of, where no event tells it any more."""
    for quota in facts.quotas:
        hard, used = status(quota).get("hard") or {}, status(quota).get("used") or {}
        for what in ("pods", "count/pods"):
            if what in hard and used.get(what) == hard[what]:
                yield f"the quota {name(quota)} allows {hard[what]} pods and all are taken"


def _job(facts: Facts, job: JSON) -> Iterator[Finding]:
    part, since = component(job), created(job)
    if failed := condition(job, "Failed"):
        detail = f"{failed.get('reason', '')}: {failed.get('message', '')}{_last_exit(facts, job)}"
        yield Finding("SetupFailed", "Job", name(job), moment(failed.get("lastTransitionTime")), detail, part)
    elif failures := status(job).get("failed"):
        detail = f"{failures} {'tries' if failures > 1 else 'try'} failed{_last_exit(facts, job)}"
        yield Finding("SetupRetrying", "Job", name(job), since, detail, part)
    elif status(job).get("active"):
        yield Finding("SettingUp", "Job", name(job), since, "", part)


def _last_exit(facts: Facts, job: JSON) -> str:
    """How the newest failed pod of the Job ended, as the rest of a sentence."""
    failed = [pod for pod in facts.pods if _made_by(pod, job) and status(pod).get("phase") == "Failed"]
    for pod in sorted(failed, key=created, reverse=True):
        for container in containers(pod):
            if ended := (container.get("state") or {}).get("terminated"):
                return f"; {name(pod)} ended with {exit_words(ended)}"
    return ""

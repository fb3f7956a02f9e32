"""Rules on pods and their containers, those that prepare a pod included."""

from collections.abc import Iterator
from datetime import timedelta

from dashboard.why.exits import exit_words
from dashboard.why.facts import (
    JSON,
    Facts,
    component,
    condition,
    containers,
    created,
    event_time,
    is_going,
    is_ready,
    moment,
    name,
    owner_of,
    said,
    status,
)  # fmt: skip
from dashboard.why.finding import Finding

IMAGE = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError",
         "RegistryUnavailable", "SignatureValidationFailed")  # fmt: skip
CONFIGURATION = ("CreateContainerConfigError",)
START = ("CreateContainerError", "RunContainerError", "PreCreateHookError", "PreStartHookError", "PostStartHookError")
CROWDED = ("Insufficient cpu", "Insufficient memory", "Insufficient ephemeral-storage", "Too many pods")
MOUNTS = ("FailedMount", "FailedAttachVolume", "FailedMapVolume")
ENDING = timedelta(seconds=60)
"""How much longer than its grace period a pod may take to end."""

STARTING = timedelta(seconds=60)
"""For this long a failing startup probe is only what it is there for."""


def pod_findings(facts: Facts) -> Iterator[Finding]:
    """Findings on each pod that should be ready and is not, and on those that do not end."""
    for pod in facts.pods:
        # The deletion timestamp already holds the grace period.
        if is_going(pod) and facts.now > moment(pod["metadata"]["deletionTimestamp"]) + ENDING:
            yield _of(pod, "StuckTerminating")
    if facts.namespace is None or is_going(facts.namespace):
        return
    for pod in facts.live_pods():
        if not is_ready(pod):
            found = [*_placing(facts, pod), *(f for c in containers(pod) for f in _container(facts, pod, c))]
            yield from found or _waiting(facts, pod)


def _of(pod: JSON, code: str, detail: str = "", container: str = "") -> Finding:
    return Finding(code, "Pod", name(pod), created(pod), detail, component(pod), container)


def _placing(facts: Facts, pod: JSON) -> Iterator[Finding]:
    """A node, volumes and a network: what a pod needs before its containers."""
    unplaced = condition(pod, "PodScheduled", "False")
    if unplaced and unplaced.get("reason") == "Unschedulable":
        detail = " ".join(str(unplaced.get("message", "")).split())
        crowded = any(word in detail for word in CROWDED)
        yield _of(pod, "NodesFull" if crowded else "Unschedulable", detail)
    if status(pod).get("reason") == "Evicted":
        yield _of(pod, "Evicted", str(status(pod).get("message", "")))
    if any(has_begun(container) for container in containers(pod)):
        return
    for event in facts.events_on("Pod", name(pod), *MOUNTS)[:1]:
        absent = "not found" in said(event) and any(kind in said(event) for kind in ("secret", "configmap"))
        yield _of(pod, "ConfigurationMissing" if absent else "MountFailing", said(event))
    for event in facts.events_on("Pod", name(pod), "FailedCreatePodSandBox")[:1]:
        yield _of(pod, "NetworkFailing", said(event))


def has_begun(container: JSON) -> bool:
    """Has the container run, now or before?"""
    states = {**(container.get("state") or {}), **(container.get("lastState") or {})}
    return "running" in states or "terminated" in states


def _container(facts: Facts, pod: JSON, container: JSON) -> Iterator[Finding]:
    state, which = container.get("state") or {}, str(container.get("name", ""))
    waiting = state.get("waiting") or {}
    word, message = str(waiting.get("reason") or ""), " ".join(str(waiting.get("message") or "").split())[:500]
    if word in IMAGE:
        yield _of(pod, "ImagePull", _pull_detail(facts, pod, container, message or word), which)
    elif word in CONFIGURATION:
        yield _of(pod, "ConfigurationMissing", message or word, which)
    elif word in START:
        yield _of(pod, "ContainerStart", message or word, which)
    elif not container.get("ready"):
        yield from _ended(facts, pod, container) or _unhealthy(facts, pod, container)


def _pull_detail(facts: Facts, pod: JSON, container: JSON, fallback: str) -> str:
    """The registry's own words, which the kubelet's back-off hides after the first try."""
    events = facts.events_on("Pod", name(pod), "Failed", "ErrImageNeverPull", "InspectFailed")
    telling = [said(e) for e in events if "image" in said(e).lower() and not said(e).startswith("Error: ")]
    return f"{container.get('image', '')}: {telling[0] if telling else fallback}"


def _ended(facts: Facts, pod: JSON, container: JSON) -> list[Finding]:
    state, which = container.get("state") or {}, str(container.get("name", ""))
    ended = state.get("terminated") or (container.get("lastState") or {}).get("terminated")
    if not ended or ended.get("exitCode") == 0 and "waiting" not in state:
        return []
    detail = f"container {which} ended with {exit_words(ended)}"
    if restarts := container.get("restartCount"):
        detail += f", {restarts} restart{'s' if restarts > 1 else ''} so far"
    if ended.get("reason") == "OOMKilled":
        return [_of(pod, "OutOfMemory", detail, which)]
    if ended.get("reason") in ("StartError", "ContainerCannotRun"):
        return [_of(pod, "ContainerStart", detail, which)]
    if owner_of(pod)[0] == "Job" and "terminated" in state:
        return []  # the Job tells it, together with how often it tried
    alive = _probe_events(facts, pod, "Liveness")
    if alive and restarts:
        return [_of(pod, "LivenessFailing", f"{alive[0]}; {detail}", which)]
    return [_of(pod, "CrashLoop", detail, which)]


def _probe_events(facts: Facts, pod: JSON, kind: str = "") -> list[str]:
    events = facts.events_on("Pod", name(pod), "Unhealthy", "ProbeWarning")
    return [said(event).rstrip(": ") for event in events if said(event).startswith(kind)]


def _unhealthy(facts: Facts, pod: JSON, container: JSON) -> list[Finding]:
    running = (container.get("state") or {}).get("running")
    if not running:
        return []
    begun, which = moment(running.get("startedAt")), str(container.get("name", ""))
    events = facts.events_on("Pod", name(pod), "Unhealthy")
    since_start = [said(event).rstrip(": ") for event in events if event_time(event) >= begun]
    if not since_start:
        return []
    if since_start[0].startswith("Startup") and facts.now - begun < STARTING:
        return []  # every start has some of these
    if component(pod) == "web" and any(status(job).get("active") for job in facts.live_jobs()):
        return []  # nobody can answer before the set-up is done: the Job is what one waits for
    return [_of(pod, "ProbeFailing", since_start[0], which)]


def _waiting(facts: Facts, pod: JSON) -> Iterator[Finding]:
    """Nothing is wrong with it; say what it is at."""
    if owner_of(pod)[0] == "Job" and (status(pod).get("phase") in ("Running", "Failed")):
        return
    at = [
        f"container {c.get('name')}: {_state_word(c)}"
        for c in containers(pod)
        if not c.get("ready") and "terminated" not in (c.get("state") or {})
    ]
    yield _of(pod, "Starting", at[0] if at else "waiting for a node")


def _state_word(container: JSON) -> str:
    waiting = (container.get("state") or {}).get("waiting") or {}
    return str(waiting.get("reason") or "running, not ready")

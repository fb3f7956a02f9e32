"""What is known of one store's objects, as the API's own JSON, and how rules read it. No I/O."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

JSON = Mapping[str, Any]
COMPONENT = "app.kubernetes.io/component"
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Facts:
    """One moment of a store. Every object has `kind` and `metadata`; `events` are core/v1 Events.

    `namespace` is None where the store has none. Missing lists mean that nothing of the kind exists.
    """

    store: str
    now: datetime
    namespace: JSON | None = None
    pods: Sequence[JSON] = ()
    claims: Sequence[JSON] = ()
    jobs: Sequence[JSON] = ()
    workloads: Sequence[JSON] = ()
    quotas: Sequence[JSON] = ()
    certificates: Sequence[JSON] = ()
    challenges: Sequence[JSON] = ()
    events: Sequence[JSON] = ()

    def live_pods(self) -> Iterator[JSON]:
        """Pods that should become or be ready: neither done, nor going, nor replaced, nor background work."""
        done = {name(job) for job in self.jobs if condition(job, "Complete")}
        settled = {component(pod) for pod in self.pods if is_ready(pod)}
        for pod in self.pods:
            owner, phase = owner_of(pod), status(pod).get("phase")
            if phase == "Succeeded" or is_going(pod) or self.in_background(pod):
                continue
            if phase == "Failed" and (owner in {("Job", job) for job in done} or component(pod) in settled):
                continue
            yield pod

    def live_jobs(self) -> Iterator[JSON]:
        """Jobs the store waits for: not done, not going, none of a CronJob's."""
        for job in self.jobs:
            if not (condition(job, "Complete") or is_going(job) or owner_of(job)[0] == "CronJob"):
                yield job

    def in_background(self, pod: JSON) -> bool:
        """Does the pod belong to a CronJob? A store's readiness does not wait for those."""
        kind, job = owner_of(pod)
        return kind == "Job" and any(name(j) == job and owner_of(j)[0] == "CronJob" for j in self.jobs)

    def events_on(self, kind: str, named: str, *reasons: str) -> list[JSON]:
        """The events on one object, newest first; of any reason where none is given."""
        found = [
            event
            for event in self.events
            if (about(event).get("kind"), about(event).get("name")) == (kind, named)
            and (not reasons or event.get("reason") in reasons)
        ]
        return sorted(found, key=event_time, reverse=True)


def status(thing: JSON) -> JSON:
    """An object's status; empty while it has none."""
    return thing.get("status") or {}


def name(thing: JSON) -> str:
    """An object's name."""
    return str(thing["metadata"]["name"])


def component(thing: JSON) -> str:
    """Its part in the store (`web`, `database`, `setup`), or ""."""
    return str((thing["metadata"].get("labels") or {}).get(COMPONENT, ""))


def about(event: JSON) -> JSON:
    """The reference to what an event is about."""
    return event.get("involvedObject") or {}


def owner_of(thing: JSON) -> tuple[str, str]:
    """(kind, name) of the controller that made it, or ("", "")."""
    owners = thing["metadata"].get("ownerReferences") or [{}]
    return str(owners[0].get("kind", "")), str(owners[0].get("name", ""))


def is_going(thing: JSON) -> bool:
    """Was its deletion asked for?"""
    return bool(thing["metadata"].get("deletionTimestamp"))


def condition(thing: JSON, kind: str, value: str = "True") -> JSON | None:
    """The condition of that type, if it has that value."""
    conditions = status(thing).get("conditions") or []
    return next((c for c in conditions if c.get("type") == kind and c.get("status") == value), None)


def is_ready(pod: JSON) -> bool:
    """Does Kubernetes send visitors to this pod?"""
    return condition(pod, "Ready") is not None and not is_going(pod)


def containers(pod: JSON) -> list[JSON]:
    """The states of all containers, those that prepare the pod first."""
    found = status(pod)
    return [*(found.get("initContainerStatuses") or []), *(found.get("containerStatuses") or [])]


def moment(text: str | None) -> datetime:
    """A time of the API as aware UTC; `LONG_AGO` where there is none or it cannot be read."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else LONG_AGO
    except ValueError:
        return LONG_AGO


def created(thing: JSON) -> datetime:
    """When the object was made."""
    return moment(thing["metadata"].get("creationTimestamp"))


def event_time(event: JSON) -> datetime:
    """When an event happened last; old events carry one time, those of a series another."""
    series = event.get("series") or {}
    times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    return max((moment(t) for t in times if t), default=created(event))


def said(event: JSON) -> str:
    """An event's message on one line of bounded length."""
    return " ".join(str(event.get("message") or event.get("reason") or "").split())[:500]

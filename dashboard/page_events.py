"""A store's journal as a person reads it: grouped, newest first. Pure functions of events."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.model import Event, Kind, Level, Operation, Source, State

WORDS = {
    "operation.queued": "Accepted",
    "operation.started": "Started",
    "operation.waiting": "Waiting",
    "operation.recovered": "Taken up again",
    "operation.succeeded": "Done",
    "operation.failed": "Failed",
    "operation.stalled": "Stalled",
    "operation.canceled": "Canceled",
}


@dataclass(frozen=True)
class EventGroup:
    """Kubernetes events that say the same of the same object; `last` is the newest time."""

    object: str
    reason: str
    message: str
    level: Level
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Step:
    """The newest word of Pulumi's engine on one resource: "Kind/name", or "type::name" with the provider's type."""

    resource: str
    reason: str
    message: str
    level: Level
    at: datetime

    @property
    def name(self) -> str:
        """The resource's own name, which a person recognises."""
        return re.split(r"::|/", self.resource)[-1]

    @property
    def type(self) -> str:
        """The resource's kind without the provider's path, "" when the resource has none."""
        path = self.resource.removesuffix(self.name).rstrip(":/")
        return re.split(r"[:/]", path)[-1]


@dataclass(frozen=True)
class Moment:
    """One entry of a store's timeline."""

    at: datetime
    title: str
    detail: str
    tone: str


def group_events(events: Sequence[Event], limit: int = 60) -> list[EventGroup]:
    """Group the Kubernetes events among `events` (any order), newest group first, at most `limit`.

    Kubernetes counts repetitions on one Event object, and makes a new object when it forgot the
    old one. So a group's count is the larger of the highest count seen and the number of rows.
    """
    groups: dict[tuple[str, str, str, Level], list[Event]] = {}
    for event in events:
        if event.source is Source.KUBERNETES:
            groups.setdefault((event.object, event.reason, event.message, event.level), []).append(event)
    found = [
        EventGroup(
            object=key[0],
            reason=key[1],
            message=key[2],
            level=key[3],
            count=max(max(row.count for row in rows), len(rows)),
            first=min(row.at for row in rows),
            last=max(row.at for row in rows),
        )
        for key, rows in groups.items()
    ]
    return sorted(found, key=lambda group: (group.last, group.object), reverse=True)[:limit]


def engine_steps(events: Sequence[Event], operation: str | None) -> list[Step]:
    """The newest step of each resource in `operation`, in the order in which they were begun."""
    latest: dict[str, Event] = {}
    for event in sorted(events, key=lambda e: e.id):
        if event.source is Source.ENGINE and event.object and event.operation == operation:
            latest[event.object] = event
    return [Step(e.object, e.reason, e.message, e.level, e.at) for e in latest.values()]


def timeline(events: Sequence[Event], operations: Sequence[Operation], limit: int = 30) -> list[Moment]:
    """What happened to the store as a whole, newest first: its operations' events.

    A word that repeats the one before it (a wait that is announced again) is said once.
    """
    kinds = {operation.id: operation.kind for operation in operations}
    moments: list[Moment] = []
    ours = [e for e in events if e.source is Source.OPERATION and e.kind.startswith("operation.")]
    for event in sorted(ours, key=lambda e: e.id):
        deed = {Kind.CREATE: "Deploy", Kind.DELETE: "Delete"}.get(kinds.get(event.operation or "", Kind.CREATE), "")
        word = WORDS.get(event.kind, event.kind.rpartition(".")[2].capitalize())
        moment = Moment(event.at, f"{deed}: {word.lower()}", event.message, _tone(event))
        if not moments or (moments[-1].title, moments[-1].detail) != (moment.title, moment.detail):
            moments.append(moment)
    return moments[::-1][:limit]


def _tone(event: Event) -> str:
    state = event.kind.rpartition(".")[2]
    if state == State.SUCCEEDED:
        return "good"
    if event.level is Level.ERROR or state in (State.FAILED, State.STALLED):
        return "bad"
    return "warn" if event.level is Level.WARNING or state == "waiting" else "plain"

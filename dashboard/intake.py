"""From Kubernetes' events to the journal's: once each, in bounded number, and none twice after a restart."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dashboard.model import Event, Level, NewEvent, Source
from dashboard.why.facts import JSON, LONG_AGO, about, event_time

BURST, PER_SECOND = 100.0, 1.0
"""Events of one store: making one causes about 45 in 15 s (the WooCommerce chart on the embedded cluster)."""

RESERVE = 20.0
"""Of the burst, this much is left to Warnings."""

REPEAT_SECONDS = 10.0
"""A repeated event is told again after this long at the earliest, with its count."""

LEFT_OUT_SECONDS = 60.0
"""How often it is said that events were left out."""

REMEMBERED = 1000
OVERLAP = timedelta(seconds=60)
"""Events may be reported this much later than they happened."""

_SCHEDULED_JOB = re.compile(r"-\d{8,}(-[a-z0-9]{5})?\Z")
"""How Kubernetes names a CronJob's Jobs and their pods: the minute of their schedule."""

Recent = Callable[[str, int, Source], Sequence[Event]]


@dataclass
class _Taken:
    """What was taken of one store."""

    tokens: float
    filled_at: float
    floor: datetime = LONG_AGO
    counts: "OrderedDict[str, tuple[int, float]]" = field(default_factory=OrderedDict)
    left_out: int = 0
    owned_up_at: float = float("-inf")


class Intake:
    """Decides which events enter the journal. For one thread. `recent` is `Journal.recent`.

    The journal itself is the memory over restarts: an event's uid and count stand in its `data`.
    """

    def __init__(self, recent: Recent, clock: Callable[[], float] = time.monotonic) -> None:
        self._recent = recent
        self._clock = clock
        self._stores: dict[str, _Taken] = {}

    def take(self, store: str, event: JSON) -> list[NewEvent]:
        """What to append to the journal for this event: nothing if it is known, old, idle or too much."""
        if is_idle_chatter(event):
            return []
        taken = self._stores.get(store) or self._remember(store)
        uid, count, now = str(event["metadata"]["uid"]), occurrences(event), self._clock()
        known = taken.counts.get(uid)
        if known and (count <= known[0] or now - known[1] < REPEAT_SECONDS):
            return []
        if not known and event_time(event) < taken.floor:
            return []
        if not self._affords(taken, now, event.get("type") == "Warning"):
            taken.left_out += 1
            return []
        taken.counts[uid] = (count, now)
        taken.counts.move_to_end(uid)
        while len(taken.counts) > REMEMBERED:
            taken.counts.popitem(last=False)
        return [*_left_out(store, taken, now), translate(store, event)]

    def keep_only(self, stores: Collection[str]) -> None:
        """Forget all other stores; the journal still knows."""
        self._stores = {store: taken for store, taken in self._stores.items() if store in stores}

    def _remember(self, store: str) -> _Taken:
        """What a former run took."""
        taken = _Taken(BURST, self._clock())
        former = self._recent(store, REMEMBERED, Source.KUBERNETES)
        former = [event for event in former if event.data.get("uid")]
        for event in reversed(former):  # oldest first; of one that was repeated the last count stays
            taken.counts[str(event.data["uid"])] = (event.count, float("-inf"))
        taken.floor = max((event.at for event in former), default=LONG_AGO + OVERLAP) - OVERLAP
        self._stores[store] = taken
        return taken

    def _affords(self, taken: _Taken, now: float, warning: bool) -> bool:
        taken.tokens = min(BURST, taken.tokens + (now - taken.filled_at) * PER_SECOND)
        taken.filled_at = now
        if taken.tokens < (1.0 if warning else 1.0 + RESERVE):
            return False
        taken.tokens -= 1.0
        return True


def is_idle_chatter(event: JSON) -> bool:
    """Is it of a CronJob that works as it should? Every store has one, and would tell of it for ever."""
    thing = about(event)
    scheduled = thing.get("kind") == "CronJob" or (
        thing.get("kind") in ("Job", "Pod") and bool(_SCHEDULED_JOB.search(str(thing.get("name", ""))))
    )
    # "MissingJob" is how the controller notices that the Job's own time to live ran out.
    return scheduled and (event.get("type") != "Warning" or event.get("reason") == "MissingJob")


def occurrences(event: JSON) -> int:
    """How often it happened so far, by either of Kubernetes' two ways of counting."""
    return int((event.get("series") or {}).get("count") or event.get("count") or 1)


def translate(store: str, event: JSON) -> NewEvent:
    """A core/v1 Event in the journal's words. `count` is how often it happened in all."""
    thing = about(event)
    reporter = event.get("reportingComponent") or (event.get("source") or {}).get("component") or ""
    first = event.get("firstTimestamp") or event.get("eventTime") or ""
    return NewEvent(
        at=event_time(event),
        store=store,
        operation=None,
        source=Source.KUBERNETES,
        level=Level.WARNING if event.get("type") == "Warning" else Level.NORMAL,
        kind="kubernetes.event",
        object=f"{thing.get('kind', '')}/{thing.get('name', '')}",
        reason=str(event.get("reason") or ""),
        message=" ".join(str(event.get("message") or "").split())[:1000],
        count=occurrences(event),
        data={"uid": str(event["metadata"]["uid"]), "first": str(first), "by": str(reporter)},
    )


def newest(events: Sequence[JSON], limit: int) -> list[JSON]:
    """The newest `limit` events in the order in which they happened."""
    return sorted(events, key=event_time)[-limit:]


def _left_out(store: str, taken: _Taken, now: float) -> list[NewEvent]:
    number = taken.left_out
    if not number or now - taken.owned_up_at < LEFT_OUT_SECONDS:
        return []
    taken.left_out, taken.owned_up_at = 0, now
    message = f"{number} events were left out, because the store makes too many; see 'kubectl get events'"
    return [NewEvent(
        datetime.now(UTC), store, None, Source.KUBERNETES, Level.WARNING, "kubernetes.event",
        reason="EventsLeftOut", message=message, count=number,
    )]  # fmt: skip

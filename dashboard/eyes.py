"""The worker's eyes: everything that looks at the cluster, started and stopped as one.

    eyes = Eyes(ApiServer.connect(), database, journal, fleet)
    eyes.start()
    eyes.explain("nike-shoes", since=operation.started_at)

One thread per watched kind reads; it only updates memory. One more thread, the hand, does all that
touches the database: journal, snapshots, statuses. So a slow database never holds up the reading, and
nothing here runs while nothing happens, apart from one small query every ten seconds.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from dashboard.agenda import Agenda
from dashboard.database import Database
from dashboard.fleet import Fleet
from dashboard.intake import Intake, newest
from dashboard.journal import Journal
from dashboard.model import Failure, NewEvent, Source
from dashboard.reach import AWAY, Reach
from dashboard.readiness import Readiness
from dashboard.sights import Sights
from dashboard.snapshots import Snapshots
from dashboard.troubles import NOTHING_THERE, Troubles
from dashboard.watch import JSON, WATCHED, Api, Reader
from dashboard.why import Diagnosis, diagnose
from dashboard.why.diagnose import cluster_away

log = logging.getLogger(__name__)

SWEEP_SECONDS = 10.0
"""How often stores are looked at without a cause: what depends on time or on the database alone."""

NEEDED = frozenset({"Namespace", "Pod"})
OTHERS_SECONDS = 15.0
"""How long to wait for the first list of the other kinds, which a lack of rights may withhold for ever."""

LIMBO_SECONDS = 30.0
"""An event may be heard before its namespace is."""

QUEUED_EVENTS = 5000
AT_FIRST = 1000
"""Of the events that a list brings, the newest; the rest would only push them out of the journal."""

LOOK_BACK = timedelta(minutes=30)


class Eyes:
    """Watches every store; see the module. `start` and `stop` once each. No method raises for the cluster's sake."""

    def __init__(self, api: Api, database: Database, journal: Journal, fleet: Fleet) -> None:
        self._api, self._journal = api, journal
        self._sights, self._troubles = Sights(), Troubles()
        self._intake = Intake(journal.recent)
        self._snapshots = Snapshots(fleet, Readiness(database, journal), self._sights, self._troubles)
        last = journal.recent("", 1, Source.KUBERNETES)
        self._reach = Reach([w.kind for w in WATCHED], was_away=bool(last) and last[0].kind == AWAY)
        self._stop = threading.Event()
        self._agenda = Agenda()
        self._raw: deque[tuple[float, Mapping[str, Any]]] = deque(maxlen=QUEUED_EVENTS)
        self._unwritten: deque[NewEvent] = deque(maxlen=QUEUED_EVENTS)
        self._listed: dict[str, float] = {}
        self._hand = threading.Thread(target=self._work, name="eyes", daemon=True)

    def start(self) -> None:
        """Begin to look; returns at once, whether or not there is a cluster."""
        self._hand.start()
        for watched in WATCHED:
            reader = Reader(watched, self._api, self, self._stop)
            threading.Thread(target=reader.run, name=f"eyes-{watched.kind}", daemon=True).start()

    def stop(self, seconds: float = 10.0) -> None:
        """End; what was seen is written first. Readers that wait for the cluster end with their connection."""
        self._stop.set()
        self._agenda.wake()
        self._hand.join(seconds)

    def explain(self, store: str, since: datetime | None = None) -> Diagnosis | None:
        """Why the store is not ready, or was not at any time after `since` (the last half hour if not given).

        Prefers what held longest, because that is what an operation waited for. None: nothing is wrong
        that could be seen. Never raises; asks memory only; may be called from any thread.
        """
        now = datetime.now(UTC)
        if self._reach.away:
            return cluster_away(self._reach.why, now)
        if not self._listed.keys() >= NEEDED:
            return None
        current = diagnose(self._sights.facts(store, now))
        self._troubles.note(store, current, now) if current else None
        return self._troubles.longest(store, since or now - LOOK_BACK, now) or current

    def failure(self, store: str, since: datetime | None) -> Failure | None:
        """`explain` as the reason of a failed operation; None where the store's objects explain nothing."""
        found = self.explain(store, since)
        if found is None or found.reason in NOTHING_THERE:
            return None
        return Failure(found.reason, found.message, found.cure)

    # What the readers say, each on its own thread.

    def replace(self, kind: str, objects: list[JSON]) -> None:
        """See `watch.Sink`."""
        if kind == "Event":
            self._raw.extend((time.monotonic(), event) for event in newest(objects, AT_FIRST))
        else:
            self._touch(self._sights.replace(kind, objects))
        self._listed.setdefault(kind, time.monotonic())
        self._agenda.wake()

    def change(self, kind: str, verb: str, thing: JSON) -> None:
        """See `watch.Sink`."""
        if kind != "Event":
            self._touch(self._sights.change(kind, verb, thing))
        elif verb != "DELETED":  # events are deleted when they are an hour old
            self._raw.append((time.monotonic(), thing))
            self._agenda.wake()

    def reached(self, kind: str) -> None:
        """See `watch.Sink`."""
        self._say(self._reach.reached(kind))

    def lost(self, kind: str, why: str) -> None:
        """See `watch.Sink`."""
        log.info("%s: %s", kind, why)
        self._say(self._reach.lost(kind, why))

    def _say(self, event: NewEvent | None) -> None:
        if event:
            self._unwritten.append(event)
            self._agenda.wake()

    def _touch(self, stores: set[str]) -> None:
        for store in stores:
            self._agenda.put(store)

    # What the hand does.

    def _work(self) -> None:
        pause = 1.0
        while not self._stop.is_set():
            self._agenda.wait(SWEEP_SECONDS)
            try:
                self._once()
                pause = 1.0
            except Exception:  # a broken database or a strange object must not blind us for ever
                log.exception("the eyes could not do their round; they try again")
                self._stop.wait(pause)
                pause = min(30.0, 2 * pause)
        try:
            self._write()
        except (SQLAlchemyError, OSError):
            log.exception("the last events could not be written; they are read again at the next start")

    def _once(self) -> None:
        if "Namespace" in self._listed:
            self._take_events()
        self._write()
        if self._reach.away or not self._sees():
            return
        if self._agenda.is_over(SWEEP_SECONDS):
            self._intake.keep_only(self._sights.stores())
            self._touch(self._snapshots.stale())
        for store in self._agenda.due():
            self._refresh(store)

    def _refresh(self, store: str) -> None:
        try:
            again = self._snapshots.refresh(store)
        except SQLAlchemyError:
            self._agenda.put(store, SWEEP_SECONDS)
            raise
        except Exception:  # one store's strange object must not blind us for all others
            log.exception("cannot make out the store %s", store)
        else:
            if again is not None:
                self._agenda.put(store, again)

    def _sees(self) -> bool:
        """Is enough listed to judge by?"""
        if not self._listed.keys() >= NEEDED:
            return False
        first = max(self._listed[kind] for kind in NEEDED)
        return len(self._listed) == len(WATCHED) or time.monotonic() - first > OTHERS_SECONDS

    def _take_events(self) -> None:
        for _ in range(len(self._raw)):
            arrived, event = self._raw.popleft()
            store = self._sights.store_of(str(event["metadata"].get("namespace")))
            if store is None:
                if time.monotonic() - arrived < LIMBO_SECONDS:
                    self._raw.append((arrived, event))
                continue
            if self._sights.note(event):
                self._agenda.put(store)
            try:
                self._unwritten.extend(self._intake.take(store, event))
            except SQLAlchemyError:
                self._raw.append((arrived, event))
                raise

    def _write(self) -> None:
        events = [self._unwritten.popleft() for _ in range(len(self._unwritten))]
        try:
            self._journal.append(events)
        except (SQLAlchemyError, OSError):
            self._unwritten.extendleft(reversed(events))
            raise

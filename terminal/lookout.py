"""What the cluster shows of one store while somebody waits for it: what it is doing, and why it failed."""

import threading
from collections import deque
from datetime import UTC, datetime
from typing import Any

from dashboard.model import Failure
from dashboard.sights import Sights
from dashboard.troubles import NOTHING_THERE, Troubles
from dashboard.watch import WATCHED, Api, Reader
from dashboard.why import diagnose

JSON = dict[str, Any]
EVENTS = 500
"""That wait for their namespace to be heard of."""


class Lookout:
    """Watches one namespace, from `start` to `stop`, on threads of its own. Nothing here raises for the cluster's sake.

    The same eyes and the same reasons as the dashboard's, without its database.
    """

    def __init__(self, api: Api, store: str, namespace: str) -> None:
        self._api, self._store, self._namespace = api, store, namespace
        self._sights, self._troubles = Sights(), Troubles()
        self._events: deque[JSON] = deque(maxlen=EVENTS)
        self._begin = datetime.now(UTC)
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin to look; returns at once."""
        for watched in WATCHED:
            reader = Reader(watched.within(self._namespace), self._api, self, self._stop)
            threading.Thread(target=reader.run, name=f"lookout-{watched.kind}", daemon=True).start()

    def stop(self) -> None:
        """Look no more; readers that wait for the cluster end with their connection, or with this process."""
        self._stop.set()

    def now(self) -> str:
        """What the store is doing, or what is wrong with it, in a sentence; empty when nothing is to be said."""
        now = datetime.now(UTC)
        for _ in range(len(self._events)):
            event = self._events.popleft()
            if self._sights.store_of(self._namespace) is None:
                self._events.append(event)
            else:
                self._sights.note(event)
        found = diagnose(self._sights.facts(self._store, now))
        settled = self._troubles.note(self._store, found, now) if found else False
        return found.message if found and settled and found.reason not in NOTHING_THERE else ""

    def failure(self) -> Failure | None:
        """What held longest since `start`, as the reason of a failure; None if nothing was seen."""
        found = self._troubles.longest(self._store, self._begin, datetime.now(UTC))
        return Failure(found.reason, found.message, found.cure) if found else None

    # What the readers say, each on its own thread; see `watch.Sink`.

    def replace(self, kind: str, objects: list[JSON]) -> None:
        """See `watch.Sink`."""
        if kind == "Event":
            self._events.extend(objects)
        else:
            self._sights.replace(kind, objects)

    def change(self, kind: str, verb: str, thing: JSON) -> None:
        """See `watch.Sink`."""
        if kind != "Event":
            self._sights.change(kind, verb, thing)
        elif verb != "DELETED":
            self._events.append(thing)

    def reached(self, kind: str) -> None:
        """Nobody asks."""

    def lost(self, kind: str, why: str) -> None:
        """The operation itself tells when the cluster is away; without a right to look there is less to tell."""

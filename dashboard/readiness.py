"""A finished store's status from what its visitors would see: READY or UNREACHABLE."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy import select, update

from dashboard.database import Database
from dashboard.journal import Journal
from dashboard.model import Level, NewEvent, Source, Status
from dashboard.tables import stores
from dashboard.why import Diagnosis

OURS = frozenset({Status.READY, Status.UNREACHABLE})
"""Every other status is an operation's, and only another operation ends it."""

PATIENCE_SECONDS = 10.0
"""A pod that moves to another node, or restarts, is away for the seconds of its start."""


class Readiness:
    """Turns a store from READY to UNREACHABLE and back, each with one `store.status` event in the same write.

    For one thread. Never touches a store with an operation: it has another status then, and that is
    checked in the write itself.
    """

    def __init__(self, database: Database, journal: Journal, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._journal, self._clock = database, journal, clock
        self._unready_since: dict[str, float] = {}

    def statuses(self) -> Mapping[str, Status]:
        """Name -> status of every store there is."""
        with self._database.read() as reader:
            return {row.name: Status(row.status) for row in reader.execute(select(stores.c.name, stores.c.status))}

    def status(self, store: str) -> Status | None:
        """The status of one store, None if there is no such store."""
        with self._database.read() as reader:
            found = reader.execute(select(stores.c.status).where(stores.c.name == store)).scalar()
        return Status(found) if found else None

    def judge(self, store: str, status: Status, reachable: bool, why: Diagnosis | None) -> float | None:
        """Change the status if it is ours to change; returns the seconds after which to ask again, if any."""
        if reachable or status not in OURS:
            self._unready_since.pop(store, None)
        if status not in OURS or reachable == (status is Status.READY):
            return None
        if not reachable:
            waited = self._clock() - self._unready_since.setdefault(store, self._clock())
            if waited < PATIENCE_SECONDS:
                return PATIENCE_SECONDS - waited
        self._change(store, status, _event(store, reachable, why))
        return None

    def _change(self, store: str, former: Status, event: NewEvent) -> None:
        with self._database.write() as writer:
            same = (stores.c.name == store) & (stores.c.status == former)
            changed = writer.execute(update(stores).where(same).values(status=event.data["status"]))
            if changed.rowcount:
                self._journal.append([event], writer)


def _event(store: str, reachable: bool, why: Diagnosis | None) -> NewEvent:
    status = Status.READY if reachable else Status.UNREACHABLE
    message = "the shop answers" if reachable else why.message if why else "no web pod is ready"
    return NewEvent(
        at=datetime.now(UTC),
        store=store,
        operation=None,
        source=Source.KUBERNETES,
        level=Level.NORMAL if reachable else Level.ERROR,
        kind="store.status",
        object=why.object if why and not reachable else "",
        reason=why.reason if why and not reachable else "",
        message=message,
        data={"status": status.value, "cure": why.cure if why and not reachable else ""},
    )

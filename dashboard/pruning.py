"""Forgets what nobody needs any more: old operations, Idempotency-Keys, stores that are long gone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Select, case, delete, func, select

from dashboard import tallies
from dashboard.database import Database
from dashboard.model import ENDED, State
from dashboard.settings import Settings
from dashboard.tables import events, keys, operations, snapshots, stores

ROWS_PER_PASS, STORES_PER_PASS = 500, 20
"""So much is done in one pass, so that no write takes long; the next one goes on."""


class Pruning:
    """Keeps the tables bounded. Any number of workers may do so at once.

    Guarantees: an operation is kept while it waits or runs, for `keep_hours` after its end, and while a
    key leads to it; so is whatever later operations rest on, however old: of each store that is there the
    newest ended operation, the newest that was begun and the newest that was not canceled.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def look(self) -> list[str]:
        """One pass; returns the ids of the operations that were forgotten."""
        with self._database.read() as reader:
            now = self._database.now(reader)
            kept_since = now - timedelta(hours=self._settings.keep_hours)
            gone_since = min(kept_since, now - timedelta(days=self._settings.gone_days))
            old_keys = reader.execute(_old_keys(kept_since)).scalars().all()
            surplus = reader.execute(_surplus(self._settings.operations_limit_per_store, kept_since)).scalars().all()
            gone = reader.execute(_gone(gone_since)).scalars().all()
        # The reading was done without the lock of writers. What it found does not come to be needed
        # meanwhile, but for a store that is made again.
        if old_keys:
            with self._database.write() as writer:
                writer.execute(delete(keys).where(keys.c.key.in_(old_keys)))
        forgotten = self._forget_operations(surplus) if surplus else []
        for name in gone:
            forgotten += self._forget_store(name)
        return forgotten

    def _forget_operations(self, ids: Sequence[str]) -> list[str]:
        with self._database.write() as writer:
            return _forget(writer, select(operations).where(operations.c.id.in_(ids)))

    def _forget_store(self, name: str) -> list[str]:
        with self._database.write() as writer:
            if writer.execute(select(stores.c.name).where(stores.c.name == name)).first():
                return []
            for table in (events, snapshots):
                writer.execute(delete(table).where(table.c.store == name))
            return _forget(writer, select(operations).where(operations.c.store == name, operations.c.state.in_(ENDED)))


def _old_keys(kept_since: datetime) -> Select[str]:
    return select(keys.c.key).where(keys.c.created_at < kept_since).limit(ROWS_PER_PASS)


def _surplus(limit: int, kept_since: datetime) -> Select[str]:
    """The ids of ended operations above `limit` per store that nothing rests on, oldest first."""
    # Counting reads an index only; the windows are for the few stores that have too many.
    crowded = select(operations.c.store).group_by(operations.c.store).having(func.count() > limit)
    place = func.row_number().over(partition_by=operations.c.store, order_by=operations.c.seq.desc())
    ranked = (
        select(
            operations.c.id,
            operations.c.seq,
            operations.c.finished_at,
            place.label("place"),
            _newest(operations.c.attempt > 0).label("begun"),
            _newest(operations.c.state != State.CANCELED).label("meant"),
        )
        .where(operations.c.state.in_(ENDED), operations.c.store.in_(crowded))
        .subquery()
    )
    found = select(ranked.c.id).where(
        ranked.c.place > limit,
        ranked.c.finished_at < kept_since,
        ranked.c.seq.not_in([ranked.c.begun, ranked.c.meant]),
        ranked.c.id.not_in(select(keys.c.operation)),
    )
    return found.order_by(ranked.c.seq).limit(ROWS_PER_PASS)


def _newest(which: ColumnElement[bool]) -> ColumnElement[int]:
    """Of each row's store, the `seq` of the newest one of these; 0 for none."""
    return func.max(case((which, operations.c.seq), else_=0)).over(partition_by=operations.c.store)


def _gone(gone_since: datetime) -> Select[str]:
    """The names of stores that are not there and of which nothing was heard since.

    However a store goes, the journal tells it. Events without a store's name are the cluster's.
    """
    absent = (events.c.store != "") & events.c.store.not_in(select(stores.c.name))
    silent = func.max(events.c.at) < gone_since
    return select(events.c.store).where(absent).group_by(events.c.store).having(silent).limit(STORES_PER_PASS)


def _forget(writer: Connection, which: Select[*tuple[object, ...]]) -> list[str]:
    found = writer.execute(which.order_by(operations.c.seq)).mappings().all()
    ids = [row["id"] for row in found]
    if ids:
        tallies.remember(writer, found)
        writer.execute(delete(keys).where(keys.c.operation.in_(ids)))
        writer.execute(delete(operations).where(operations.c.id.in_(ids)))
    return ids

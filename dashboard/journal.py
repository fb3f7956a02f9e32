"""The journal: everything that happened, in one numbered sequence, bounded per store and source."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from dashboard.database import Database
from dashboard.model import Event, Level, NewEvent, Source
from dashboard.tables import events as table
from dashboard.tables import stores

LIMIT_PER_STORE = 500


class Journal:
    """Appends and reads events. `limit` entries per store and source are kept, the newest ones.

    The bound holds per source, so that a noisy pod never pushes out what operations did.
    """

    def __init__(self, database: Database, limit: int = LIMIT_PER_STORE) -> None:
        self._database = database
        self._limit = limit

    def append(self, events: Sequence[NewEvent], connection: Connection | None = None) -> list[int]:
        """Append in order and return the ids; within the write of `connection` if given."""
        if not events:
            return []
        with nullcontext(connection) if connection else self._database.write() as writer:
            ids = [self._append_one(writer, event) for event in events]
            for store, source in dict.fromkeys((event.store, event.source) for event in events):
                self._forget(writer, store, source)
        return ids

    def after(self, id: int, store: str | None = None, limit: int = 500) -> list[Event]:
        """At most `limit` events with an id above `id`, oldest first, of `store` or of all."""
        query = select(table).where(table.c.id > id).order_by(table.c.id).limit(limit)
        if store is not None:
            query = query.where(table.c.store == store)
        with self._database.read() as reader:
            return [_event(row) for row in reader.execute(query).mappings()]

    def recent(self, store: str, limit: int = 100, source: Source | None = None) -> list[Event]:
        """The newest `limit` events of `store`, newest first."""
        query = select(table).where(table.c.store == store).order_by(table.c.id.desc()).limit(limit)
        if source is not None:
            query = query.where(table.c.source == source)
        with self._database.read() as reader:
            return [_event(row) for row in reader.execute(query).mappings()]

    def last_id(self) -> int:
        """The id of the newest event, 0 when there is none."""
        with self._database.read() as reader:
            return reader.execute(select(func.max(table.c.id))).scalar() or 0

    def oldest_id(self) -> int:
        """The id of the oldest event that is kept, 0 when there is none."""
        with self._database.read() as reader:
            return reader.execute(select(func.min(table.c.id))).scalar() or 0

    def _append_one(self, writer: Connection, event: NewEvent) -> int:
        values = asdict(event) | {"data": dict(event.data)}
        row_id: int = writer.execute(insert(table).values(**values).returning(table.c.id)).scalar_one()
        summary = event.message or event.reason or event.kind
        writer.execute(
            update(stores).where(stores.c.name == event.store).values(last_event=summary, last_event_at=event.at)
        )
        return row_id

    def _forget(self, writer: Connection, store: str, source: Source) -> None:
        same = (table.c.store == store) & (table.c.source == source)
        last = select(table.c.id).where(same).order_by(table.c.id.desc()).offset(self._limit).limit(1)
        bound = writer.execute(last).scalar()
        if bound is not None:
            writer.execute(delete(table).where(same & (table.c.id <= bound)))


def _event(row: RowMapping) -> Event:
    values = dict(row)
    return Event(**values | {"source": Source(values["source"]), "level": Level(values["level"])})

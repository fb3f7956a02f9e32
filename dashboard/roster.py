"""Keeps the stores' rows in step with what exists, whoever made or destroyed it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, delete, insert, select

from dashboard.database import Database
from dashboard.journal import Journal
from dashboard.model import Existing, Level, NewEvent, Source, Status
from dashboard.rows import outputs_columns
from dashboard.tables import snapshots, stores
from dashboard.transitions import ACTIVE, Change

_SETTLED = (Status.READY, Status.UNREACHABLE)


class Roster:
    """Adopts stores that the terminal made, forgets those that it destroyed."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal

    def now(self) -> datetime:
        """The database's time, to be taken before the inventory is asked."""
        with self._database.read() as reader:
            return self._database.now(reader)

    def sync(self, existing: Sequence[Existing], as_of: datetime) -> None:
        """Bring the rows in step with `existing`, which was asked for after `as_of`.

        Stores with an operation that waits, runs, or ended after `as_of` are left alone: about
        them the inventory may be out of date. Idempotent.
        """
        found = {one.name: one for one in existing}
        with self._database.write() as connection:
            change = Change(connection, self._journal, self._database.now(connection))
            rows = {row["name"]: row for row in connection.execute(select(stores)).mappings()}
            for name in sorted(found.keys() | rows.keys()):
                if self._is_settled(change, name, as_of):
                    self._sync_one(change, name, found.get(name), rows.get(name))

    def _is_settled(self, change: Change, name: str, as_of: datetime) -> bool:
        last = change.newest(name)
        return last is None or (last["state"] not in ACTIVE and last["finished_at"] < as_of)

    def _sync_one(self, change: Change, name: str, found: Existing | None, row: RowMapping | None) -> None:
        if found and row is None:
            self._adopt(change, found)
        elif found and row:
            columns = _columns(found) if row["made_by"] == "terminal" else _deployed(found)
            different = {key: value for key, value in columns.items() if row[key] != value}
            if different and row["status"] in _SETTLED:
                change.set_store(name, **different)
        elif row and (row["status"] in _SETTLED or self._failed_elsewhere(change, row)):
            change.connection.execute(delete(stores).where(stores.c.name == name))
            change.connection.execute(delete(snapshots).where(snapshots.c.store == name))
            self._tell(change, name, "taken away in a terminal")

    def _failed_elsewhere(self, change: Change, row: RowMapping) -> bool:
        """Was it found incomplete, and nothing asked of it here since? Then there is no failure of ours to show."""
        if row["status"] != Status.FAILED or row["made_by"] != "terminal":
            return False
        last = change.newest(row["name"])
        return last is None or bool(last["finished_at"] < row["created_at"])

    def _adopt(self, change: Change, found: Existing) -> None:
        ready = found.outputs is not None
        change.connection.execute(insert(stores).values(
            name=found.name, **_columns(found), created_at=change.at, ready_at=change.at if ready else None,
            status=Status.READY if ready else Status.FAILED, made_by="terminal",
        ))  # fmt: skip
        self._tell(change, found.name, "made in a terminal")

    def _tell(self, change: Change, name: str, message: str) -> None:
        event = NewEvent(change.at, name, None, Source.OPERATION, Level.NORMAL, "store.status", message=message)
        self._journal.append([event], change.connection)


def _columns(found: Existing) -> Mapping[str, object]:
    asked = {
        "engine": found.engine, "plan": found.plan, "title": found.title, "admin_email": found.admin_email,
        "settings": dict(found.settings),
    }  # fmt: skip
    return {**asked, **_outputs(found)}


def _deployed(found: Existing) -> Mapping[str, object]:
    """What a terminal may have changed of a store of the dashboard, whose configuration need not be here."""
    said = {"plan": found.plan, "title": found.title} if found.outputs else {}
    return {**{key: value for key, value in said.items() if value}, **_outputs(found)}


def _outputs(found: Existing) -> Mapping[str, object]:
    return outputs_columns(found.outputs) if found.outputs else {}

"""Changes of an operation that the desk and the workers share; each within a given write.

An operation ends here and nowhere else, with exactly one terminal event.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, select, update

from dashboard.journal import Journal
from dashboard.model import ENDED, Failure, Kind, Level, NewEvent, Outputs, Source, State, Status
from dashboard.rows import outputs_columns
from dashboard.tables import operations, snapshots, stores

ACTIVE = (State.QUEUED, State.RUNNING)
_LEVELS = {State.FAILED: Level.ERROR, State.STALLED: Level.ERROR, State.CANCELED: Level.WARNING}


@dataclass(frozen=True)
class Change:
    """One write at one moment `at`."""

    connection: Connection
    journal: Journal
    at: datetime

    def row(self, operation_id: str) -> RowMapping | None:
        """The row of an operation."""
        query = select(operations).where(operations.c.id == operation_id)
        return self.connection.execute(query).mappings().one_or_none()

    def set(self, operation_id: str, /, **values: Any) -> None:
        """Change columns of an operation."""
        self.connection.execute(update(operations).where(operations.c.id == operation_id).values(**values))

    def set_store(self, name: str, /, **values: Any) -> None:
        """Change columns of a store; none is made if there is none."""
        if values:
            self.connection.execute(update(stores).where(stores.c.name == name).values(**values))

    def tell(self, row: RowMapping, what: str, message: str, level: Level = Level.NORMAL, reason: str = "") -> None:
        """Append `operation.<what>` to the journal."""
        event = NewEvent(
            self.at, row["store"], row["id"], Source.OPERATION, level, f"operation.{what}",
            reason=reason, message=message, data={"kind": row["kind"], "attempt": row["attempt"]},
        )  # fmt: skip
        self.journal.append([event], self.connection)

    def end(self, row: RowMapping, state: State, failure: Failure | None, outputs: Outputs | None) -> None:
        """End the operation in `row` with `state` and bring its store's row in step."""
        if state not in ENDED:
            raise ValueError(f"{state} is no end")
        reason = {"reason": failure.reason, "message": failure.message, "cure": failure.cure} if failure else {
            "reason": "", "message": "", "cure": ""
        }  # fmt: skip
        self.set(
            row["id"], state=state, finished_at=self.at, worker=None, lease_until=None, not_before=None, process=None,
            **reason,
        )  # fmt: skip
        message = failure.message if failure else _END_MESSAGES[state, Kind(row["kind"])]
        self.tell(row, state, message, _LEVELS.get(state, Level.NORMAL), failure.reason if failure else "")
        if state is State.SUCCEEDED and row["kind"] == Kind.CREATE and outputs:
            self.set_store(row["store"], ready_at=self.at, **outputs_columns(outputs))
        if state is State.SUCCEEDED and row["kind"] == Kind.DELETE:
            self.set_store(row["store"], **_NOTHING)
            self.connection.execute(delete(snapshots).where(snapshots.c.store == row["store"]))
        self.settle(row["store"])

    def settle(self, name: str) -> None:
        """Give the store the status that its operations imply; take its row away if it is gone."""
        status = self._implied(name)
        if status is None:
            self.connection.execute(delete(stores).where(stores.c.name == name))
        else:
            self.set_store(name, status=status)

    def newest(self, name: str, *conditions: Any) -> RowMapping | None:
        """The newest operation of a store that fulfils `conditions`."""
        query = select(operations).where(operations.c.store == name, *conditions)
        return self.connection.execute(query.order_by(operations.c.seq.desc()).limit(1)).mappings().one_or_none()

    def queue_length(self) -> int:
        """How many operations wait."""
        query = select(func.count()).select_from(operations).where(operations.c.state == State.QUEUED)
        return self.connection.execute(query).scalar_one()

    def _implied(self, name: str) -> Status | None:
        if running := self.newest(name, operations.c.state == State.RUNNING):
            return Status.DELETING if running["kind"] == Kind.DELETE else Status.PROVISIONING
        if waiting := self.newest(name, operations.c.state == State.QUEUED):
            return Status.DELETING if waiting["kind"] == Kind.DELETE else Status.QUEUED
        # An operation that was canceled before anything was begun changed nothing.
        begun = self.newest(name, operations.c.attempt > 0)
        store = self.connection.execute(select(stores).where(stores.c.name == name)).mappings().one_or_none()
        if store is None:
            return None
        deleted = begun is not None and (begun["kind"], begun["state"]) == (Kind.DELETE, State.SUCCEEDED)
        if begun is None or (deleted and begun["finished_at"] < store["created_at"]):
            # Nothing of it was begun here: it is there only if the terminal made it.
            made = Status.READY if store["ready_at"] else Status.FAILED
            return made if store["made_by"] == "terminal" else None
        if deleted:
            return None
        ends = {State.SUCCEEDED: Status.READY, State.STALLED: Status.STALLED}
        return ends.get(State(begun["state"]), Status.FAILED)


_NOTHING = {
    "url": "", "namespace": "", "notice": "", "chart_version": "", "admin_secret_name": "", "admin_secret_key": "",
    "ready_at": None,
}  # fmt: skip
_END_MESSAGES = {
    (State.SUCCEEDED, Kind.CREATE): "the store is ready",
    (State.SUCCEEDED, Kind.DELETE): "the store is gone",
    (State.CANCELED, Kind.CREATE): "canceled before it began",
    (State.CANCELED, Kind.DELETE): "canceled before it began",
    (State.FAILED, Kind.CREATE): "the store could not be made",
    (State.FAILED, Kind.DELETE): "the store could not be taken away",
    (State.STALLED, Kind.CREATE): "the store could not be made",
    (State.STALLED, Kind.DELETE): "the store could not be taken away",
}

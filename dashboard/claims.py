"""Claims: how workers take operations out of the queue and give them back.

A claim is a lease with a fence. The lease ends by itself when its worker falls silent; the fence is
the pair of worker and attempt, which grows with each claim: a worker that lost its lease and wakes
up later can write nothing any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update

from dashboard import rows
from dashboard.database import Database
from dashboard.journal import Journal
from dashboard.model import JSON, Failure, Level, NewEvent, Operation, Outputs, Progress, State
from dashboard.settings import Settings
from dashboard.tables import operations, workers
from dashboard.transitions import ACTIVE, Change

FORGET_WORKER_SECONDS = 3600.0
LONGEST_DELAY_SECONDS = 300.0


class LostLease(Exception):
    """The operation is no longer this worker's; it must stop what it does and write nothing."""


@dataclass(frozen=True)
class Abandoned:
    """A running operation whose lease ran out. `process` is the child that its worker noted, if any."""

    operation: Operation
    process: Mapping[str, JSON] | None


class Claims:
    """The queue as the worker `worker_id` sees it. Worker ids are never used twice."""

    def __init__(self, database: Database, journal: Journal, settings: Settings, worker_id: str) -> None:
        self._database = database
        self._journal = journal
        self._settings = settings
        self.worker_id = worker_id

    def claim(self) -> Operation | None:
        """Take the oldest operation that may run, None if there is none.

        FIFO; not more than `concurrency` at a time over all workers; per store one at a time and in
        order, also while an earlier one of the store waits for its next attempt.
        """
        with self._database.read() as reader:
            waiting = select(operations.c.seq).where(operations.c.state == State.QUEUED).limit(1)
            if reader.execute(waiting).first() is None:
                return None  # an idle worker takes no write lock
        with self._database.write() as connection:
            change = Change(connection, self._journal, self._database.now(connection))
            row = self._next(change)
            if row is None:
                return None
            change.set(
                row["id"], state=State.RUNNING, attempt=row["attempt"] + 1, worker=self.worker_id,
                lease_until=change.at + timedelta(seconds=self._settings.lease_seconds), not_before=None,
                started_at=row["started_at"] or change.at, process=None, done=0, total=0, step="",
            )  # fmt: skip
            taken = change.row(row["id"])
            assert taken is not None
            change.tell(taken, "started", f"attempt {taken['attempt'] - taken['excused']} has begun")
            change.settle(row["store"])
            return rows.operation(taken)

    def needs_recovery(self, operation: Operation) -> bool:
        """Whether something of an earlier attempt may be left: of this operation or of the last one."""
        with self._database.read() as reader:
            query = select(operations.c.state).where(
                operations.c.store == operation.store, operations.c.id != operation.id, operations.c.attempt > 0
            )
            last = reader.execute(query.order_by(operations.c.seq.desc()).limit(1)).scalar()
        return operation.attempt > 1 or last not in (None, State.SUCCEEDED)

    def renew(self, operation: Operation) -> None:
        """Extend the lease; raises `LostLease`."""
        with self._database.write() as connection:
            until = self._database.now(connection) + timedelta(seconds=self._settings.lease_seconds)
            self._fenced(Change(connection, self._journal, until), operation, lease_until=until)

    def note_process(self, operation: Operation, process: Mapping[str, JSON]) -> None:
        """Keep which child runs the operation, for whoever has to end it; raises `LostLease`."""
        with self._database.write() as connection:
            at = self._database.now(connection)
            self._fenced(Change(connection, self._journal, at), operation, process=dict(process))

    def report(self, operation: Operation, events: Sequence[NewEvent], progress: Progress | None = None) -> None:
        """Keep what happened and how far the operation is, both or nothing; raises `LostLease`."""
        columns = {"done": progress.done, "total": progress.total, "step": progress.step} if progress else {}
        with self._database.write() as connection:
            change = Change(connection, self._journal, self._database.now(connection))
            self._fenced(change, operation, **columns)
            self._journal.append(events, connection)

    def finish(
        self, operation: Operation, state: State, failure: Failure | None = None, outputs: Outputs | None = None
    ) -> None:
        """End the operation; raises `LostLease`."""
        with self._database.write() as connection:
            change = Change(connection, self._journal, self._database.now(connection))
            change.end(self._fenced(change, operation), state, failure, outputs)

    def fail(self, operation: Operation, failure: Failure) -> Operation:
        """A failed attempt: the next one is queued after a pause if that makes sense, else it ends.

        A failure that is not retryable ends as `failed`, the last of `attempts` as `stalled`.
        Raises `LostLease`.
        """
        with self._database.write() as connection:
            change = Change(connection, self._journal, self._database.now(connection))
            row = self._fenced(change, operation)
            if not failure.retryable:
                change.end(row, State.FAILED, failure, None)
            else:
                self._again_or_stalled(change, row, failure, "waiting", self._delay(row))
            return self._operation(change, operation)

    def hand_over(self, operation: Operation) -> None:
        """Give the operation back because this worker stops; it costs no attempt. Raises `LostLease`."""
        with self._database.write() as connection:
            change = Change(connection, self._journal, self._database.now(connection))
            row = self._fenced(change, operation)
            change.set(row["id"], **_QUEUED, excused=row["excused"] + 1)
            change.tell(row, "waiting", "its worker was stopped; the next one goes on", reason="HandedOver")
            change.settle(row["store"])

    def abandoned(self) -> list[Abandoned]:
        """Running operations whose worker has fallen silent, oldest first."""
        with self._database.read() as reader:
            now = self._database.now(reader)
            query = select(operations).where(operations.c.state == State.RUNNING, operations.c.lease_until < now)
            found = reader.execute(query.order_by(operations.c.seq)).mappings().all()
        return [Abandoned(rows.operation(row), row["process"]) for row in found]

    def silent_for(self, abandoned: Abandoned, seconds: float) -> bool:
        """Whether the lease ran out at least `seconds` ago and was not renewed since."""
        with self._database.read() as reader:
            limit = self._database.now(reader) - timedelta(seconds=seconds)
            query = select(operations.c.lease_until).where(operations.c.id == abandoned.operation.id)
            until = reader.execute(query).scalar()
        return until is not None and until < limit

    def reclaim(self, abandoned: Abandoned) -> Operation | None:
        """Queue an abandoned operation again, or stall it after its last attempt.

        Call it only when its child is proven dead. None if its worker came back or another worker
        was faster.
        """
        lost = abandoned.operation
        with self._database.write() as connection:
            change = Change(connection, self._journal, self._database.now(connection))
            row = change.row(lost.id)
            if row is None or row["state"] != State.RUNNING or row["attempt"] != lost.attempt:
                return None
            if row["lease_until"] >= change.at:
                return None
            failure = Failure("WorkerLost", "the worker that ran it was lost", "retry; read the worker's log", True)
            self._again_or_stalled(change, row, failure, "recovered", 0.0)
            return self._operation(change, lost)

    def beat(self, host: str, pid: int) -> None:
        """A sign of life of this worker; forgets those that were not heard of for an hour."""
        with self._database.write() as connection:
            now = self._database.now(connection)
            mine = workers.c.id == self.worker_id
            if not connection.execute(update(workers).where(mine).values(beat_at=now)).rowcount:
                row = {"id": self.worker_id, "host": host, "pid": pid, "started_at": now, "beat_at": now}
                connection.execute(insert(workers).values(row))
            silent_since = now - timedelta(seconds=FORGET_WORKER_SECONDS)
            connection.execute(delete(workers).where(workers.c.beat_at < silent_since))

    def leave(self) -> None:
        """Take this worker off the list, at its orderly end."""
        with self._database.write() as connection:
            connection.execute(delete(workers).where(workers.c.id == self.worker_id))

    def _next(self, change: Change) -> RowMapping | None:
        running = select(func.count()).select_from(operations).where(operations.c.state == State.RUNNING)
        if change.connection.execute(running).scalar_one() >= self._settings.concurrency:
            return None
        earlier = operations.alias()
        has_earlier = select(earlier.c.seq).where(
            earlier.c.store == operations.c.store, earlier.c.seq < operations.c.seq, earlier.c.state.in_(ACTIVE)
        )
        may_run = operations.c.not_before.is_(None) | (operations.c.not_before <= change.at)
        query = select(operations).where(operations.c.state == State.QUEUED, may_run, ~has_earlier.exists())
        return change.connection.execute(query.order_by(operations.c.seq).limit(1)).mappings().one_or_none()

    def _fenced(self, change: Change, operation: Operation, **values: Any) -> RowMapping:
        row = change.row(operation.id)
        mine = row and row["state"] == State.RUNNING and row["worker"] == self.worker_id
        if row is None or not mine or row["attempt"] != operation.attempt:
            raise LostLease(operation.id)
        if values:
            change.set(operation.id, **values)
        return row

    def _again_or_stalled(self, change: Change, row: RowMapping, failure: Failure, what: str, delay: float) -> None:
        used = row["attempt"] - row["excused"]
        if used >= self._settings.attempts:
            change.end(row, State.STALLED, failure, None)
            return
        change.set(
            row["id"], **_QUEUED, not_before=change.at + timedelta(seconds=delay),
            reason=failure.reason, message=failure.message, cure=failure.cure,
        )  # fmt: skip
        message = f"{failure.message}; attempt {used + 1} of {self._settings.attempts} follows"
        change.tell(row, what, message, Level.WARNING, failure.reason)
        change.settle(row["store"])

    def _delay(self, row: RowMapping) -> float:
        used = row["attempt"] - row["excused"]
        return float(min(self._settings.retry_delay_seconds * 2 ** (used - 1), LONGEST_DELAY_SECONDS))

    def _operation(self, change: Change, operation: Operation) -> Operation:
        row = change.row(operation.id)
        return rows.operation(row) if row else operation


_QUEUED = {"state": State.QUEUED, "worker": None, "lease_until": None, "process": None}

"""Runs one claimed operation in a child process and writes down what it reports."""

import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from dashboard import attempt, groups
from dashboard.claims import Claims, LostLease
from dashboard.documents import Done, Message, Task, read_message, write_task
from dashboard.model import Failure, NewEvent, Operation, Progress
from dashboard.settings import Settings

GATHER_SECONDS = 0.1  # events that come together are written together

Outcome = Done | Failure | None
"""None: stopped, because the worker was told to stop."""


class Runner:
    """Runs `operation` from claim to outcome; `stop` says that this worker must give it back.

    Guarantees: when `run` returns or raises, no process of the attempt is left on this machine.
    """

    def __init__(self, settings: Settings, claims: Claims, operation: Operation, stop: threading.Event) -> None:
        self._settings = settings
        self._claims = claims
        self._operation = operation
        self._stop = stop
        self._events: list[NewEvent] = []
        self._progress: Progress | None = None
        self._outcome: Done | Failure | None = None
        self._lines: queue.Queue[str | None] = queue.Queue(maxsize=1000)

    def run(self) -> Outcome:
        """The outcome; raises `LostLease` when the operation is another worker's by now."""
        recover = self._claims.needs_recovery(self._operation)
        self._claims.note_process(self._operation, groups.here())  # before there is anything to end
        child = attempt.start(self._operation, self._settings, self.log_path(self._settings.var, self._operation.id))
        try:
            attempt.say(child, write_task(Task(self._operation, recover)))
            threading.Thread(target=self._read, args=(child,), daemon=True).start()
            outcome = self._follow(child)
        finally:
            attempt.end(child, self._operation)
        self._write_down(patient=True)
        return outcome

    @staticmethod
    def log_path(var: Path, operation_id: str) -> Path:
        """Where the child's standard error goes."""
        return var / "log" / f"operation-{operation_id}.log"

    def _follow(self, child: attempt.Child) -> Outcome:
        """Until the child says its outcome or ends, the time is over, or the worker stops.

        A child that has said its outcome has nothing left to do; what it would still spend on taking Pulumi's
        library apart is not waited for.
        """
        deadline = time.monotonic() + self._settings.operation_timeout_seconds
        renewed = time.monotonic()
        while self._take(GATHER_SECONDS):
            self._write_down()
            if self._stop.is_set() and self._outcome is None:
                return None
            if time.monotonic() > deadline:
                return _timeout(self._settings.operation_timeout_seconds)
            if time.monotonic() - renewed > self._settings.lease_seconds / 4:
                if self._while_database_answers(lambda: self._claims.renew(self._operation)):
                    renewed = time.monotonic()
                    attempt.say(child, "\n")
                elif time.monotonic() - renewed > self._settings.lease_seconds:
                    raise LostLease(self._operation.id)
        if self._outcome is None:
            child.wait(timeout=groups.END_SECONDS)
        return self._outcome or _crashed(child.returncode)

    def _take(self, seconds: float) -> bool:
        """Take the lines that come within `seconds`; False after the outcome, which is the last one, or the end."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left)
            except queue.Empty:
                return True
            if line is None:
                return False
            self._sort(read_message(line))
            if self._outcome:
                return False
        return True

    def _sort(self, message: Message | Done | None) -> None:
        if isinstance(message, NewEvent):
            self._events.append(message)
        elif isinstance(message, Progress):
            self._progress = message
        elif isinstance(message, Done | Failure):
            self._outcome = message

    def _write_down(self, patient: bool = False) -> None:
        """Journal and progress; what cannot be written now is kept for the next time."""
        while self._events or self._progress:
            if not self._while_database_answers(self._write_all) and not patient:
                return
            if self._events or self._progress:
                time.sleep(1.0)

    def _write_all(self) -> None:
        self._claims.report(self._operation, self._events, self._progress)
        self._events, self._progress = [], None

    def _while_database_answers(self, write: Callable[[], None]) -> bool:
        try:
            write()
        except DBAPIError as error:
            print(f"operation {self._operation.id}: the database does not answer: {error.orig}", file=sys.stderr)
            return False
        return True

    def _read(self, child: attempt.Child) -> None:
        assert child.stdout
        for line in child.stdout:
            self._lines.put(line)
        self._lines.put(None)


def _timeout(seconds: float) -> Failure:
    return Failure("Timeout", f"not finished within {seconds:.0f} s", "look at the store's events, then retry", True)


def _crashed(code: int | None) -> Failure:
    return Failure("Crashed", f"the operation's process ended without a result (exit code {code})", "retry", True)

"""One operation of the dashboard's provisioner, for somebody who waits.

It is the process that the dashboard's worker starts for an operation of its queue (`dashboard.child`). So it waits
for whoever holds the stack, drops the lock of a dead one, and mends what a killed attempt has left.
"""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from dashboard import attempt
from dashboard.documents import Done, Task, read_message, write_task
from dashboard.model import Failure, Kind, NewEvent, Operation, Progress, Request, State
from dashboard.settings import Settings

Hear = Callable[[NewEvent | Progress], None]


def new_operation(kind: Kind, store: str, request: Request | None) -> Operation:
    """An operation that begins now."""
    now = datetime.now(UTC)
    return Operation(secrets.token_hex(12), store, kind, State.RUNNING, request, now, started_at=now, attempt=1)


def run(operation: Operation, settings: Settings, log: Path, hear: Hear) -> Done | Failure:
    """The outcome; `hear` gets what happens meanwhile. What libraries print goes to `log`, written anew.

    Guarantees: when this returns or raises (Ctrl-C), no process of the operation is left. Should this process be
    killed, they end by themselves.
    """
    log.unlink(missing_ok=True)
    child = attempt.start(operation, settings, log)
    assert child.stdout
    try:
        attempt.say(child, write_task(Task(operation, recover=False)))
        with _signs_of_life(child, settings.lease_seconds / 4):
            for line in child.stdout:
                message = read_message(line)
                if isinstance(message, Done | Failure):
                    return message
                if isinstance(message, NewEvent | Progress):
                    hear(message)
        return Failure("Crashed", f"the process that worked on {operation.store} ended without a result", "")
    finally:
        attempt.end(child, operation)


@contextmanager
def _signs_of_life(child: attempt.Child, pause_seconds: float) -> Iterator[None]:
    """Meanwhile tell the child that we are there: without that it ends itself."""
    stopped = threading.Event()

    def keep_saying() -> None:
        while not stopped.wait(pause_seconds):
            attempt.say(child, "\n")

    thread = threading.Thread(target=keep_saying, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()

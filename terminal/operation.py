"""One operation of the dashboard's provisioner, for somebody who waits.

It is the process that the dashboard's worker starts for an operation of its queue (`dashboard.child`). So it waits
for whoever holds the stack, drops the lock of a dead one, and mends what a killed attempt has left.
"""

import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from dashboard import groups
from dashboard.documents import Done, Task, read_message, write_task
from dashboard.model import Failure, Kind, NewEvent, Operation, Progress, Request, State
from dashboard.settings import NOT_FOR_CHILDREN, PREFIX
from toolbox.paths import ROOT

Hear = Callable[[NewEvent | Progress], None]


def new_operation(kind: Kind, store: str, request: Request | None) -> Operation:
    """An operation that begins now."""
    now = datetime.now(UTC)
    return Operation(secrets.token_hex(12), store, kind, State.RUNNING, request, now, started_at=now, attempt=1)


def run(operation: Operation, lease_seconds: float, log: Path, hear: Hear) -> Done | Failure:
    """The outcome; `hear` gets what happens meanwhile. What libraries print goes to `log`, written anew.

    Guarantees: when this returns or raises (Ctrl-C), no process of the operation is left. Should this process be
    killed, they end by themselves.
    """
    child = _spawn(operation, log)
    assert child.stdin and child.stdout
    try:
        _say(child.stdin, write_task(Task(operation, recover=False)))
        with _signs_of_life(child.stdin, lease_seconds / 4):
            for line in child.stdout:
                message = read_message(line)
                if isinstance(message, Done | Failure):
                    return message
                if isinstance(message, NewEvent | Progress):
                    hear(message)
        return Failure("Crashed", f"the process that worked on {operation.store} ended without a result", "")
    finally:
        groups.end(operation)
        child.wait()
        for pipe in (child.stdin, child.stdout):
            with suppress(BrokenPipeError):  # what it did not take any more
                pipe.close()


def _spawn(operation: Operation, log: Path) -> "subprocess.Popen[str]":
    environment = {**os.environ, **groups.marks(operation)}
    for name in NOT_FOR_CHILDREN:
        environment.pop(PREFIX + name, None)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stderr:
        return subprocess.Popen(
            [sys.executable, "-m", "dashboard", "child"], cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, start_new_session=True,
        )  # fmt: skip


@contextmanager
def _signs_of_life(stdin: IO[str], pause_seconds: float) -> Iterator[None]:
    """Meanwhile tell the child that we are there: without that it ends itself."""
    stopped = threading.Event()

    def keep_saying() -> None:
        while not stopped.wait(pause_seconds):
            _say(stdin, "\n")

    thread = threading.Thread(target=keep_saying, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _say(stdin: IO[str], text: str) -> None:
    with suppress(BrokenPipeError):  # it has ended; what it printed says how
        stdin.write(text)
        stdin.flush()

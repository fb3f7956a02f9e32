"""The child process of one attempt, from the outside: for the worker, and for who waits in a terminal."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from dashboard import groups
from dashboard.model import Operation
from dashboard.settings import PREFIX, ROOT, Settings

NOT_FOR_CHILDREN = ("DATABASE_URL", "WORKER_TOKEN", "OPERATOR_PASSWORD")
"""Settings that what runs in an operation has no business with."""

Child = subprocess.Popen[str]


def start(operation: Operation, settings: Settings, log: Path) -> Child:
    """Start it, in a process group of its own and marked; what libraries print is appended to `log`."""
    environment = {**os.environ, **settings.environment(), **groups.marks(operation)}
    for name in NOT_FOR_CHILDREN:
        environment.pop(PREFIX + name, None)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stderr:
        return subprocess.Popen(
            [sys.executable, "-m", "dashboard", "child"], cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, start_new_session=True,
        )  # fmt: skip


def say(child: Child, text: str) -> None:
    """Its task, or a sign of life. One that has ended is told nothing: its output says how."""
    assert child.stdin
    with suppress(BrokenPipeError):
        child.stdin.write(text)
        child.stdin.flush()


def end(child: Child, operation: Operation) -> None:
    """Kill every process of the attempt that is left, and let go of the child. Raises like `groups.end`."""
    groups.end(operation)
    child.wait()
    for pipe in (child.stdin, child.stdout):
        assert pipe
        with suppress(BrokenPipeError):  # what it did not take any more
            pipe.close()

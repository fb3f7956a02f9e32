"""Real processes of the dashboard for tests: each in a session of its own, ended by its id."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboard.settings import ROOT, Settings

PATIENCE_SECONDS = 90.0


def eventually(true: Callable[[], bool], what: str) -> None:
    """Poll until `true()` holds; fail with `what` after a generous time."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < until, f"not within {PATIENCE_SECONDS:.0f} s: {what}"
        time.sleep(0.05)


@contextmanager
def part(settings: Settings, name: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A part of the dashboard as a process; killed at the end of the block unless it has ended."""
    log = Path(settings.var) / f"{name}.log"
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "dashboard", *([name] if name != "both" else [])], cwd=ROOT,
            env={**os.environ, **settings.environment()}, stdout=sink, stderr=sink, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_SECONDS)

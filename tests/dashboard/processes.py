"""Real processes of the dashboard for tests: each in a session of its own, ended by its id."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


def ask(settings: Settings, method: str, path: str, body: Mapping[str, str] | None = None) -> Any:
    """The answer's document, None while nobody answers."""
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(
        f"http://127.0.0.1:{settings.port}{path}", data, {"Content-Type": "application/json"}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except (urllib.error.URLError, OSError):
        return None


def state(settings: Settings, operation: str) -> str:
    """Where the operation stands; "" while nobody answers."""
    answer = ask(settings, "GET", f"/api/operations/{operation}")
    return str(answer["state"]) if answer else ""

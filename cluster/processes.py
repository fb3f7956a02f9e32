"""Daemons of the cluster: started detached, known by more than their PID, stopped in order.

A PID alone is never trusted: it counts only while /proc shows the same start time in the same
boot, so neither a dead process nor a stranger that got its number is taken for ours.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster.config import PATHS
from toolbox.errors import UserError
from toolbox.process import tail

LOG_LIMIT_BYTES = 20_000_000
STOP_SECONDS = 15.0


@dataclass(frozen=True)
class Daemon:
    """A program that keeps running: `argv[0]` is its path, `name` names its log."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] | None = None

    @property
    def log(self) -> Path:
        return PATHS.logs / f"{self.name}.log"

    @property
    def record(self) -> Path:
        return PATHS.home / "run" / f"{self.name}.json"


def start(daemon: Daemon) -> None:
    """Start `daemon` in a session of its own unless it runs; a changed command line restarts it."""
    if running_pid(daemon):
        if is_current(daemon):
            return
        stop(daemon)
    daemon.log.parent.mkdir(parents=True, exist_ok=True)
    daemon.record.parent.mkdir(parents=True, exist_ok=True)
    if daemon.log.exists() and daemon.log.stat().st_size > LOG_LIMIT_BYTES:
        os.replace(daemon.log, daemon.log.with_suffix(".log.1"))
    with daemon.log.open("ab") as log:
        child = subprocess.Popen(
            daemon.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True, env={**os.environ, **(daemon.env or {})}, cwd="/",
        )  # fmt: skip
    document = {"pid": child.pid, "started": _start_time(child.pid), "boot": _boot(), "argv": daemon.argv}
    new = daemon.record.with_suffix(".new")
    new.write_text(json.dumps(document))
    os.replace(new, daemon.record)


def running_pid(daemon: Daemon) -> int:
    """The PID of the running `daemon`, or 0."""
    try:
        record = json.loads(daemon.record.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return 0
    same = record["boot"] == _boot() and record["started"] == _start_time(record["pid"])
    return int(record["pid"]) if same and record["started"] else 0


def is_current(daemon: Daemon) -> bool:
    """Whether the running `daemon` was started with this very command line."""
    return bool(json.loads(daemon.record.read_text())["argv"] == list(daemon.argv))


def running_seconds(daemon: Daemon) -> float:
    """For how long the running `daemon` has run."""
    ticks = int(_start_time(running_pid(daemon)) or 0) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks


def stop(daemon: Daemon, seconds: float = STOP_SECONDS) -> None:
    """End `daemon`: SIGTERM, and SIGKILL if it has not ended after `seconds`."""
    pid = running_pid(daemon)
    for sign, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
        if not pid:
            break
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            break
        until = time.monotonic() + patience
        while running_pid(daemon) and time.monotonic() < until:
            time.sleep(0.05)
        pid = running_pid(daemon)
    daemon.record.unlink(missing_ok=True)


def check_alive(daemons: Sequence[Daemon]) -> None:
    """Raise `UserError` with the last log lines of the first daemon that has ended."""
    for daemon in daemons:
        if not running_pid(daemon):
            text = daemon.log.read_text(errors="replace") if daemon.log.exists() else ""
            raise UserError(
                f"{daemon.name} has ended by itself",
                f"read {daemon.log}, then run 'make up' again",
                tail(text),
            )


def _start_time(pid: int) -> str:
    """Field 22 of /proc/PID/stat (clock ticks since boot), "" for no process or a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()

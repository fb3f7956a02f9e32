"""The processes of one attempt: known by two variables in their environment, ended as a whole.

A PID alone proves nothing, and the leader of a group may be gone while its children live. The
variables are inherited by everything that an attempt starts, and nothing else has them.
"""

import os
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from dashboard.model import Operation

OPERATION, ATTEMPT = "STOREFLEET_OPERATION", "STOREFLEET_ATTEMPT"
END_SECONDS = 20.0


def marks(operation: Operation) -> dict[str, str]:
    """The environment that marks the processes of this attempt."""
    return {OPERATION: operation.id, ATTEMPT: str(operation.attempt)}


def here() -> dict[str, str]:
    """This machine in this boot; processes noted elsewhere cannot be seen from here."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return {"host": socket.gethostname(), "boot": boot}


def is_here(noted: Mapping[str, object]) -> bool:
    """Whether `noted`, which `here` returned once, names this machine in this boot."""
    return all(noted.get(key) == value for key, value in here().items())


def members(operation: Operation) -> list[int]:
    """The living processes of this attempt on this machine, this process not among them."""
    wanted = {f"{name}={value}".encode() for name, value in marks(operation).items()}
    return [pid for pid in _pids() if pid != os.getpid() and wanted <= _environment(pid)]


def end(operation: Operation) -> None:
    """Kill every process of this attempt; returns when none is left.

    Raises `TimeoutError` when one does not go, for example stuck in the kernel.
    """
    until = time.monotonic() + END_SECONDS
    while left := members(operation):  # again: one may have started another meanwhile
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if time.monotonic() > until:
            raise TimeoutError(f"processes {left} of operation {operation.id} do not end")
        time.sleep(0.02)


def _pids() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def _environment(pid: int) -> set[bytes]:
    """Empty for a process that is gone, ended but not yet reaped, or somebody else's."""
    try:
        return set(Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return set()

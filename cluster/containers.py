"""The container engine from outside: images in, and every container ended for `down`."""

import json
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from cluster.config import NAMESPACE_IN_CONTAINERD, PATHS
from toolbox.process import run

GRACE_SECONDS = 10.0


def ctr(*args: str, check: bool = True) -> str:
    """Run containerd's own client on our socket, in Kubernetes' namespace."""
    argv = ["ctr", "-a", str(PATHS.containerd_socket), "-n", NAMESPACE_IN_CONTAINERD, *args]
    return run(argv, check=check, timeout=300)


def is_serving() -> bool:
    """Whether containerd answers."""
    return PATHS.containerd_socket.exists() and "Server:" in ctr("version", check=False)


def present() -> set[str]:
    """References of the images in the engine."""
    return set(ctr("images", "ls", "-q").split())


def import_missing(archives: Mapping[str, Path]) -> list[str]:
    """Import the archives whose reference is not there yet; return the references imported."""
    there = present()
    missing = [ref for ref in archives if ref not in there]
    for ref in missing:
        ctr("images", "import", str(archives[ref]))
    return missing


def import_archives(index: Path, folder: Path) -> list[str]:
    """Import the archives in `folder` that the images file `index` names and that are missing."""
    entries = json.loads(index.read_text()).values()
    return import_missing({entry["ref"]: folder / entry["archive"] for entry in entries})


def stop_all() -> None:
    """End every container: SIGTERM to all at once, SIGKILL to what is left after the grace time."""
    if not is_serving():
        return
    for sign, patience in (("SIGTERM", GRACE_SECONDS), ("SIGKILL", 5.0)):
        running = _tasks("RUNNING")
        for task in running:
            ctr("tasks", "kill", "-s", sign, task, check=False)
        until = time.monotonic() + patience
        while _tasks("RUNNING") and time.monotonic() < until:
            time.sleep(0.2)
    for task in _tasks(""):
        ctr("tasks", "delete", "-f", task, check=False)


def kill_shims() -> None:
    """End container shims that outlived their engine; ours are known by our socket's path."""
    ours = str(PATHS.containerd_socket).encode()
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if words and words[0].endswith(b"containerd-shim-runc-v2") and ours in words:
            _kill_tree(int(entry.parent.name))


def _kill_tree(pid: int) -> None:
    children = [
        int(child) for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()
    ]
    for one in (pid, *children):
        try:
            os.kill(one, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _tasks(status: str) -> list[str]:
    lines = ctr("tasks", "ls", check=False).splitlines()[1:]
    rows = [line.split() for line in lines if len(line.split()) == 3]
    return [row[0] for row in rows if status in row[2]]

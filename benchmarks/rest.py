"""What the embedded cluster takes while nothing happens: memory and CPU of its daemons and its own pods.

`python3 -m benchmarks.rest [SECONDS]`. Memory is the proportional set size (shared pages counted once), CPU is
user and system time over the interval, in per cent of one core. Pods of stores do not count.
"""

import json
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from cluster import addons, parts, processes
from toolbox.errors import UserError, run_command

TICKS = os.sysconf("SC_CLK_TCK")


def daemon_pids() -> dict[int, str]:
    """PID -> name of every running daemon; raises `UserError` when one is down."""
    running = {processes.running_pid(daemon): daemon.name for daemon in parts.all_parts()}
    if 0 in running:
        raise UserError(f"{running[0]} is down", "run 'make up' first")
    return running


def pod_pids() -> dict[int, str]:
    """PID -> name of every process in the cluster's own pods, and of the shims that hold them."""
    pods = json.loads(addons.kubectl("get", "pods", "-A", "-o", "json"))["items"]
    own = {
        pod["metadata"]["uid"]: pod["metadata"]["name"]
        for pod in pods
        if not pod["metadata"]["namespace"].startswith("store-")
    }
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        cgroup = _read(entry / "cgroup")
        if name := next((name for uid, name in own.items() if f"pod{uid}" in cgroup), ""):
            found[int(entry.name)] = name
    return found


def memory(pids: Iterable[int]) -> int:
    """Proportional set size of the processes, in MiB."""
    lines = [line for pid in pids for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) // 1024


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time that the processes have had."""
    fields = [_read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split() for pid in pids]
    return sum(int(each[11]) + int(each[12]) for each in fields if each) / TICKS


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return ""


def main(seconds: float) -> None:
    """Print memory per part and the sum's CPU share over `seconds`."""
    everything = {**daemon_pids(), **pod_pids()}
    before, begin = cpu_seconds(everything), time.monotonic()
    time.sleep(seconds)
    share = 100 * (cpu_seconds(everything) - before) / (time.monotonic() - begin)
    for name in sorted(set(everything.values())):
        print(f"{name:45} {memory(pid for pid, owner in everything.items() if owner == name):5d} MiB")
    print(f"{'all':45} {memory(everything):5d} MiB, {share:.1f} % of one core over {seconds:.0f} s")


if __name__ == "__main__":
    sys.exit(run_command(lambda: main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)))

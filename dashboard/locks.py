"""Who holds a stack's lock, and whether he is dead.

Pulumi's locks never expire and their owner is not checked by anybody: a killed command leaves its lock
for good, and `pulumi cancel` would drop a living one too. Here a lock is dropped only when its owner is
proven dead: its process on this machine is gone, or its pod was one of ours and is gone.
"""

import json
import os
import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dashboard.apiserver import ApiError, ApiServer
from dashboard.kubeconfig import SERVICE_ACCOUNT

TORN_SECONDS = 10.0
"""An unreadable lock older than this was left by a crash: Pulumi writes locks in one piece."""

REUSED_SECONDS = 60.0
"""A process that began so long after the lock was taken only has the number of the one that took it."""

_HELD = re.compile(r"created by (?P<user>[^@\s]+)@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<at>\S+)")


@dataclass(frozen=True)
class Lock:
    """`path` is None for a backend that is no folder; `pid` 0 when the file cannot be read."""

    path: Path | None
    user: str
    host: str
    pid: int
    since: datetime

    def __str__(self) -> str:
        if not self.pid:
            return "somebody whose lock cannot be read"
        return f"{self.user}@{self.host} (process {self.pid}) since {self.since:%H:%M:%S} UTC"


def read_locks(folder: Path) -> list[Lock]:
    """The locks of one stack; those that cannot be read count, too."""
    found = []
    for path in sorted(folder.glob("*.json")) if folder.exists() else []:
        try:
            found.append(_parsed(path))
        except FileNotFoundError:
            continue  # released since it was listed
    return found


def _parsed(path: Path) -> Lock:
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    try:
        content = json.loads(path.read_bytes())
        since = datetime.fromisoformat(content["timestamp"])
        since = since if since.tzinfo else since.replace(tzinfo=UTC)
        return Lock(
            path, str(content["username"]), str(content["hostname"]), int(content["pid"]), since.astimezone(UTC)
        )
    except (ValueError, KeyError, TypeError):
        return Lock(path, "", "", 0, written)


def locks_in(message: str) -> list[Lock]:
    """The locks that Pulumi names when it refuses a stack; for backends that are no folder."""
    return [
        Lock(None, held["user"], held["host"], int(held["pid"]), _moment(held["at"]))
        for held in _HELD.finditer(message)
    ]


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return datetime.now(UTC)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


class Judge:
    """Says whether a lock's owner is dead; when in doubt he lives.

    `host_gone` is asked about other machines, see `pod_gone`.
    """

    def __init__(
        self,
        host_gone: Callable[[str], bool] = lambda host: False,
        host: str = "",
        process: Callable[[int], "Process | None"] | None = None,
    ) -> None:
        self._host = host or socket.gethostname()
        self._host_gone = host_gone
        self._process = process or find_process

    def is_dead(self, lock: Lock) -> bool:
        """Whether nobody holds this lock any more."""
        if not lock.pid:
            return (datetime.now(UTC) - lock.since).total_seconds() > TORN_SECONDS
        if lock.host != self._host:
            return self._host_gone(lock.host)
        process = self._process(lock.pid)
        if process is None or "pulumi" not in process.name:
            return True
        return (process.began - lock.since).total_seconds() > REUSED_SECONDS


@dataclass(frozen=True)
class Process:
    """A process of this machine."""

    name: str
    began: datetime


def find_process(pid: int, proc: Path = Path("/proc")) -> Process | None:
    """The process `pid`, None if there is none or only its remains (a zombie)."""
    try:
        stat = (proc / str(pid) / "stat").read_text()
        uptime = float((proc / "uptime").read_text().split()[0])
    except (FileNotFoundError, ProcessLookupError):
        return None
    name, _, rest = stat.partition("(")[2].rpartition(")")
    fields = rest.split()
    if fields[0] in "ZX":
        return None
    ago = uptime - int(fields[19]) / _ticks()
    return Process(name, datetime.fromtimestamp(time.time() - ago, UTC))


def _ticks() -> int:
    return os.sysconf("SC_CLK_TCK")


def own_pod_gone(cluster: ApiServer) -> Callable[[str], bool]:
    """`pod_gone` for the Deployment of the pod that we run in; outside a cluster nothing is known about machines."""
    try:
        namespace = (SERVICE_ACCOUNT / "namespace").read_text().strip()
    except OSError:
        return lambda host: False
    return pod_gone(cluster, namespace, socket.gethostname())


def pod_gone(cluster: ApiServer, namespace: str, own: str) -> Callable[[str], bool]:
    """Whether another host was a pod of our own Deployment and is gone, as the cluster says.

    Pods of one Deployment are called `<deployment>-<hash>-<random>`; `own` is our pod's name. Any
    other host, and one that the cluster cannot be asked about, is not known to be gone.
    """

    def gone(host: str) -> bool:
        parts, mine = host.rsplit("-", 2), own.rsplit("-", 2)
        if len(parts) != 3 or len(mine) != 3 or parts[0] != mine[0]:
            return False
        try:
            pod = cluster.get(f"/api/v1/namespaces/{namespace}/pods/{host}")
        except ApiError:
            return False
        return pod is None or pod.get("status", {}).get("phase") in ("Succeeded", "Failed")

    return gone


def drop(locks: Sequence[Lock]) -> None:
    """Delete the files of these locks."""
    for lock in locks:
        if lock.path is not None:
            lock.path.unlink(missing_ok=True)
            lock.path.with_name(lock.path.name + ".attrs").unlink(missing_ok=True)

"""What a machine must bring, checked before anything is changed, and the packages we add."""

import os
import platform
import shutil
import socket
from collections.abc import Iterable
from pathlib import Path

from cluster import parts, processes
from cluster.config import DEBIAN_PACKAGES, PATHS, PORTS
from toolbox.errors import UserError
from toolbox.paths import LOGS, VAR
from toolbox.process import run

DISK_GIB = 15
MEMORY_GIB = 4
INGRESS_PORTS = (80, 8080, 8081, 8082, 8083, 18080)


def check_machine() -> None:
    """Raise `UserError` for the first thing that the machine lacks."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        raise UserError(
            "the embedded cluster runs on Linux x86_64 only",
            "set KUBECONFIG to a cluster of your own (kind, k3d, minikube, Docker Desktop, k3s)",
        )
    if os.geteuid() != 0:
        raise UserError("the embedded cluster needs root", "run the same command with sudo")
    VAR.mkdir(parents=True, exist_ok=True)
    if not (VAR / "build" / "built").exists():
        _check_room()
    _check_ports()


def _check_room() -> None:
    free = shutil.disk_usage(VAR).free / 2**30
    if free < DISK_GIB:
        raise UserError(
            f"{VAR} has {free:.0f} GiB of free disk, a first build needs {DISK_GIB}",
            "free some room, or set STOREFLEET_VAR to a folder on a larger disk",
        )
    lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    available = int(lines["MemAvailable"].split()[0]) / 2**20
    if available < MEMORY_GIB:
        raise UserError(
            f"{available:.1f} GiB of memory are available, a first build needs {MEMORY_GIB}",
            "end other programs, or use a larger machine",
        )


def _check_ports() -> None:
    """Ports of parts that do not run yet must be free."""
    if any(processes.running_pid(daemon) for daemon in parts.all_parts()):
        return
    fixed = (PORTS.api, PORTS.etcd, PORTS.etcd_peer, PORTS.kubelet, PORTS.controller_manager, PORTS.scheduler)
    for port in fixed:
        if not is_free(port):
            raise UserError(
                f"port {port} is taken by another program (perhaps another Kubernetes)",
                f"end what 'ss -ltnp sport = :{port}' shows, or set KUBECONFIG to use that cluster",
            )


def is_free(port: int) -> bool:
    """Whether nothing listens on `port` of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_ingress_port() -> int:
    """Keep the port of an earlier start if it is free, else take the first free one; remember it."""
    file = PATHS.ingress_port_file
    remembered = (int(file.read_text()),) if file.exists() else ()
    for port in (*remembered, *INGRESS_PORTS):
        if is_free(port):
            PATHS.home.mkdir(parents=True, exist_ok=True)
            file.write_text(str(port))
            return int(port)
    raise UserError(
        f"none of the ports {', '.join(map(str, INGRESS_PORTS))} is free for the stores' pages",
        "free one of them; 'ss -ltnp' shows who has it",
    )


def install_packages(packages: Iterable[str] = DEBIAN_PACKAGES) -> None:
    """Install the Debian packages that are missing. Starts no service: ours are started by us.

    Raises `UserError` where something is missing and this user or this system cannot install it.
    """
    missing = [name for name in packages if not _is_installed(name)]
    if not missing:
        return
    if not can_install():
        raise UserError(
            f"these Debian packages are missing: {' '.join(missing)}",
            f"as root: apt-get install {' '.join(missing)}; elsewhere install what they contain",
        )
    log, env = LOGS / "apt.log", {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    run(["apt-get", "update", "-qq"], env=env, log=log)
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], env=env, log=log)


def can_install() -> bool:
    """Whether this process may install Debian packages."""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def _is_installed(package: str) -> bool:
    if not shutil.which("dpkg-query"):
        return False
    return "install ok installed" in run(["dpkg-query", "-W", "-f=${Status}", package], check=False)

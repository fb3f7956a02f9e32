"""What the embedded cluster is: versions, addresses and paths, in one frozen place."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from toolbox.paths import BIN, LOGS, VAR

KUBERNETES_VERSION = "1.34.4"
PULUMI_VERSION = "3.215.0"
PROVIDER_VERSION = "4.25.0"

DEBIAN_PACKAGES = (
    "containerd", "runc", "containernetworking-plugins", "iptables", "ipset", "conntrack",
    "socat", "iproute2", "openssl", "ca-certificates", "kmod", "procps",
)  # fmt: skip
"""Everything that is not built from Go modules."""

NODE = "storefleet"
NAMESPACE_IN_CONTAINERD = "k8s.io"


@dataclass(frozen=True)
class Network:
    """Addresses of the cluster, all private to this machine."""

    bridge: str = "storefleet0"
    pods: str = "10.244.0.0/16"
    pods_start: str = "10.244.0.10"
    node: str = "10.244.0.1"
    services: str = "10.96.0.0/16"
    api_service: str = "10.96.0.1"
    dns_service: str = "10.96.0.10"


@dataclass(frozen=True)
class Ports:
    """Ports on the host; all but the ingress are fixed."""

    api: int = 6443
    etcd: int = 2379
    etcd_peer: int = 2380
    kubelet: int = 10250
    controller_manager: int = 10257
    scheduler: int = 10259
    proxy_health: int = 10256


@dataclass(frozen=True)
class Paths:
    """Where the cluster keeps things. `home` survives `down`; `run` does not."""

    home: Path = VAR / "cluster"
    run: Path = Path("/run/storefleet")
    bin: Path = BIN
    logs: Path = LOGS
    cni_plugins: Path = Path("/usr/lib/cni")

    @property
    def pki(self) -> Path:
        return self.home / "pki"

    @property
    def etc(self) -> Path:
        return self.home / "etc"

    @property
    def volumes(self) -> Path:
        return self.home / "volumes"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.home / "admin.kubeconfig"

    @property
    def containerd_socket(self) -> Path:
        return self.run / "containerd.sock"

    @property
    def ingress_port_file(self) -> Path:
        return self.home / "ingress-port"


NETWORK = Network()
PORTS = Ports()
PATHS = Paths()


def external_kubeconfig() -> str:
    """The user's own `KUBECONFIG` if it is set and is not ours, else ``""``."""
    chosen = os.environ.get("KUBECONFIG", "")
    return "" if chosen in ("", str(PATHS.kubeconfig)) else chosen


def ingress_port() -> int:
    """The host port that the ingress controller answers on (80 until `up` chose another)."""
    try:
        return int(json.loads(PATHS.ingress_port_file.read_text()))
    except FileNotFoundError:
        return 80

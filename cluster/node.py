"""Configuration files of the container engine and the kubelet."""

import json
from pathlib import Path

from cluster.config import NETWORK, PATHS, PORTS

SYSTEMD_RESOLVED = Path("/run/systemd/resolve/resolv.conf")


def write(pause_image: str) -> None:
    """Write both files; `pause_image` is the reference that holds a pod's namespaces."""
    PATHS.etc.mkdir(parents=True, exist_ok=True)
    PATHS.volumes.mkdir(parents=True, exist_ok=True)
    (PATHS.etc / "containerd.toml").write_text(containerd_toml(pause_image))
    (PATHS.etc / "kubelet.yaml").write_text(json.dumps(kubelet_configuration(), indent=1))


def containerd_toml(pause_image: str) -> str:
    """containerd's configuration: everything of its own, apart from any other containerd."""
    return f"""version = 2
root = "{PATHS.home / "containerd"}"
state = "{PATHS.run / "containerd"}"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.tracing.processor.v1.otlp",
  "io.containerd.internal.v1.tracing",
]
[grpc]
  address = "{PATHS.containerd_socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause_image}"
  # A root without CAP_SYS_RESOURCE may not lower OOM scores; without this every sandbox dies.
  restrict_oom_score_adj = true
  # CoreDNS listens on port 53 without being root.
  enable_unprivileged_ports = true
  # Network namespaces lie under our state folder, so that `down` finds just ours.
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{PATHS.cni_plugins}"
    conf_dir = "{PATHS.etc / "cni"}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
"""


def kubelet_configuration() -> dict[str, object]:
    """The kubelet's configuration (kubelet.config.k8s.io/v1beta1)."""
    pki = PATHS.pki
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(pki / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "address": NETWORK.node,
        "port": PORTS.kubelet,
        "healthzBindAddress": "127.0.0.1",
        "tlsCertFile": str(pki / "kubelet.crt"),
        "tlsPrivateKeyFile": str(pki / "kubelet.key"),
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "failSwapOn": False,
        "clusterDNS": [NETWORK.dns_service],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": f"unix://{PATHS.containerd_socket}",
        "resolvConf": str(SYSTEMD_RESOLVED if SYSTEMD_RESOLVED.exists() else "/etc/resolv.conf"),
        "maxPods": 250,
        "podPidsLimit": 1024,
        # Locally built images cannot be pulled again: never collect them.
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "containerLogMaxSize": "10Mi",
        "containerLogMaxFiles": 2,
        # A store is many small pods that start together.
        "eventRecordQPS": 50,
        "kubeAPIQPS": 50,
        "kubeAPIBurst": 100,
    }

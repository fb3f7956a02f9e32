"""The daemons of the cluster and their command lines: flags and order, nothing else."""

from cluster.config import NETWORK, NODE, PATHS, PORTS
from cluster.pki import kubeconfig_of
from cluster.processes import Daemon


def etcd() -> Daemon:
    """The database of the API server; only the API server's certificate opens it."""
    pki = PATHS.pki
    client, peer = f"https://127.0.0.1:{PORTS.etcd}", f"http://127.0.0.1:{PORTS.etcd_peer}"
    return _daemon(
        "etcd",
        f"--name={NODE}",
        f"--data-dir={PATHS.home / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster={NODE}={peer}",
        f"--cert-file={pki / 'etcd.crt'}",
        f"--key-file={pki / 'etcd.key'}",
        f"--trusted-ca-file={pki / 'ca.crt'}",
        "--client-cert-auth=true",
        "--auto-compaction-mode=periodic",
        "--auto-compaction-retention=1h",
        "--log-level=warn",
    )


def api_server() -> Daemon:
    """Listens on every address: pods reach it by the bridge's, users by 127.0.0.1."""
    pki = PATHS.pki
    return _daemon(
        "kube-apiserver",
        f"--etcd-servers=https://127.0.0.1:{PORTS.etcd}",
        f"--etcd-cafile={pki / 'ca.crt'}",
        f"--etcd-certfile={pki / 'kube-apiserver.crt'}",
        f"--etcd-keyfile={pki / 'kube-apiserver.key'}",
        f"--secure-port={PORTS.api}",
        f"--advertise-address={NETWORK.node}",
        f"--client-ca-file={pki / 'ca.crt'}",
        f"--tls-cert-file={pki / 'kube-apiserver.crt'}",
        f"--tls-private-key-file={pki / 'kube-apiserver.key'}",
        f"--service-account-key-file={pki / 'service-account.pub'}",
        f"--service-account-signing-key-file={pki / 'service-account.key'}",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-cluster-ip-range={NETWORK.services}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        # The node's name is not in any DNS: without this, `logs` and `exec` fail.
        "--kubelet-preferred-address-types=InternalIP",
        f"--kubelet-client-certificate={pki / 'admin.crt'}",
        f"--kubelet-client-key={pki / 'admin.key'}",
        f"--kubelet-certificate-authority={pki / 'ca.crt'}",
        "--allow-privileged=true",
        "--profiling=false",
        "--event-ttl=1h",
    )


def control_plane() -> tuple[Daemon, ...]:
    """What needs only the API server."""
    pki = PATHS.pki
    return (
        _daemon(
            "kube-controller-manager",
            f"--kubeconfig={kubeconfig_of('kube-controller-manager')}",
            "--leader-elect=false",
            f"--service-account-private-key-file={pki / 'service-account.key'}",
            f"--root-ca-file={pki / 'ca.crt'}",
            "--use-service-account-credentials=true",
            "--allocate-node-cidrs=false",
            f"--cluster-signing-cert-file={pki / 'ca.crt'}",
            f"--cluster-signing-key-file={pki / 'ca.key'}",
            "--profiling=false",
            "--bind-address=127.0.0.1",
            # One node: there is nowhere to evict a pod to, and a laptop's sleep must not try.
            "--controllers=*,-taint-eviction-controller",
        ),
        _daemon(
            "kube-scheduler",
            f"--kubeconfig={kubeconfig_of('kube-scheduler')}",
            "--leader-elect=false",
            "--profiling=false",
            "--bind-address=127.0.0.1",
        ),
    )


def containerd() -> Daemon:
    """The container engine, with root, state and socket of its own."""
    return Daemon("containerd", ("/usr/bin/containerd", "--config", str(PATHS.etc / "containerd.toml")))


def node_agents() -> tuple[Daemon, ...]:
    """Kubelet and kube-proxy."""
    return (
        _daemon(
            "kubelet",
            f"--config={PATHS.etc / 'kubelet.yaml'}",
            f"--kubeconfig={kubeconfig_of('kubelet')}",
            f"--hostname-override={NODE}",
            f"--node-ip={NETWORK.node}",
            f"--root-dir={PATHS.home / 'kubelet'}",
        ),
        _daemon(
            "kube-proxy",
            f"--kubeconfig={kubeconfig_of('kube-proxy')}",
            f"--hostname-override={NODE}",
            "--proxy-mode=iptables",
            f"--cluster-cidr={NETWORK.pods}",
            "--conntrack-max-per-core=0",
            "--nodeport-addresses=127.0.0.0/8",
            "--bind-address=127.0.0.1",
            "--metrics-bind-address=127.0.0.1",
            "--healthz-bind-address=127.0.0.1",
        ),
    )


def network_policy() -> Daemon:
    """Enforces NetworkPolicies; reads its own Node at the start, so it comes after the kubelet."""
    return _daemon(
        "kube-network-policy",
        f"--kubeconfig={kubeconfig_of('kube-network-policy')}",
        f"--hostname-override={NODE}",
        f"--service-cluster-ip-range={NETWORK.services}",
    )


def all_parts() -> tuple[Daemon, ...]:
    """Every daemon in the order in which they start."""
    return (etcd(), containerd(), api_server(), *control_plane(), *node_agents(), network_policy())


def _daemon(name: str, *flags: str) -> Daemon:
    return Daemon(name, (str(PATHS.bin / name), *flags))

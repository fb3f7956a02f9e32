"""Who reaches whom in the dashboard's namespace, and how the world reaches the web pods."""

from typing import Any

from acme import SOLVER_LABELS, SOLVER_PORT
from environment import Environment
from pods import labels
from postgres import PORT as DATABASE_PORT
from workloads import WEB_PORT, WORKER_PORT

Spec = dict[str, Any]


def network_policies(environment: Environment) -> dict[str, Spec]:
    """Name -> NetworkPolicy spec; what no arrow allows is refused, both ways."""
    namespace = {"kubernetes.io/metadata.name": environment.ingress_namespace}
    controller = {"namespace_selector": {"match_labels": namespace}}
    # ingress controller --> cert-manager's solver
    solver = {"acme-solver": {
        "pod_selector": {"match_labels": SOLVER_LABELS}, "policy_types": ["Ingress"],
        "ingress": [_from([controller], SOLVER_PORT)],
    }} if environment.tls_issuer else {}  # fmt: skip
    dns = {
        "namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": "kube-system"}},
        "pod_selector": {"match_labels": {"k8s-app": "kube-dns"}},
    }
    return {
        "default-deny": {"pod_selector": {}, "policy_types": ["Ingress", "Egress"]},
        # ingress controller --> web --> worker; web, worker --> database
        "web": _both("web", [_from([controller], WEB_PORT)], [
            _to([_pods("worker")], WORKER_PORT), _to([_pods("database")], DATABASE_PORT), _dns(dns),
        ]),
        # The API server has no pods to select and another address in every cluster: its ports alone.
        "worker": _both("worker", [_from([_pods("web")], WORKER_PORT)], [
            _to([_pods("database")], DATABASE_PORT), _dns(dns), {"ports": [_port(443), _port(6443)]},
        ]),
        "database": _both("database", [_from([_pods("web"), _pods("worker")], DATABASE_PORT)], []),
        **solver,
    }  # fmt: skip


def services() -> dict[str, Spec]:
    """Name -> Service spec of the two Deployments."""
    return {
        "dashboard-web": {"selector": labels("web"), "ports": [{"name": "http", "port": 80, "target_port": WEB_PORT}]},
        "dashboard-worker": {
            "selector": labels("worker"),
            "ports": [{"name": "private", "port": WORKER_PORT, "target_port": WORKER_PORT}],
        },
    }


def ingress(environment: Environment) -> Spec:
    """Spec of the Ingress: the pages and the API have a host each and the same pods."""
    backend = {"service": {"name": "dashboard-web", "port": {"name": "http"}}}
    paths = {"paths": [{"path": "/", "path_type": "Prefix", "backend": backend}]}
    hosts = [f"{host}.{environment.domain}" for host in ("dashboard", "api")]
    tls = {"tls": [{"hosts": hosts, "secret_name": "dashboard-tls"}]} if environment.tls_issuer else {}
    return {
        "ingress_class_name": environment.ingress_class,
        "rules": [{"host": host, "http": paths} for host in hosts],
        **tls,
    }


def ingress_annotations(environment: Environment) -> dict[str, str]:
    """What asks cert-manager for the certificate."""
    return {"cert-manager.io/cluster-issuer": environment.tls_issuer} if environment.tls_issuer else {}


def _pods(component: str) -> Spec:
    return {"pod_selector": {"match_labels": labels(component)}}


def _port(port: int, protocol: str = "TCP") -> Spec:
    return {"protocol": protocol, "port": port}


def _from(peers: list[Spec], port: int) -> Spec:
    return {"from_": peers, "ports": [_port(port)]}


def _to(peers: list[Spec], port: int) -> Spec:
    return {"to": peers, "ports": [_port(port)]}


def _dns(peer: Spec) -> Spec:
    return {"to": [peer], "ports": [_port(53, "UDP"), _port(53)]}


def _both(component: str, ingress_rules: list[Spec], egress_rules: list[Spec]) -> Spec:
    return {
        **_pods(component),
        "policy_types": ["Ingress", "Egress"],
        "ingress": ingress_rules,
        "egress": egress_rules,
    }

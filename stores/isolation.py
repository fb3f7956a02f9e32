"""What fences a store in: quota, limits and network policies, as pure functions of specs."""

from collections.abc import Iterable
from typing import Any

from plans import Plan, quota

WEB_PORT = 8080
SOLVER_LABELS = {"acme.cert-manager.io/http01-solver": "true"}
SOLVER_PORT = 8089
"""As cert-manager makes the pod that proves to an ACME server that a host is ours."""
PRIVATE_RANGES = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
)  # fmt: skip


def quota_spec(plan: Plan, resource_class: str, components: Iterable[str]) -> dict[str, Any]:
    """The most that a store of `plan` with these components may take."""
    counts = {
        "pods": "20", "persistentvolumeclaims": "4", "services.loadbalancers": "0", "services.nodeports": "0",
        "count/secrets": "40", "count/jobs.batch": "20",
    }  # fmt: skip
    return {"hard": {**quota(plan, resource_class, components), **counts}}


def limits_spec() -> dict[str, Any]:
    """Limits for a container that names none, which the quota would refuse otherwise."""
    return {
        "limits": [
            {
                "type": "Container",
                "default": {"cpu": "500m", "memory": "256Mi"},
                "default_request": {"cpu": "10m", "memory": "64Mi"},
            }
        ]
    }


def network_policy_specs(ingress_namespace: str, database_ports: Iterable[int], tls: bool) -> dict[str, dict[str, Any]]:
    """Name -> NetworkPolicy spec; everything that no arrow allows is refused, both ways."""
    web, database = _component("web"), _component("database")
    clients = {"match_expressions": [{"key": _COMPONENT, "operator": "In", "values": ["web", "setup"]}]}
    namespace = {"match_labels": {"kubernetes.io/metadata.name": ingress_namespace}}
    dns_pods = {
        "namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": "kube-system"}},
        "pod_selector": {"match_labels": {"k8s-app": "kube-dns"}},
    }
    database_tcp = [("TCP", port) for port in database_ports]
    # ingress controller --> cert-manager's solver, while a certificate is asked for
    solver = {"match_labels": SOLVER_LABELS}
    proof = {"acme-solver": _ingress(solver, [{"namespace_selector": namespace}], [("TCP", SOLVER_PORT)])}
    world = {"ip_block": {"cidr": "0.0.0.0/0", "except_": list(PRIVATE_RANGES)}}
    return {
        "default-deny": {"pod_selector": {}, "policy_types": ["Ingress", "Egress"]},
        # ingress controller --> web
        "ingress-to-web": _ingress(web, [{"namespace_selector": namespace}], [("TCP", WEB_PORT)]),
        # web, setup --> database
        "clients-to-database": _ingress(database, [{"pod_selector": clients}], database_tcp),
        "database-from-clients": _egress(clients, [{"pod_selector": database}], database_tcp),
        # every pod --> cluster DNS
        "dns": _egress({}, [dns_pods], [("UDP", 53), ("TCP", 53)]),
        # web, setup --> the world, without private addresses
        "world": _egress(clients, [world], [("TCP", 80), ("TCP", 443), ("TCP", 465), ("TCP", 587)]),
        **(proof if tls else {}),
    }


_COMPONENT = "app.kubernetes.io/component"


def _component(name: str) -> dict[str, Any]:
    return {"match_labels": {_COMPONENT: name}}


def _ingress(pods: dict[str, Any], peers: list[dict[str, Any]], ports: list[tuple[str, int]]) -> dict[str, Any]:
    rule = {"from_": peers, "ports": [{"protocol": protocol, "port": port} for protocol, port in ports]}
    return {"pod_selector": pods, "policy_types": ["Ingress"], "ingress": [rule]}


def _egress(pods: dict[str, Any], peers: list[dict[str, Any]], ports: list[tuple[str, int]]) -> dict[str, Any]:
    rule = {"to": peers, "ports": [{"protocol": protocol, "port": port} for protocol, port in ports]}
    return {"pod_selector": pods, "policy_types": ["Egress"], "egress": [rule]}

"""Who may do what: the worker's rights as tables, short of cluster-admin.

Cluster-wide it may make and delete namespaces and grant one named role inside them. What it needs
inside a store comes from that role, bound per namespace by the store's own stack.
Which namespaces those may be is the admission policies' part (`confinement`): RBAC knows no prefixes.
"""

from typing import Any

NAMESPACE = "storefleet"
WORKER = "dashboard-worker"
"""Name of the worker's ServiceAccount."""

STORE_MANAGER = "storefleet-store-manager"
"""The only ClusterRole that the worker can bind."""

_ALL = ("get", "list", "watch", "create", "update", "patch", "delete")
_LOOK = ("get", "list", "watch")
_RBAC = "rbac.authorization.k8s.io"


def _rule(
    group: str, resources: tuple[str, ...], verbs: tuple[str, ...], names: tuple[str, ...] = ()
) -> dict[str, Any]:
    rule: dict[str, Any] = {"api_groups": [group], "resources": list(resources), "verbs": list(verbs)}
    return {**rule, "resource_names": list(names)} if names else rule


def worker_rules() -> list[dict[str, Any]]:
    """The worker's cluster-wide rights.

    `patch` is what server-side apply needs to create an object. `bind` without `escalate` cannot
    invent rights, and holds for one role. No Secret is readable by these.
    """
    return [
        _rule("", ("namespaces",), ("get", "list", "watch", "create", "patch", "delete")),
        _rule(_RBAC, ("rolebindings",), ("get", "list", "watch", "create", "patch", "delete")),
        _rule(_RBAC, ("clusterroles",), ("bind",), (STORE_MANAGER,)),
        # One watch for all stores instead of one per store; nothing of these holds a secret of a store.
        _rule("", ("events", "pods", "persistentvolumeclaims", "resourcequotas"), _LOOK),
        # Whether a deleted store's data is gone.
        _rule("", ("persistentvolumes",), ("get", "list")),
        _rule("apps", ("deployments", "statefulsets"), _LOOK),
        _rule("batch", ("jobs",), _LOOK),
        _rule("cert-manager.io", ("certificates",), _LOOK),
        _rule("acme.cert-manager.io", ("challenges",), _LOOK),
    ]


def own_rules() -> list[dict[str, Any]]:
    """In its own namespace: whether the pod that holds a lock still lives."""
    return [_rule("", ("pods",), ("get",))]


def store_rules() -> list[dict[str, Any]]:
    """What the worker may do inside a store; never bound cluster-wide.

    Absent on purpose: exec and port-forward, roles, ServiceAccounts and their tokens, deletecollection.
    """
    return [
        _rule(
            "", ("configmaps", "secrets", "services", "persistentvolumeclaims", "resourcequotas", "limitranges"), _ALL
        ),
        _rule("apps", ("deployments", "statefulsets"), _ALL),
        _rule("batch", ("jobs", "cronjobs"), _ALL),
        _rule("networking.k8s.io", ("ingresses", "networkpolicies"), _ALL),
        _rule("", ("pods", "pods/log", "events", "endpoints"), _LOOK),
        _rule("apps", ("replicasets", "controllerrevisions"), _LOOK),
        _rule("discovery.k8s.io", ("endpointslices",), _LOOK),
        _rule("events.k8s.io", ("events",), _LOOK),
    ]


def grant() -> dict[str, str]:
    """What a store's stack needs to let the worker in: the contract's output `grant`."""
    return {"role": STORE_MANAGER, "serviceAccount": WORKER, "namespace": NAMESPACE}

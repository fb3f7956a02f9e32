"""Admission policies that keep the worker inside namespaces that are ours.

They hold even for somebody who has taken the worker over and speaks to the API server himself.
Reads never reach admission: those are confined by RBAC alone.
"""

from typing import Any

from policies import ENFORCE, INSTALLATION, STORE
from rights import NAMESPACE, STORE_MANAGER, WORKER

WORKER_USER = f"system:serviceaccount:{NAMESPACE}:{WORKER}"


def confinement_policy(installation: str) -> dict[str, Any]:
    """What the worker writes: namespaces of stores, what is inside them, and no right but its own."""
    return {
        "failure_policy": "Fail",
        "match_constraints": {
            "resource_rules": [
                {
                    "api_groups": ["*"],
                    "api_versions": ["*"],
                    "resources": ["*/*"],
                    "operations": ["CREATE", "UPDATE", "DELETE", "CONNECT"],
                }
            ]
        },
        "match_conditions": [{"name": "worker", "expression": f"request.userInfo.username == '{WORKER_USER}'"}],
        # A DELETE has no object.
        "variables": [{"name": "it", "expression": "request.operation == 'DELETE' ? oldObject : object"}],
        "validations": [*_namespaces(installation), _scope(installation), _bindings()],
    }


def _labelled(metadata: str, key: str, value: str) -> str:
    """CEL: `metadata` carries the label `key` with `value`, which is CEL as well."""
    labels = f"{metadata}.labels"
    return f"has({labels}) && '{key}' in {labels} && {labels}['{key}'] == {value}"


def _namespaces(installation: str) -> list[dict[str, str]]:
    metadata = "variables.it.metadata"
    other = "request.resource.resource != 'namespaces'"
    store = _labelled(metadata, STORE, f"{metadata}.name.substring(6)")
    ours = f"{metadata}.name.startsWith('store-') && {store} && {_labelled(metadata, INSTALLATION, repr(installation))}"
    restricted = _labelled(metadata, ENFORCE, "'restricted'")
    return [
        {"expression": f"{other} || ({ours})", "message": "the worker may touch namespaces of its own stores only"},
        {
            "expression": f"{other} || ({restricted})",
            "message": "the worker may only make namespaces that enforce the restricted Pod Security",
        },
    ]


def _scope(installation: str) -> dict[str, str]:
    inside = f"namespaceObject != null && {_labelled('namespaceObject.metadata', INSTALLATION, repr(installation))}"
    store = f"'{STORE}' in namespaceObject.metadata.labels"
    return {
        "expression": f"request.resource.resource == 'namespaces' || ({inside} && {store})",
        "message": "the worker may write inside stores only",
    }


def _bindings() -> dict[str, str]:
    role = f"variables.it.roleRef.kind == 'ClusterRole' && variables.it.roleRef.name == '{STORE_MANAGER}'"
    # Name and namespace: a ServiceAccount of the same name elsewhere is somebody else.
    subject = f"s.kind == 'ServiceAccount' && s.name == '{WORKER}' && has(s.namespace) && s.namespace == '{NAMESPACE}'"
    return {
        "expression": f"request.resource.resource != 'rolebindings' || ({role}"
        f" && has(variables.it.subjects) && variables.it.subjects.all(s, {subject}))",
        "message": f"the worker may bind {STORE_MANAGER} to itself and nothing else",
    }

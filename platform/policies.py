"""Admission policies that hold for every store, whoever writes to the cluster."""

from typing import Any

INSTALLATION = "storefleet.dev/installation"
STORE = "storefleet.dev/store"
ENFORCE = "pod-security.kubernetes.io/enforce"

_OURS = f"has(oldObject.metadata.labels) && '{INSTALLATION}' in oldObject.metadata.labels"
_CLAIMED = f"has(object.metadata.labels) && '{INSTALLATION}' in object.metadata.labels"
_KEPT = (
    f"({_CLAIMED}) && object.metadata.labels['{INSTALLATION}'] == oldObject.metadata.labels['{INSTALLATION}']"
    f" && '{ENFORCE}' in object.metadata.labels && object.metadata.labels['{ENFORCE}'] == 'restricted'"
)


def ownership_policy() -> dict[str, Any]:
    """A namespace becomes ours only by being created so, and stays ours and restricted.

    The race-free half of the rule that no foreign namespace is adopted: server-side apply would
    otherwise take one over silently.
    """
    return {
        "failure_policy": "Fail",
        "match_constraints": {
            "resource_rules": [
                {"api_groups": [""], "api_versions": ["v1"], "resources": ["namespaces"], "operations": ["UPDATE"]}
            ]
        },
        "validations": [
            {
                "expression": f"({_OURS}) || !({_CLAIMED})",
                "message": "this namespace exists and is not storefleet's: choose another name or delete it",
            },
            {
                "expression": f"!({_OURS}) || ({_KEPT})",
                "message": "the owner and the restricted Pod Security of a store's namespace cannot be changed",
            },
        ],
    }


def exposure_policy() -> dict[str, Any]:
    """Inside stores: Services stay in the cluster and pods get no ServiceAccount token."""
    return {
        "failure_policy": "Fail",
        "match_constraints": {
            "namespace_selector": {"match_expressions": [{"key": STORE, "operator": "Exists"}]},
            "resource_rules": [
                {
                    "api_groups": [""],
                    "api_versions": ["v1"],
                    "resources": ["services", "pods"],
                    "operations": ["CREATE", "UPDATE"],
                }
            ],
        },
        "validations": [
            {
                "expression": "object.kind != 'Service' || ((!has(object.spec.type) || object.spec.type == 'ClusterIP')"
                " && (!has(object.spec.externalIPs) || size(object.spec.externalIPs) == 0))",
                "message": "a store's Service must be of type ClusterIP without external addresses: use an Ingress",
            },
            {
                "expression": "object.kind != 'Pod' || (has(object.spec.automountServiceAccountToken)"
                " && !object.spec.automountServiceAccountToken)",
                "message": "a store's pod must set automountServiceAccountToken: false",
            },
        ],
    }


def policies() -> dict[str, dict[str, Any]]:
    """Name -> spec of every ValidatingAdmissionPolicy."""
    return {"storefleet-ownership": ownership_policy(), "storefleet-exposure": exposure_policy()}

"""What the worker of a dashboard in the cluster may do, asked of a real API server.

Rights and admission policy are applied here under names of the test's own, so that nothing of an
installation is touched: the same rules, another ServiceAccount.
"""

import json
import re
import runpy
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.conftest import eventually, kubectl
from toolbox.paths import ROOT

pytestmark = pytest.mark.cluster
HOME, WORKER, MANAGER, WIDE = "rights-test", "rights-test-worker", "rights-test-manager", "rights-test-wide"
MINE, FOREIGN, POLICY = "store-rights-mine", "store-rights-foreign", "rights-test"
AS = f"--as=system:serviceaccount:{HOME}:{WORKER}"
OURS = {"storefleet.dev/store": "rights-mine", "storefleet.dev/installation": "rights-test"}
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


def camel(value: Any) -> Any:
    """The platform's specs as the API spells them."""
    if isinstance(value, dict):
        return {re.sub("_([a-z])", lambda m: m[1].upper(), key).rstrip("_"): camel(v) for key, v in value.items()}
    return [camel(item) for item in value] if isinstance(value, list) else value


def platform(module: str) -> dict[str, Any]:
    """The names of one module of the platform's program, with the test's own ServiceAccount in it."""
    sys.path.insert(0, str(ROOT / "platform"))
    try:
        return runpy.run_path(str(ROOT / "platform" / f"{module}.py"))
    finally:
        sys.path.remove(str(ROOT / "platform"))


def renamed(document: Any) -> Any:
    """The document with the test's names in place of the installation's."""
    text = json.dumps(document)
    for name, other in (("dashboard-worker", WORKER), ("storefleet-store-manager", MANAGER)):
        text = text.replace(name, other)
    # The namespace of the worker, in the user's name and in the subject that a binding may have.
    text = text.replace("serviceaccount:storefleet:", f"serviceaccount:{HOME}:")
    return json.loads(text.replace("s.namespace == 'storefleet'", f"s.namespace == '{HOME}'"))


def apply(*documents: dict[str, Any], user: str = "", trial: bool = False) -> str:
    """kubectl's words about applying the documents, as `user` if one is given; a `trial` changes nothing."""
    arguments = ["apply", "--server-side", "--force-conflicts", "-f", "-", *([user] if user else [])]
    arguments += ["--dry-run=server"] if trial else []
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(documents)})
    return kubectl(*arguments, stdin=text, check=not user)


def namespace(name: str, labels: dict[str, str]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def role_binding(where: str, role: str = MANAGER, account: str = WORKER, home: str = HOME) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": "rights-test", "namespace": where},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": home}],
    }  # fmt: skip


def config_map(where: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "rights-test", "namespace": where}}


def rights() -> list[dict[str, Any]]:
    rbac, rules = "rbac.authorization.k8s.io/v1", platform("rights")
    account = {"kind": "ServiceAccount", "name": WORKER, "namespace": HOME}
    return [
        {
            "apiVersion": rbac, "kind": "ClusterRole", "metadata": {"name": MANAGER},
            "rules": camel(rules["store_rules"]()),
        },
        {
            "apiVersion": rbac, "kind": "ClusterRole", "metadata": {"name": WIDE},
            "rules": renamed(camel(rules["worker_rules"]())),
        },
        {
            "apiVersion": rbac, "kind": "ClusterRoleBinding", "metadata": {"name": WIDE}, "subjects": [account],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": WIDE},
        },
    ]  # fmt: skip


def confinement() -> list[dict[str, Any]]:
    api, metadata = "admissionregistration.k8s.io/v1", {"name": POLICY}
    spec = renamed(camel(platform("confinement")["confinement_policy"]("rights-test")))
    bound = {"policyName": POLICY, "validationActions": ["Deny"]}
    return [
        {"apiVersion": api, "kind": "ValidatingAdmissionPolicy", "metadata": metadata, "spec": spec},
        {"apiVersion": api, "kind": "ValidatingAdmissionPolicyBinding", "metadata": metadata, "spec": bound},
    ]


def remove() -> None:
    kubectl(
        "delete", "--ignore-not-found", f"validatingadmissionpolicybinding/{POLICY}", f"clusterrolebinding/{WIDE}",
        f"validatingadmissionpolicy/{POLICY}", f"clusterrole/{WIDE}", f"clusterrole/{MANAGER}", f"namespace/{HOME}",
        f"namespace/{MINE}", f"namespace/{FOREIGN}",
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def worker() -> Iterator[None]:
    """A worker as the platform declares it, one store of its own, and one namespace that only looks like a store."""
    remove()
    apply(namespace(HOME, {}), *rights(), *confinement(), namespace(FOREIGN, {}))
    # A policy is enforced a moment after it was made.
    eventually(lambda: "may touch" in apply(namespace(f"{FOREIGN}-2", {}), user=AS, trial=True))
    yield
    remove()


@pytest.fixture(scope="module")
def store() -> str:
    """A namespace that the worker made and let itself into, as a store's stack does."""
    said = apply(namespace(MINE, {**OURS, **RESTRICTED}), user=AS) + apply(role_binding(MINE), user=AS)
    assert "forbidden" not in said.lower(), said
    eventually(lambda: can("create", "secrets", MINE))
    return MINE


def can(verb: str, resource: str, where: str = "") -> bool:
    """Whether the worker may, as the API server says."""
    scope = ["-n", where] if where else []
    # Beside the answer it may warn that a resource is not namespaced.
    return "yes" in kubectl("auth", "can-i", verb, resource, *scope, AS, check=False).split()


@pytest.mark.parametrize(
    ("verb", "resource"),
    [
        ("create", "namespaces"), ("delete", "namespaces"), ("list", "events"), ("list", "pods"),
        ("create", "rolebindings.rbac.authorization.k8s.io"), ("list", "persistentvolumes"),
        ("bind", f"clusterroles.rbac.authorization.k8s.io/{MANAGER}"),
    ],
)  # fmt: skip
def test_it_may_everywhere(verb: str, resource: str) -> None:
    assert can(verb, resource)


@pytest.mark.parametrize(
    ("verb", "resource"),
    [
        ("get", "secrets"), ("list", "secrets"), ("create", "pods"), ("create", "pods/exec"), ("get", "nodes"),
        ("get", "nodes/proxy"), ("create", "deployments.apps"), ("delete", "persistentvolumes"),
        ("create", "clusterrolebindings.rbac.authorization.k8s.io"), ("create", "roles.rbac.authorization.k8s.io"),
        ("create", "clusterroles.rbac.authorization.k8s.io"), ("escalate", "clusterroles.rbac.authorization.k8s.io"),
        ("bind", "clusterroles.rbac.authorization.k8s.io/cluster-admin"), ("impersonate", "users"),
        ("impersonate", "serviceaccounts"), ("create", "serviceaccounts/token"),
        ("update", "validatingadmissionpolicies.admissionregistration.k8s.io"),
        ("delete", "validatingadmissionpolicybindings.admissionregistration.k8s.io"), ("*", "*"),
    ],
)  # fmt: skip
def test_it_may_not(verb: str, resource: str) -> None:
    assert not can(verb, resource)
    assert not can(verb, resource, "kube-system")


def test_inside_its_store_it_may_what_a_release_needs_and_no_more(store: str) -> None:
    may = [
        ("create", "secrets"),
        ("patch", "deployments.apps"),
        ("delete", "persistentvolumeclaims"),
        ("get", "pods/log"),
    ]
    may_not = [("create", "pods/exec"), ("create", "roles.rbac.authorization.k8s.io"), ("create", "serviceaccounts")]
    assert [right for right in may if not can(*right, store)] == []
    assert [right for right in may_not if can(*right, store)] == []
    assert "forbidden" not in apply(config_map(store), user=AS).lower()


SECURE = {**OURS, **RESTRICTED}
NOT_OURS, NO_FENCE = "is not storefleet's|its own stores only", "restricted Pod Security"
ATTACKS = {
    "a namespace without our label": (namespace("store-rights-other", RESTRICTED), NOT_OURS),
    "one with another kind of name": (namespace("rights-other", SECURE), NOT_OURS),
    "one labelled as another store": (namespace("store-rights-other", SECURE), NOT_OURS),
    "one without Pod Security": (
        namespace("store-rights-other", {**OURS, "storefleet.dev/store": "rights-other"}), NO_FENCE,
    ),
    "kube-system as a store": (namespace("kube-system", SECURE), NOT_OURS),
    "a foreign namespace as a store": (namespace(FOREIGN, SECURE), NOT_OURS),
    "rights in kube-system": (role_binding("kube-system"), "inside stores only"),
    "rights in a foreign namespace": (role_binding(FOREIGN), "inside stores only"),
    "another role": (role_binding(MINE, role="cluster-admin"), "and nothing else|attempting to grant"),
    "rights for somebody else": (role_binding(MINE, account="default"), "and nothing else"),
    "rights for a namesake elsewhere": (role_binding(MINE, home="kube-system"), "and nothing else"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "words"), ATTACKS.values(), ids=list(ATTACKS))
def test_the_api_server_refuses(store: str, document: dict[str, Any], words: str) -> None:
    said = apply(document, user=AS)
    assert re.search(words, said), said


@pytest.mark.parametrize("name", ["kube-system", FOREIGN, HOME])
def test_it_deletes_no_namespace_but_a_stores(name: str) -> None:
    said = kubectl("delete", "namespace", name, "--dry-run=server", AS, check=False)
    # Kubernetes itself protects its own.
    assert "its own stores only" in said or "may not be deleted" in said, said


def test_it_keeps_the_fence_of_its_own_store(store: str) -> None:
    said = kubectl(
        "label", "namespace", store, "pod-security.kubernetes.io/enforce=privileged", "--overwrite", AS, check=False
    )
    assert "restricted Pod Security" in said, said


def test_it_takes_its_own_store_away(store: str) -> None:
    said = kubectl("delete", "namespace", store, "--dry-run=server", AS, check=False)
    assert "deleted" in said, said

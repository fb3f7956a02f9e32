"""The dashboard in the cluster under mocks: which objects the platform declares for it, and how."""

import asyncio
import copy
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.programs.conftest import PLATFORM_OUTPUTS, STORE_CONFIG, Run, runner
from tests.programs.test_programs import PLATFORM_CONFIG

Seen = dict[tuple[str, str], dict[str, Any]]
CONFIG = {**PLATFORM_CONFIG, "dashboard": "cluster", "imagesFile": "tests/programs/dashboard-images.json"}
DEPLOYMENT, STATEFULSET = "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet"
RBAC = "kubernetes:rbac.authorization.k8s.io/v1"
GRANT = {"role": "storefleet-store-manager", "serviceAccount": "dashboard-worker", "namespace": "storefleet"}
INSIDE = ["configmaps", "secrets", "services", "persistentvolumeclaims", "resourcequotas", "limitranges"]
ACCOUNT = {"kind": "ServiceAccount", "name": "dashboard-worker", "namespace": "storefleet"}


@pytest.fixture(scope="module")
def declared(kept_loop: asyncio.AbstractEventLoop) -> Seen:
    """The platform with its dashboard, run once (one second) for all tests that only look at it."""
    asyncio.set_event_loop(kept_loop)
    with pytest.MonkeyPatch.context() as patch:
        return runner(patch)("platform", "local", CONFIG)


@pytest.fixture
def seen(declared: Seen) -> Seen:
    return copy.deepcopy(declared)


def pods(seen: Seen) -> Iterator[tuple[str, dict[str, Any]]]:
    for (kind, name), inputs in seen.items():
        if kind in (DEPLOYMENT, STATEFULSET):
            yield name, inputs["spec"]["template"]["spec"]


def test_it_is_exactly_these_objects(seen: Seen, run_program: Run) -> None:
    def named(kind: str, *names: str) -> set[tuple[str, str]]:
        return {(kind, name) for name in names}

    policy = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
    without = run_program("platform", "local", PLATFORM_CONFIG)
    assert set(seen) - set(without) == {
        ("storefleet:index:Dashboard", "dashboard"),
        ("kubernetes:core/v1:Secret", "secrets"),
        ("kubernetes:core/v1:ServiceAccount", "dashboard-worker"),
        (STATEFULSET, "dashboard-database"),
        ("kubernetes:networking.k8s.io/v1:Ingress", "dashboard"),
        *named(policy, "storefleet-worker"),
        *named(f"{policy}Binding", "storefleet-worker"),
        *named("kubernetes:core/v1:ConfigMap", "database", "dashboard-worker"),
        *named("kubernetes:core/v1:Service", "dashboard-database", "dashboard-web", "dashboard-worker"),
        *named(DEPLOYMENT, "dashboard-web", "dashboard-worker"),
        *named("kubernetes:networking.k8s.io/v1:NetworkPolicy", "default-deny", "web", "worker", "database"),
        *named(f"{RBAC}:ClusterRole", "storefleet-store-manager", "storefleet-dashboard-worker"),
        *named(f"{RBAC}:ClusterRoleBinding", "storefleet-dashboard-worker"),
        *named(f"{RBAC}:Role", "dashboard-worker"),
        *named(f"{RBAC}:RoleBinding", "dashboard-worker"),
    }
    assert set(without) < set(seen)


def test_every_pod_is_restricted_with_a_read_only_root(seen: Seen) -> None:
    for name, spec in pods(seen):
        security = spec["securityContext"]
        assert security["runAsNonRoot"] is True, name
        assert security["runAsUser"] > 0
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["enableServiceLinks"] is False
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
            }  # fmt: skip
            assert set(container["resources"]["limits"]) == {"memory", "cpu"}
    namespace = seen[("kubernetes:core/v1:Namespace", "storefleet")]["metadata"]["labels"]
    assert namespace["pod-security.kubernetes.io/enforce"] == "restricted"


def test_only_the_worker_has_a_token(seen: Seen) -> None:
    tokens = {name: spec["automountServiceAccountToken"] for name, spec in pods(seen)}
    assert tokens == {"dashboard-web": False, "dashboard-worker": True, "dashboard-database": False}
    accounts = {name: spec.get("serviceAccountName", "default") for name, spec in pods(seen)}
    assert accounts == {
        "dashboard-web": "default", "dashboard-worker": "dashboard-worker", "dashboard-database": "default",
    }  # fmt: skip


def keys_of(spec: dict[str, Any]) -> set[str]:
    """The keys of the installation's Secret that a pod sees, as files or as variables."""
    files = {item["key"] for v in spec["volumes"] if "secret" in v for item in v["secret"]["items"]}
    containers = [*spec["containers"], *spec.get("initContainers", [])]
    found = {e["valueFrom"]["secretKeyRef"]["key"] for c in containers for e in c.get("env", []) if "valueFrom" in e}
    assert not [c for c in containers if "envFrom" in c]
    return files | found


def test_each_pod_sees_the_secrets_it_needs_and_no_more(seen: Seen) -> None:
    assert {name: keys_of(spec) for name, spec in pods(seen)} == {
        "dashboard-web": {"queue-password", "worker-token", "operator-password"},
        "dashboard-worker": {"queue-password", "worker-token", "state-password", "passphrase"},
        "dashboard-database": {"postgres-password", "queue-password", "state-password"},
    }


def test_the_rights_as_a_whole(seen: Seen) -> None:
    everything = ["get", "list", "watch", "create", "update", "patch", "delete"]
    look = ["get", "list", "watch"]
    namespaced = [*look, "create", "patch", "delete"]

    def rule(group: str, resources: list[str], verbs: list[str]) -> dict[str, Any]:
        return {"apiGroups": [group], "resources": resources, "verbs": verbs}

    assert seen[(f"{RBAC}:ClusterRole", "storefleet-dashboard-worker")]["rules"] == [
        rule("", ["namespaces"], namespaced),
        rule("rbac.authorization.k8s.io", ["rolebindings"], namespaced),
        {
            "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"], "verbs": ["bind"],
            "resourceNames": ["storefleet-store-manager"],
        },
        rule("", ["events", "pods", "persistentvolumeclaims", "resourcequotas"], look),
        rule("", ["persistentvolumes"], ["get", "list"]),
        rule("apps", ["deployments", "statefulsets"], look),
        rule("batch", ["jobs"], look),
        rule("cert-manager.io", ["certificates"], look),
        rule("acme.cert-manager.io", ["challenges"], look),
    ]  # fmt: skip
    assert seen[(f"{RBAC}:ClusterRole", "storefleet-store-manager")]["rules"] == [
        rule("", INSIDE, everything),
        rule("apps", ["deployments", "statefulsets"], everything),
        rule("batch", ["jobs", "cronjobs"], everything),
        rule("networking.k8s.io", ["ingresses", "networkpolicies"], everything),
        rule("", ["pods", "pods/log", "events", "endpoints"], look),
        rule("apps", ["replicasets", "controllerrevisions"], look),
        rule("discovery.k8s.io", ["endpointslices"], look),
        rule("events.k8s.io", ["events"], look),
    ]
    binding = seen[(f"{RBAC}:ClusterRoleBinding", "storefleet-dashboard-worker")]
    assert binding["subjects"] == [ACCOUNT]
    assert binding["roleRef"]["name"] == "storefleet-dashboard-worker"


def test_only_the_worker_reaches_further_than_the_database(seen: Seen) -> None:
    kind = "kubernetes:networking.k8s.io/v1:NetworkPolicy"

    def pods_of(component: str) -> dict[str, Any]:
        labels = {"app.kubernetes.io/part-of": "storefleet-dashboard", "app.kubernetes.io/component": component}
        return {"podSelector": {"matchLabels": labels}}

    def ports(*numbers: int) -> list[dict[str, Any]]:
        return [{"protocol": "TCP", "port": number} for number in numbers]

    dns = {
        "to": [{
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }],
        "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
    }  # fmt: skip
    controller = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}
    both = ["Ingress", "Egress"]
    assert {name: seen[(kind, name)]["spec"] for name in ("default-deny", "web", "worker", "database")} == {
        "default-deny": {"podSelector": {}, "policyTypes": both},
        "web": {
            **pods_of("web"), "policyTypes": both, "ingress": [{"from": [controller], "ports": ports(8080)}],
            "egress": [
                {"to": [pods_of("worker")], "ports": ports(8090)},
                {"to": [pods_of("database")], "ports": ports(5432)}, dns,
            ],
        },
        "worker": {
            **pods_of("worker"), "policyTypes": both, "ingress": [{"from": [pods_of("web")], "ports": ports(8090)}],
            "egress": [{"to": [pods_of("database")], "ports": ports(5432)}, dns, {"ports": ports(443, 6443)}],
        },
        "database": {
            **pods_of("database"), "policyTypes": both, "egress": [],
            "ingress": [{"from": [pods_of("web"), pods_of("worker")], "ports": ports(5432)}],
        },
    }  # fmt: skip


def test_the_databases_are_closed_to_each_others_users(seen: Seen) -> None:
    sql = seen[("kubernetes:core/v1:ConfigMap", "database")]["data"]["setup.sql"]
    for name in ("queue", "state", "postgres"):
        assert f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;" in sql
    assert sql.startswith("SET log_min_error_statement = panic;")  # a failed ALTER ROLE would log a password


def test_a_stopped_worker_has_time_to_finish(seen: Seen) -> None:
    spec = seen[(DEPLOYMENT, "dashboard-worker")]["spec"]
    pod = spec["template"]["spec"]
    env = {entry["name"]: entry.get("value") for entry in pod["containers"][0]["env"]}
    assert pod["terminationGracePeriodSeconds"] > int(env["STOREFLEET_DASHBOARD_SHUTDOWN_SECONDS"]) >= 60
    assert (spec["strategy"], spec["replicas"]) == ({"type": "Recreate"}, 1)


def test_a_changed_contract_makes_a_new_worker(seen: Seen, run_program: Run) -> None:
    def digest(objects: Seen) -> str:
        template = objects[(DEPLOYMENT, "dashboard-worker")]["spec"]["template"]
        return str(template["metadata"]["annotations"]["storefleet.dev/contract"])

    other = run_program("platform", "local", {**CONFIG, "domain": "elsewhere.io"})
    assert digest(other) != digest(seen)


def test_the_worker_publishes_the_contract_with_the_grant(seen: Seen) -> None:
    files = seen[("kubernetes:core/v1:ConfigMap", "dashboard-worker")]["data"]
    published = json.loads(files["platform.json"])
    assert published["grant"] == GRANT
    assert set(published) == set(PLATFORM_OUTPUTS)


def test_the_hosts(seen: Seen) -> None:
    spec = seen[("kubernetes:networking.k8s.io/v1:Ingress", "dashboard")]["spec"]
    assert [rule["host"] for rule in spec["rules"]] == ["dashboard.d.io", "api.d.io"]
    assert "tls" not in spec


def test_with_an_issuer_the_hosts_have_a_certificate(run_program: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    there = subprocess.CompletedProcess([], 0, "", "")  # cert-manager and the issuer
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: there)
    seen = run_program("platform", "prod", {**CONFIG, "resourceClass": "prod", "tlsIssuer": "le", "publicPort": "443"})
    ingress = seen[("kubernetes:networking.k8s.io/v1:Ingress", "dashboard")]
    assert ingress["spec"]["tls"] == [{"hosts": ["dashboard.d.io", "api.d.io"], "secretName": "dashboard-tls"}]
    assert ingress["metadata"]["annotations"]["cert-manager.io/cluster-issuer"] == "le"
    web = seen[(DEPLOYMENT, "dashboard-web")]["spec"]["template"]["spec"]["containers"][0]
    env = {entry["name"]: entry.get("value") for entry in web["env"]}
    assert env["STOREFLEET_DASHBOARD_PUBLIC_URL"] == "https://dashboard.d.io"
    assert env["STOREFLEET_DASHBOARD_PROXIES"] == "1"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dashboard": "here"}, "storefleet:dashboard is 'here'; choose one of none, cluster"),
        ({"imagesFile": "tests/programs/images.json"}, "no dashboard and no postgres; build them with 'make dashboard"),
    ],
)
def test_a_bad_wish_declares_nothing(run_program: Run, change: dict[str, str], message: str) -> None:
    with pytest.raises(Exception, match=message):
        run_program("platform", "local", {**CONFIG, **change})


def test_a_connected_terminal_does_not_touch_the_platform(run_program: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOREFLEET_CONNECTED", "true")
    with pytest.raises(Exception, match="use another terminal"):
        run_program("platform", "local", PLATFORM_CONFIG)


class Cluster:
    """Plays kubectl: the namespace is absent, and rights come with the second question."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, argv: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        if argv[1] != "auth":
            return subprocess.CompletedProcess(argv, 1, "", "Error from server (NotFound)")
        self.asked.append(argv)
        return subprocess.CompletedProcess(argv, 0 if len(self.asked) > 1 else 1, "", "")


def test_a_store_lets_the_worker_in_before_anything_else(run_program: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster()
    monkeypatch.setattr(subprocess, "run", cluster)
    seen = run_program("stores", "nike-shoes", STORE_CONFIG, {**PLATFORM_OUTPUTS, "grant": GRANT})
    binding = seen[(f"{RBAC}:RoleBinding", "grant")]
    assert binding["metadata"]["namespace"] == "store-nike-shoes"
    assert binding["subjects"] == [ACCOUNT]
    assert binding["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "storefleet-store-manager",
    }  # fmt: skip
    assert len(cluster.asked) == 2
    order = list(seen)
    assert order.index((f"{RBAC}:RoleBinding", "grant")) < order.index(("kubernetes:core/v1:ResourceQuota", "quota"))


def test_a_preview_waits_for_no_rights(run_program: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster()
    monkeypatch.setattr(subprocess, "run", cluster)
    seen = run_program("stores", "nike-shoes", STORE_CONFIG, {**PLATFORM_OUTPUTS, "grant": GRANT}, preview=True)
    assert ("kubernetes:core/v1:ResourceQuota", "quota") in seen
    assert cluster.asked == []


def test_without_a_worker_nobody_is_let_in(run_program: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster()
    monkeypatch.setattr(subprocess, "run", cluster)
    seen = run_program("stores", "nike-shoes", STORE_CONFIG)
    assert (f"{RBAC}:RoleBinding", "grant") not in seen
    assert cluster.asked == []

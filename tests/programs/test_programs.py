"""Both programs under mocks: which objects they declare, and how."""

from typing import Any

import pytest

from tests.programs.conftest import STORE_CONFIG, Run

RELEASE = ("kubernetes:helm.sh/v3:Release", "release")
PLATFORM_CONFIG = {
    "domain": "d.io", "publicPort": "80", "installation": "storefleet", "ingressClass": "traefik",
    "ingressNamespace": "kube-system", "storageClass": "local-path", "resourceClass": "local",
    "imagesFile": "tests/programs/images.json", "dashboard": "none",
}  # fmt: skip


@pytest.fixture
def store(run_program: Run, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], dict[str, Any]]:
    import subprocess

    absent = subprocess.CompletedProcess([], 1, "", "Error from server (NotFound)")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: absent)  # the guard's question to the cluster
    return run_program("stores", "nike-shoes", STORE_CONFIG)


def test_the_namespace_enforces_restricted_pods(store: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert store[("kubernetes:core/v1:Namespace", "namespace")]["metadata"] == {
        "name": "store-nike-shoes",
        "labels": {
            "storefleet.dev/store": "nike-shoes",
            "storefleet.dev/installation": "storefleet",
            "app.kubernetes.io/managed-by": "pulumi",
            "app.kubernetes.io/part-of": "storefleet",
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/audit": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
        },
    }


def test_a_store_is_exactly_these_objects(store: dict[tuple[str, str], dict[str, Any]]) -> None:
    policies = ("default-deny", "ingress-to-web", "clients-to-database", "database-from-clients", "dns", "world")
    assert set(store) == {
        ("storefleet:index:Store", "nike-shoes"),
        ("kubernetes:core/v1:Namespace", "namespace"),
        ("kubernetes:core/v1:ResourceQuota", "quota"),
        ("kubernetes:core/v1:LimitRange", "limits"),
        ("kubernetes:core/v1:Secret", "secrets"),
        RELEASE,
        *(("kubernetes:networking.k8s.io/v1:NetworkPolicy", name) for name in policies),
    }


def test_the_release_is_all_or_nothing(store: dict[tuple[str, str], dict[str, Any]]) -> None:
    release = {key: value for key, value in store[RELEASE].items() if key not in ("values", "compat", "resourceNames")}
    assert release == {
        "name": "woocommerce", "namespace": "store-nike-shoes", "chart": "../charts/woocommerce", "atomic": True,
        "cleanupOnFail": True, "waitForJobs": True, "timeout": 900, "maxHistory": 5, "dependencyUpdate": False,
        "createNamespace": False,
    }  # fmt: skip


def test_the_charts_values(store: dict[tuple[str, str], dict[str, Any]]) -> None:
    host = "nike-shoes.127.0.0.1.nip.io"
    assert store[RELEASE]["values"] == {
        "store": {
            "name": "nike-shoes", "title": "Nike Shoes", "host": host, "url": f"http://{host}", "adminUser": "admin",
            "adminEmail": f"admin@{host}",
        },
        "secretName": "store-secrets",
        "images": {"wordpress": "localhost/w:1", "mariadb": "localhost/m:1", "valkey": "localhost/v:1"},
        "settings": {
            "currency": "EUR", "country": "DE", "samples": True, "plugins": [], "theme": "", "smtpHost": "",
            "smtpPort": "587", "smtpUser": "", "mailFrom": "", "xmlrpc": False,
        },
        "features": {"woocommerce": "absent"},
        "resources": {
            "web": {"request": "80Mi", "limit": "256Mi"},
            "database": {"request": "96Mi", "limit": "256Mi"},
            "setup": {"request": "64Mi", "limit": "256Mi"},
            "cache": {"request": "16Mi", "limit": "32Mi"},
        },
        "storage": {"className": "local-path", "contentSize": "1Gi", "databaseSize": "1Gi"},
        "ingress": {"className": "traefik", "tlsIssuer": ""},
    }  # fmt: skip


def test_only_web_and_set_up_reach_database_and_cache(store: dict[tuple[str, str], dict[str, Any]]) -> None:
    def policy(name: str) -> dict[str, Any]:
        spec: dict[str, Any] = store[("kubernetes:networking.k8s.io/v1:NetworkPolicy", name)]["spec"]
        return spec

    clients = {"matchExpressions": [
        {"key": "app.kubernetes.io/component", "operator": "In", "values": ["web", "setup"]},
    ]}  # fmt: skip
    database = {"matchLabels": {"app.kubernetes.io/component": "database"}}
    ports = [{"protocol": "TCP", "port": 3306}, {"protocol": "TCP", "port": 6379}]
    assert policy("clients-to-database") == {
        "podSelector": database, "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"podSelector": clients}], "ports": ports}],
    }  # fmt: skip
    assert policy("database-from-clients") == {
        "podSelector": clients, "policyTypes": ["Egress"],
        "egress": [{"to": [{"podSelector": database}], "ports": ports}],
    }  # fmt: skip


def test_the_world_excludes_private_addresses(store: dict[tuple[str, str], dict[str, Any]]) -> None:
    world = store[("kubernetes:networking.k8s.io/v1:NetworkPolicy", "world")]["spec"]["egress"][0]["to"]
    assert world == [{"ipBlock": {"cidr": "0.0.0.0/0", "except": [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
    ]}}]  # fmt: skip


def test_the_platform_declares_its_policies_and_bindings(run_program: Run) -> None:
    seen = run_program("platform", "local", PLATFORM_CONFIG)
    names = {"storefleet-ownership", "storefleet-exposure"}
    kind = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
    assert {name for typ, name in seen if typ == kind} == names
    for name in names:
        binding = seen[(f"{kind}Binding", name)]
        assert binding["spec"] == {"policyName": name, "validationActions": ["Deny"]}
        assert seen[(kind, name)]["spec"]["failurePolicy"] == "Fail"

"""Certificates: who asks for them, and that their solvers are let through and nothing else is."""

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from tests.programs.conftest import PLATFORM_OUTPUTS, STORE_CONFIG, Run
from tests.programs.test_programs import PLATFORM_CONFIG

POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
ISSUER = ("kubernetes:cert-manager.io/v1:ClusterIssuer", "issuer")
WITH_TLS = {**PLATFORM_CONFIG, "tlsIssuer": "le", "publicPort": "443", "acmeServer": "https://acme.example/directory"}
THROUGH = {
    "podSelector": {"matchLabels": {"acme.cert-manager.io/http01-solver": "true"}},
    "policyTypes": ["Ingress"],
    "ingress": [{
        "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
        "ports": [{"protocol": "TCP", "port": 8089}],
    }],
}  # fmt: skip


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """`cluster(path, …)`: an API server that has these raw paths only; the list of those that were asked for."""

    def has(*paths: str, complaint: str = "Error from server (NotFound): …") -> list[str]:
        asked: list[str] = []

        def answer(argv: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
            asked.append(argv[3])
            found = argv[3] in paths
            return subprocess.CompletedProcess(argv, 0 if found else 1, "", "" if found else complaint)

        monkeypatch.setattr(subprocess, "run", answer)
        return asked

    return has


def test_a_store_with_tls_lets_the_ingress_controller_reach_solvers(run_program: Run, cluster: Any) -> None:
    cluster()
    plain = run_program("stores", "nike-shoes", STORE_CONFIG)
    seen = run_program("stores", "nike-shoes", STORE_CONFIG, {**PLATFORM_OUTPUTS, "tlsIssuer": "le"})
    assert set(seen) - set(plain) == {(POLICY, "acme-solver")}
    assert seen[(POLICY, "acme-solver")]["spec"] == THROUGH


def test_the_dashboard_with_tls_does_so_too(run_program: Run, cluster: Any) -> None:
    cluster("/apis/cert-manager.io/v1", "/apis/cert-manager.io/v1/clusterissuers/le")
    change = {"dashboard": "cluster", "imagesFile": "tests/programs/dashboard-images.json"}
    assert run_program("platform", "prod", {**WITH_TLS, **change})[(POLICY, "acme-solver")]["spec"] == THROUGH
    assert (POLICY, "acme-solver") not in run_program("platform", "local", {**PLATFORM_CONFIG, **change})


def test_the_platform_makes_the_issuer_when_it_has_an_address(run_program: Run, cluster: Any) -> None:
    asked = cluster("/apis/cert-manager.io/v1")
    issuer = run_program("platform", "prod", {**WITH_TLS, "acmeEmail": "ops@d.io"})[ISSUER]
    assert issuer["metadata"] == {"name": "le"}
    assert issuer["spec"] == {"acme": {
        "email": "ops@d.io", "server": "https://acme.example/directory",
        "privateKeySecretRef": {"name": "le-account"},
        "solvers": [{"http01": {"ingress": {"ingressClassName": "traefik", "serviceType": "ClusterIP"}}}],
    }}  # fmt: skip
    assert asked == ["/apis/cert-manager.io/v1"]  # the issuer itself is not there yet, and need not be


def test_a_private_authority_is_trusted(run_program: Run, cluster: Any, tmp_path: Path) -> None:
    cluster("/apis/cert-manager.io/v1")
    pem = tmp_path / "ca.pem"
    pem.write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    issuer = run_program("platform", "prod", {**WITH_TLS, "acmeEmail": "ops@d.io", "acmeCaFile": str(pem)})[ISSUER]
    assert base64.b64decode(issuer["spec"]["acme"]["caBundle"]).decode() == pem.read_text()


def test_an_issuer_that_is_there_is_left_alone(run_program: Run, cluster: Any) -> None:
    cluster("/apis/cert-manager.io/v1", "/apis/cert-manager.io/v1/clusterissuers/le")
    assert ISSUER not in run_program("platform", "prod", WITH_TLS)


def test_without_tls_nobody_is_asked(run_program: Run, cluster: Any) -> None:
    asked = cluster()
    assert ISSUER not in run_program("platform", "local", PLATFORM_CONFIG)
    assert asked == []


@pytest.mark.parametrize(
    ("paths", "complaint", "change", "message"),
    [
        ((), "(NotFound)", {}, "this cluster has no cert-manager; install it"),
        ((), "connection refused", {}, "the cluster does not answer; start it with 'make up'"),
        (("/apis/cert-manager.io/v1",), "(NotFound)", {}, "there is no ClusterIssuer 'le'; set storefleet:acmeEmail"),
        ((), "", {"tlsIssuer": "", "acmeEmail": "ops@d.io"}, "acmeEmail is set, but not storefleet:tlsIssuer"),
        ((), "", {"acmeCaFile": "x.pem"}, "acmeCaFile is for the issuer that storefleet:acmeEmail makes; set both"),
        ((), "", {"acmeEmail": "o@d.io", "acmeCaFile": "absent.pem"}, "acmeCaFile absent.pem cannot be read"),
        ((), "", {"acmeEmail": "o@d.io", "acmeCaFile": "README.md"}, "acmeCaFile README.md has no certificate"),
    ],
)  # fmt: skip
def test_a_wish_that_cannot_be_met_declares_nothing(
    run_program: Run, cluster: Any, paths: tuple[str, ...], complaint: str, change: dict[str, str], message: str
) -> None:
    cluster(*paths, complaint=complaint)
    with pytest.raises(pulumi.RunError, match=message):
        run_program("platform", "prod", {**WITH_TLS, **change})

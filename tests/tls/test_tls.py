"""A store under TLS, with a real cert-manager and a real ACME server: `make test-tls`.

Not part of `make test`: cert-manager and Pebble take minutes to compile, and the platform is brought up with an issuer
meanwhile. Only on the embedded cluster, whose ingress controller has to have port 80: that is where ACME asks.
"""

import json
import os
import re
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from cluster.config import PATHS, ingress_port
from commands.platform import COPY, STACK
from commands.pulumi import environment, pulumi
from dashboard.apiserver import ApiServer
from dashboard.kubeconfig import from_kubeconfig
from dashboard.sights import Sights
from dashboard.watch import STORE, WATCHED, slim
from dashboard.why.certificates import certificate_findings
from dashboard.why.diagnose import Diagnosis, explain
from tests.cluster.conftest import command, eventually, kubectl, leftovers
from tests.tls import authority
from toolbox.paths import ROOT

pytestmark = pytest.mark.tls
NAME, HOME = "tls-test", "probe-cert-manager"
HOST, TITLE = f"{NAME}.127.0.0.1.nip.io", "Sealed & Signed"
DASHBOARD, API = "dashboard.127.0.0.1.nip.io", "api.127.0.0.1.nip.io"


def seal(file: Path) -> None:
    """The platform with the configuration in `file`."""
    pulumi(["up", "--stack", STACK, "--config-file", str(file), "--yes", "--skip-preview"], ROOT)


def platform() -> None:
    """The platform as its user left it."""
    done = command("commands.platform", "--public-port", str(ingress_port()))
    assert done.returncode == 0, done.stdout + done.stderr


def has_secret(namespace: str, name: str) -> bool:
    """Whether there is a Secret of exactly this name: cert-manager keeps the next key beside it."""
    return f"secret/{name}\n" in kubectl("-n", namespace, "get", "secrets", "-o", "name")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Programs, certificates and logs."""
    assert ingress_port() == 80, "ACME asks port 80; free it, then `make down up`"
    made = tmp_path_factory.mktemp("tls")
    authority.build(made)
    authority.load_solver(made / "solver")
    authority.write_certificate(made)
    return made


@pytest.fixture(scope="module")
def issuer(folder: Path) -> Iterator[Path]:
    """cert-manager, Pebble and a platform that asks them; afterwards none of the three."""
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {HOST} {DASHBOARD} {API}\n")
    command("terminal", "destroy", NAME)
    kubectl("delete", "namespace", HOME, "--ignore-not-found")
    platform()
    kinds = str(authority.custom_resources())
    kubectl("apply", "--server-side", "-f", kinds)
    try:
        kubectl("create", "namespace", HOME)
        kubectl("wait", "--for=condition=Established", "crd/clusterissuers.cert-manager.io", "--timeout=60s")
        with (
            authority.pebble(folder, hosts),
            authority.controllers(folder, hosts, str(PATHS.kubeconfig), HOME),
        ):
            sealed = folder / "Pulumi.sealed.yaml"
            asked = (
                "config:\n  storefleet:tlsIssuer: pebble\n  storefleet:acmeEmail: shops@example.com\n"
                f"  storefleet:acmeServer: https://{authority.DIRECTORY}/dir\n"
                f"  storefleet:acmeCaFile: {folder / 'cert.pem'}\n"
            )
            plain = re.sub("storefleet:publicPort: .*", 'storefleet:publicPort: "443"', COPY.read_text())
            sealed.write_text(plain.replace("config:\n", asked, 1))
            try:
                seal(sealed)
                yield folder
            finally:
                command("terminal", "destroy", NAME)
                platform()
    finally:
        kubectl("delete", "-f", kinds, "--ignore-not-found")
        kubectl("delete", "namespace", HOME, "--ignore-not-found")


@pytest.fixture(scope="module", params=["woocommerce", "medusa"])
def store(issuer: Path, request: pytest.FixtureRequest) -> Path:
    """A store of each engine by `pulumi up`, and its certificate."""
    command("terminal", "destroy", NAME)
    done = command("terminal", "create", "--engine", request.param, "--title", TITLE, NAME)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"https://{HOST}" in done.stdout
    try:
        eventually(lambda: has_secret(f"store-{NAME}", "web-tls"), 120)
    except AssertionError:
        kinds = "certificates,orders,challenges,pods,services,ingresses"
        said = kubectl("-n", f"store-{NAME}", "describe", kinds) + (issuer / "controller.log").read_text()[-3000:]
        raise AssertionError(said) from None
    return issuer


@pytest.fixture(scope="module")
def sealed_port() -> Iterator[int]:
    """A port of this machine that is the ingress controller's entrance for TLS."""
    argv = ["kubectl", "-n", "kube-system", "port-forward", "deployment/traefik", ":8443"]
    # It complains of every browser that hangs up on a certificate.
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **environment()}
    ) as forward:
        assert forward.stdout
        found = re.search(r"127\.0\.0\.1:(\d+)", forward.stdout.readline())
        assert found
        yield int(found[1])
        forward.terminate()


def sealed(port: int, pem: str, host: str = HOST, path: str = "/") -> httpx.Response:
    """A page of `host` for a browser that trusts the authority `pem` alone; `httpx.ConnectError` for others'."""
    trusted = ssl.create_default_context(cadata=pem)
    with httpx.Client(verify=trusted, timeout=60) as browser:
        return browser.get(f"https://127.0.0.1:{port}{path}", headers={"Host": host}, extensions={"sni_hostname": host})


def status(port: int, pem: str, host: str = HOST, path: str = "/") -> int:
    """The status; 0 while the ingress controller has not read the Secret yet and shows a certificate of its own."""
    try:
        return sealed(port, pem, host, path).status_code
    except httpx.ConnectError:
        return 0


def test_a_browser_sees_the_shop_under_a_certificate_of_its_own(store: Path, sealed_port: int) -> None:
    pem = authority.authority(store)

    eventually(lambda: status(sealed_port, pem) == 200)
    page = sealed(sealed_port, pem).text
    assert "Sealed &amp; Signed" in page or "Sealed &#038; Signed" in page
    assert f"http://{HOST}" not in page


def test_a_plain_visitor_is_sent_to_tls_once(store: Path) -> None:
    answer = httpx.get(f"http://127.0.0.1:{ingress_port()}/", headers={"Host": HOST}, timeout=60)
    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{HOST}/")


def test_the_solver_is_gone_and_left_nothing(store: Path) -> None:
    eventually(lambda: not json.loads(kubectl("-n", f"store-{NAME}", "get", "challenges", "-o", "json"))["items"])
    solver = "acme.cert-manager.io/http01-solver=true"
    found = ["-n", f"store-{NAME}", "get", "pods,services,ingresses", "-l", solver, "-o", "json"]
    eventually(lambda: not json.loads(kubectl(*found))["items"])


def test_the_dashboard_says_what_a_certificate_waits_for(store: Path) -> None:
    lost = {
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate",
        "metadata": {"name": "lost", "namespace": f"store-{NAME}", "labels": {STORE: NAME}},
        "spec": {
            "dnsNames": ["nowhere.invalid"], "secretName": "lost",
            "issuerRef": {"name": "pebble", "kind": "ClusterIssuer"},
        },
    }  # fmt: skip
    api = ApiServer(from_kubeconfig(PATHS.kubeconfig))
    sights = Sights()

    def told() -> Diagnosis | None:
        for watched in WATCHED:
            if watched.kind in ("Namespace", "Certificate", "Challenge"):
                items = api.list(watched.path, **watched.query)["items"]
                sights.replace(watched.kind, [slim(watched.kind, item) for item in items])
        facts = sights.facts(NAME, datetime.now(UTC) + timedelta(minutes=5))
        return next((explain(found, facts) for found in certificate_findings(facts)), None)

    assert told() is None
    kubectl("apply", "-f", "-", stdin=json.dumps(lost))
    try:
        eventually(lambda: "nowhere.invalid" in str(told()))
        found = told()
        assert found and (found.object, found.reason) == ("Certificate/lost", "CertificatePending")
    finally:
        kubectl("-n", f"store-{NAME}", "delete", "certificate", "lost")
        api.close()


def test_deleting_takes_the_certificate_along(store: Path) -> None:
    done = command("terminal", "destroy", NAME)
    assert done.returncode == 0, done.stdout + done.stderr
    assert leftovers(NAME) == []
    assert kubectl("get", "certificates,orders,challenges", "-A", "-o", "name") == ""


@pytest.fixture(scope="module")
def dashboard(issuer: Path) -> Path:
    """The dashboard in the cluster, with a certificate for its two hosts."""
    file = issuer / "Pulumi.sealed.yaml"
    file.write_text(file.read_text().replace("storefleet:dashboard: none", "storefleet:dashboard: cluster"))
    seal(file)
    eventually(lambda: has_secret("storefleet", "dashboard-tls"), 120)
    return issuer


@pytest.mark.parametrize("host", [DASHBOARD, API])
def test_the_dashboard_asks_for_its_password_under_tls_alone(dashboard: Path, sealed_port: int, host: str) -> None:
    pem = authority.authority(dashboard)

    eventually(lambda: status(sealed_port, pem, host, "/readyz") == 200, 120)
    eventually(lambda: sealed(sealed_port, pem, host, "/readyz").json()["status"] == "ready", 120)
    page = sealed(sealed_port, pem, host)
    assert (page.status_code, page.headers["strict-transport-security"]) == (401, "max-age=31536000")
    plain = httpx.get(f"http://127.0.0.1:{ingress_port()}/new", headers={"Host": host}, timeout=60)
    assert (plain.status_code, plain.headers["location"]) == (308, f"https://{host}/new")
    assert "www-authenticate" not in plain.headers

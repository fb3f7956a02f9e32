"""The dashboard in the cluster: the life of a store by its worker, whose pod is killed, and a terminal on its state."""

import base64
import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pytest

from cluster.config import ingress_port
from commands import connect
from commands.pulumi import STORES, environment
from tests.cluster.conftest import command, eventually, kubectl, pod, shows
from toolbox.paths import VAR

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("stores")]
HOME, NAME, STRANGER = "storefleet", "inside-test", "probe-stranger"
DOMAIN = "127.0.0.1.nip.io"
KNOCK = "(nc -w 3 {host}.svc.cluster.local {port} -e true 2>/dev/null && echo open) || echo closed"


class Api:
    """The API as the world reaches it: through the ingress, with the operator's password."""

    def __init__(self) -> None:
        secret = json.loads(kubectl("-n", HOME, "get", "secret", connect.SECRET, "-o", "json"))["data"]
        self._login = base64.b64encode(b"operator:" + base64.b64decode(secret["operator-password"])).decode()

    def ask(self, path: str, method: str = "GET", body: object = None, known: bool = True) -> tuple[int, Any]:
        """Status and JSON of the answer; `known`: with the password."""
        return self.send(path, method, body, {"Authorization": f"Basic {self._login}"} if known else {})

    def guess(self, password: str, pretended: str) -> int:
        """The status for a wrong password from somebody who pretends to come from the address `pretended`."""
        login = base64.b64encode(f"operator:{password}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "X-Forwarded-For": pretended, "X-Real-Ip": pretended}
        return self.send("/api/stores", "GET", None, headers)[0]

    def send(self, path: str, method: str, body: object, headers: Mapping[str, str]) -> tuple[int, Any]:
        """Status and JSON of the answer to a request with `headers` through the ingress."""
        headers = {"Host": f"api.{DOMAIN}", "Content-Type": "application/json", **headers}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{ingress_port()}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return int(answer.status), json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            text = refused.read()
            return refused.code, json.loads(text) if text.startswith(b"{") else text.decode(errors="replace")

    def is_ready(self) -> bool:
        """Whether web, database and worker are all there."""
        try:
            status, said = self.ask("/readyz", known=False)
            return status == 200 and said["status"] == "ready"
        except OSError:
            return False

    def ended(self, operation: str) -> Any:
        """The operation when it has come to its end."""
        eventually(lambda: self.ask(f"/api/operations/{operation}")[1].get("finished_at") is not None, 400)
        return self.ask(f"/api/operations/{operation}")[1]


def stays(name: str) -> list[str]:
    """What the cluster still has of a store."""
    listed = json.loads(kubectl("get", "namespaces,persistentvolumes", "-o", "json"))["items"]
    return [item["metadata"]["name"] for item in listed if f"store-{name}" in json.dumps(item)]


def platform(place: str) -> None:
    """Bring the platform up with its dashboard at `place`."""
    done = command("commands.platform", "--public-port", str(ingress_port()), "--dashboard", place)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """A dashboard in the cluster, taken away again with everything that it held."""
    built = command("images", "build", "--engine", "dashboard")
    assert built.returncode == 0, built.stdout + built.stderr
    platform("cluster")
    made = Api()
    try:
        eventually(made.is_ready, 180)
        yield made
    finally:
        status, operation = made.ask(f"/api/stores/{NAME}", "DELETE")
        if status == 202:
            made.ended(operation["id"])
        platform("none")
        eventually(lambda: not json.loads(kubectl("-n", HOME, "get", "pods,pvc", "-o", "json"))["items"], 120)


@pytest.fixture(scope="module")
def killed(api: Api) -> dict[str, Any]:
    """The operation that made a store although the pod of its worker was killed in the midst of it."""
    status, operation = api.ask("/api/stores", "POST", {"name": NAME, "title": "From Inside"})
    assert status == 202, operation
    helm = ["-n", f"store-{NAME}", "get", "secret", "-l", "owner=helm", "-o", "name"]
    eventually(lambda: "sh.helm.release" in kubectl(*helm, check=False), 180)  # Helm waits for the shop
    worker = "app.kubernetes.io/component=worker"
    kubectl("-n", HOME, "delete", "pod", "-l", worker, "--grace-period=0", "--force")
    ended: dict[str, Any] = api.ended(operation["id"])
    return ended


@pytest.fixture(scope="module")
def store(killed: dict[str, Any]) -> str:
    """Its namespace."""
    assert killed["state"] == "succeeded", killed
    return f"store-{NAME}"


def test_everybody_is_asked_for_the_password(api: Api) -> None:
    assert api.ask("/api/stores", known=False)[0] == 401
    assert api.ask("/api/stores")[0] == 200


def test_a_killed_workers_operation_is_taken_up_again(killed: dict[str, Any], store: str) -> None:
    assert killed["attempt"] == 2
    statuses = ("-o", "jsonpath={.items[*].metadata.labels.status}")
    assert kubectl("-n", store, "get", "secret", "-l", "owner=helm", *statuses) == "deployed"


def test_the_store_is_visited_and_its_credentials_shown(api: Api, store: str) -> None:
    eventually(lambda: shows(NAME, "<title>From Inside</title>"), 30)
    status, shown = api.ask(f"/api/stores/{NAME}/credentials", "POST")
    secret = kubectl("-n", store, "get", "secret", "store-secrets", "-o", "jsonpath={.data.admin-password}")
    assert (status, shown) == (200, {"user": "admin", "password": base64.b64decode(secret).decode()})
    _, found = api.ask(f"/api/stores/{NAME}")
    assert {pod_["name"].split("-")[0] for pod_ in found["snapshot"]["pods"]} >= {"web", "mariadb"}


def test_a_terminal_reaches_the_same_stack_and_finds_nothing_to_change(store: str) -> None:
    with connect.connected() as variables:
        env = {**os.environ, **environment(), **variables}
        env.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)

        def pulumi(*arguments: str) -> str:
            argv = ["pulumi", "--non-interactive", "--color=never", *arguments]
            done = subprocess.run(argv, cwd=STORES, env=env, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        try:
            assert NAME in pulumi("stack", "ls")
            pulumi("config", "refresh", "--stack", NAME, "--force")
            assert "14 unchanged" in pulumi("preview", "--stack", NAME, "--expect-no-changes")
        finally:
            (VAR / "stacks" / f"Pulumi.{NAME}.yaml").unlink(missing_ok=True)


def test_shops_and_strangers_do_not_reach_database_and_worker(store: str) -> None:
    # The last one is open to everybody: the others are not closed because nothing could be reached.
    targets = [(f"dashboard-database.{HOME}", 5432), (f"dashboard-worker.{HOME}", 8090), ("kube-dns.kube-system", 53)]
    script = "; ".join(KNOCK.format(host=host, port=port) for host, port in targets)
    kubectl("create", "namespace", STRANGER)
    try:
        for where, labels in ((STRANGER, "{}"), (store, '{"app.kubernetes.io/component": "web"}')):
            kubectl("-n", where, "apply", "-f", "-", stdin=pod("knocks", script, labels))
            eventually(partial(_has_knocked, where), 60)
            assert kubectl("-n", where, "logs", "knocks").split() == ["closed", "closed", "open"], where
            kubectl("-n", where, "delete", "pod", "knocks", "--wait=false")
    finally:
        kubectl("delete", "namespace", STRANGER, "--wait=false")


def _has_knocked(where: str) -> bool:
    return kubectl("-n", where, "get", "pod", "knocks", "-o", "jsonpath={.status.phase}") == "Succeeded"


def test_the_platform_does_not_take_a_dashboard_away_that_holds_stores(store: str) -> None:
    done = command("commands.platform", "--public-port", str(ingress_port()), "--dashboard", "none")
    assert done.returncode == 1
    assert NAME in done.stderr and "cure: " in done.stderr
    assert "dashboard-worker" in kubectl("-n", HOME, "get", "deployments", "-o", "name")


def test_deleting_leaves_nothing_in_cluster_and_state(api: Api, store: str) -> None:
    _, operation = api.ask(f"/api/stores/{NAME}", "DELETE")
    ended = api.ended(operation["id"])
    assert (ended["state"], ended["attempt"]) == ("succeeded", 1), ended
    assert stays(NAME) == []
    assert api.ask(f"/api/stores/{NAME}")[0] == 404
    with connect.connected() as variables:
        assert connect.stores_in(variables) == []


def test_a_guesser_gets_no_further_by_pretending_another_address_each_time(api: Api) -> None:
    try:
        # Each web pod counts for itself, and the Service sends to all of them.
        pods = int(kubectl("-n", HOME, "get", "deployment/dashboard-web", "-o", "jsonpath={.spec.replicas}"))
        statuses = [api.guess(f"guess-{number}", f"203.0.113.{number}") for number in range(10 * pods + 5)]
        assert statuses[-1] == 429
        assert statuses.count(401) <= 10 * pods
    finally:  # a web process that begins has counted nothing
        kubectl("-n", HOME, "rollout", "restart", "deployment/dashboard-web")
        kubectl("-n", HOME, "rollout", "status", "deployment/dashboard-web", "--timeout=120s")
        eventually(api.is_ready, 60)

"""The dashboard on the real cluster: web and worker as users start them, a real browser, real stores."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from commands.pulumi import STORES, environment, pulumi, stacks
from tests.cluster.conftest import command, eventually, kubectl
from tests.cluster.shopping import Visitor, visitor
from toolbox.paths import ROOT, VAR

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("stores")]
NAME, KILLED = "browser-test", "killed-test"


@dataclass(frozen=True)
class Dashboard:
    """A running dashboard: where it answers, and the process of its supervisor."""

    url: str
    pid: int

    def ask(self, path: str, method: str = "GET", body: object = None) -> Any:
        """The JSON that the API answers."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.url + path, data=data, method=method, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def answers(self) -> bool:
        """Whether web and worker are both there."""
        try:
            return bool(self.ask("/readyz")["status"] == "ready")
        except (urllib.error.URLError, OSError):
            return False

    def ended(self, operation: str) -> Any:
        """The operation, when it has come to its end."""
        eventually(lambda: self.ask(f"/api/operations/{operation}")["finished_at"] is not None, 400)
        return self.ask(f"/api/operations/{operation}")

    def worker(self) -> int:
        """The PID of the worker."""
        for child in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
            if b"worker" in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                return int(child)
        raise AssertionError("the supervisor has no worker")


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard with a queue of its own; its stores are gone before and after."""
    for name in (NAME, KILLED):
        command("terminal", "destroy", name)
    folder = tmp_path_factory.mktemp("dashboard")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {
        **os.environ, **environment(), "PYTHONPATH": str(ROOT), "STOREFLEET_DASHBOARD_PORT": str(port),
        "STOREFLEET_DASHBOARD_DATABASE_URL": f"sqlite:///{folder / 'dashboard.db'}",
        "STOREFLEET_DASHBOARD_LEASE_SECONDS": "10", "STOREFLEET_DASHBOARD_INVENTORY_SECONDS": "2",
    }  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dashboard"], cwd=folder, env=own, stdout=log, stderr=log, start_new_session=True
        )
    running = Dashboard(f"http://127.0.0.1:{port}", process.pid)
    try:
        eventually(lambda: running.answers() or process.poll() is not None, 120)
        assert process.poll() is None, (folder / "log").read_text()
        yield running
    finally:
        process.terminate()
        process.wait(150)
        for name in (NAME, KILLED):
            command("terminal", "destroy", name)


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with visitor(tmp_path_factory.mktemp("chromium")) as made:
        yield made


def shows(person: Visitor, text: str) -> bool:
    """Whether the page says so now."""
    return text in str(person.driver.execute_script("return document.body.innerText"))


def test_a_store_is_deployed_watched_visited_and_deleted_in_a_browser(dashboard: Dashboard, person: Visitor) -> None:
    person.go(f"{dashboard.url}/new")
    person.type("#name", NAME)
    person.type("#title", "Browser's Best")
    person.click("form.deploy button.go")
    person.at(f"/stores/{NAME}")
    person.driver.execute_script("window.sameDocument = true")
    eventually(
        lambda: bool(person.driver.execute_script("return document.querySelector('ol.events li') !== null")), 180
    )
    eventually(lambda: bool(person.driver.execute_script("return document.querySelector('a.button.go') !== null")), 300)
    assert (
        person.driver.execute_script("return window.sameDocument") is True
    )  # events came, the page was not loaded anew
    assert NAME in stacks(STORES)

    page = person.driver.current_url
    person.click("[data-reveal] button")
    password = kubectl("-n", f"store-{NAME}", "get", "secret", "store-secrets", "-o",
                       "go-template={{index .data \"admin-password\" | base64decode}}")  # fmt: skip
    eventually(lambda: password in person.driver.page_source)

    person.click("a.button.go")
    eventually(lambda: "Browser's Best" in person.driver.title or "Browser’s Best" in person.driver.title)

    person.go(page)
    person.type("#confirm", NAME)
    person.click("#delete button.stop")
    eventually(lambda: NAME not in stacks(STORES), 240)
    eventually(lambda: "NotFound" in kubectl("get", "namespace", f"store-{NAME}", check=False))
    assert not [path for folder in ("state", "stacks") for path in (VAR / folder).rglob(f"*{NAME}*")]
    person.go(f"{dashboard.url}/")
    eventually(lambda: not shows(person, NAME))


def test_a_store_survives_the_kill_of_its_worker_and_belongs_to_the_terminal_too(dashboard: Dashboard) -> None:
    made = dashboard.ask("/api/stores", "POST", {"name": KILLED, "engine": "woocommerce"})
    helm = ["-n", f"store-{KILLED}", "get", "secret", "-l", "owner=helm", "-o", "name"]
    eventually(lambda: "sh.helm.release" in kubectl(*helm, check=False), 180)  # in the midst of the installation
    os.kill(dashboard.worker(), signal.SIGKILL)
    operation = dashboard.ended(made["id"])
    assert operation["state"] == "succeeded", operation
    assert operation["attempt"] > 1
    status = kubectl(
        "-n",
        f"store-{KILLED}",
        "get",
        "secret",
        "-l",
        "owner=helm",
        "-o",
        "jsonpath={.items[*].metadata.labels.status}",
    )
    assert status == "deployed"
    assert "13 unchanged" in pulumi(["up", "--stack", KILLED, "--yes", "--skip-preview"], STORES)
    assert_update_keeps_what_the_terminal_chose(dashboard)
    assert command("terminal", "destroy", KILLED).returncode == 0
    # Gone in the terminal means gone from the list.
    eventually(lambda: all(store["name"] != KILLED for store in dashboard.ask("/api/stores")["items"]), 120)


def assert_update_keeps_what_the_terminal_chose(dashboard: Dashboard) -> None:
    """An update of a store whose plan a terminal changed meanwhile."""
    chosen = command("terminal", "create", "--plan", "medium", KILLED)
    assert chosen.returncode == 0, chosen.stdout + chosen.stderr
    eventually(lambda: dashboard.ask(f"/api/stores/{KILLED}")["plan"] == "medium", 60)
    before = helm_revision()
    operation = dashboard.ended(dashboard.ask(f"/api/stores/{KILLED}/update", "POST")["id"])
    assert operation["state"] == "succeeded", operation
    assert dashboard.ask(f"/api/stores/{KILLED}")["status"] == "ready"
    assert helm_revision() == before, "there was nothing to change"
    limit = ("-o", "jsonpath={.spec.template.spec.containers[0].resources.limits.memory}")
    assert kubectl("-n", f"store-{KILLED}", "get", "deployment/web", *limit) == "512Mi"


def helm_revision() -> str:
    """The names of Helm's records of the store."""
    return kubectl("-n", f"store-{KILLED}", "get", "secret", "-l", "owner=helm", "-o", "name")

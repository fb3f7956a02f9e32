"""PostgreSQL is killed and started again while an operation runs: nothing is lost, nothing is done twice."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from dashboard import groups
from dashboard.database import open_database
from dashboard.fake_provisioner import STEPS
from dashboard.fleet import Fleet
from dashboard.journal import Journal
from dashboard.model import ENDED, Operation, State
from dashboard.settings import Settings
from dashboard.supervisor import free_port
from tests.dashboard import postgresql
from tests.dashboard.processes import PATIENCE_SECONDS, ask, eventually, part, state

pytestmark = pytest.mark.postgresql
STEP_SECONDS = 0.5
OUTAGE_SECONDS = 2.0


@pytest.fixture
def server() -> Iterator[postgresql.Server]:
    """A server that no other test uses."""
    with postgresql.running() as server:
        yield server


@pytest.fixture
def settings(server: postgresql.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("STOREFLEET_VAR", raising=False)
    own = {"var": tmp_path, "port": free_port(), "database_url": server.new_database(), "provisioner": "fake"}
    # However busy the machine is, the server is back before the lease is over.
    return Settings.model_validate({**own, "fake_step_seconds": STEP_SECONDS, "lease_seconds": 120})


def deploy(settings: Settings, name: str) -> str:
    """The id of the operation that was accepted."""
    return str(ask(settings, "POST", "/api/stores", {"name": name})["id"])


def looked_up(settings: Settings, id: str) -> tuple[Operation, list[str]]:
    """The operation and the kinds of its store's events, asked of the database itself."""
    with closing(open_database(settings.database_url)) as database:
        found = Fleet(database).operation(id)
        assert found
        return found, [event.kind for event in Journal(database).after(0, found.store)]


@contextmanager
def listening(settings: Settings, store: str) -> Iterator[list[str]]:
    """The kinds of the store's events as one stream tells them, from now until the web process is stopped."""
    heard: list[str] = []

    def listen() -> None:
        url = f"http://127.0.0.1:{settings.port}/api/events?store={store}&after=0"
        with httpx.stream("GET", url, timeout=PATIENCE_SECONDS, trust_env=False) as answer:
            heard.extend(line[7:] for line in answer.iter_lines() if line.startswith("event: "))

    thread = threading.Thread(target=listen)
    thread.start()
    yield heard
    thread.join(PATIENCE_SECONDS)


@pytest.mark.parametrize("outlasts_the_operation", [False, True])
def test_a_running_operation_outlives_its_database(
    server: postgresql.Server, settings: Settings, outlasts_the_operation: bool
) -> None:
    with part(settings, "web") as web, part(settings, "worker") as worker:
        eventually(lambda: (ask(settings, "GET", "/readyz") or {}).get("status") == "ready", "web and worker alive")
        id = deploy(settings, "first-shop")
        with listening(settings, "first-shop") as heard:
            try:
                before, kinds = see_through(server, settings, id, outlasts_the_operation)
                second = deploy(settings, "second-shop")
                eventually(lambda: state(settings, second) == "succeeded", "a second store")
                eventually(lambda: heard == kinds, "all events of the first store")
            finally:
                for process in (worker, web):
                    process.terminate()
        assert worker.wait(PATIENCE_SECONDS) == 0
    assert before.state is State.RUNNING
    assert [kind for kind in kinds if kind.removeprefix("operation.") in ENDED] == ["operation.succeeded"]
    assert kinds.count("operation.started") == 1
    assert kinds.count("engine.step") == len(STEPS)  # each once, also those of the outage


def see_through(
    server: postgresql.Server, settings: Settings, id: str, outlasts_the_operation: bool
) -> tuple[Operation, list[str]]:
    """The outage; returns the operation as it was before, and the kinds of all events of its store."""
    eventually(lambda: ask(settings, "GET", f"/api/operations/{id}")["progress"]["done"] > 0, "a first step")
    before, _ = looked_up(settings, id)
    server.crash()
    assert ask(settings, "GET", "/readyz") is None and ask(settings, "GET", "/healthz")
    if outlasts_the_operation:
        eventually(lambda: groups.members(before) == [], "the end of the operation's processes")
    time.sleep(OUTAGE_SECONDS)
    server.start()
    assert ask(settings, "GET", "/readyz")  # connections of before the outage harm nobody
    eventually(lambda: state(settings, id) == "succeeded", "a store made")
    after, kinds = looked_up(settings, id)
    assert (before.attempt, after.attempt) == (1, 1)
    assert ask(settings, "GET", "/api/stores/first-shop")["status"] == "ready"
    return before, kinds

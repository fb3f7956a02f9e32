"""Web, worker and supervisor as processes, over the fake provisioner."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.settings import ROOT, Settings
from dashboard.supervisor import free_port
from tests.dashboard.processes import ask, eventually, part, state

pytestmark = pytest.mark.long


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("STOREFLEET_VAR", raising=False)
    quick = {"fake_step_seconds": 0.0, "retry_delay_seconds": 0.0}
    own = {"var": tmp_path, "port": free_port(), "provisioner": "fake", "shutdown_seconds": 5}
    return Settings.model_validate({**own, **quick})


def is_alive(settings: Settings) -> bool:
    return ask(settings, "GET", "/healthz") is not None


def pids(settings: Settings) -> dict[str, int]:
    """The supervised parts of this test's dashboard, by name."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            variables = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"STOREFLEET_VAR={settings.var}".encode() in variables and words[1:3] == [b"-m", b"dashboard"]:
            found[words[3].decode() if len(words) > 4 else "both"] = int(entry.name)
    return found


def test_a_killed_web_process_loses_nothing_that_was_accepted(settings: Settings) -> None:
    with part(settings, "web") as web:
        eventually(lambda: is_alive(settings), "an answer")
        accepted = ask(settings, "POST", "/api/stores", {"name": "nike-shoes"})
        os.kill(web.pid, signal.SIGKILL)
    with part(settings, "web"), part(settings, "worker"):
        eventually(lambda: state(settings, accepted["id"]) == "succeeded", "a store made")
        assert ask(settings, "GET", "/api/stores/nike-shoes")["status"] == "ready"


def test_the_supervisor_starts_again_what_ended_and_stops_both(settings: Settings) -> None:
    with part(settings, "both") as supervisor:
        eventually(lambda: (ask(settings, "GET", "/readyz") or {}).get("status") == "ready", "web and worker alive")
        for name in ("web", "worker"):
            old = pids(settings)[name]
            os.kill(old, signal.SIGKILL)
            eventually(lambda: pids(settings).get(name, old) != old, f"another {name}")  # noqa: B023
        eventually(lambda: is_alive(settings), "an answer")
        accepted = ask(settings, "POST", "/api/stores", {"name": "nike-shoes"})
        eventually(lambda: state(settings, accepted["id"]) == "succeeded", "a store made")
        supervisor.terminate()
        assert supervisor.wait(120) == 0
        assert pids(settings) == {}


def test_the_parts_die_with_their_supervisor(settings: Settings) -> None:
    with part(settings, "both") as supervisor:
        eventually(lambda: is_alive(settings), "an answer")
        os.kill(supervisor.pid, signal.SIGKILL)
        supervisor.wait()
        eventually(lambda: pids(settings) == {}, "the end of both parts")


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("CONCURRENCY", "none", "CONCURRENCY"),
        ("DATABASE_URL", "nonsense", "no database URL"),
        ("DATABASE_URL", "sqlite://", "name a file"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x?connect_timeout=5", "cannot be opened"),
    ],
)
def test_a_part_that_cannot_start_says_why_in_one_line(
    settings: Settings, variable: str, value: str, says: str
) -> None:
    environment = {**os.environ, **settings.environment(), f"STOREFLEET_DASHBOARD_{variable}": value}
    worker = [sys.executable, "-m", "dashboard", "worker"]
    done = subprocess.run(worker, env=environment, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 1
    assert says in done.stderr and "Traceback" not in done.stderr

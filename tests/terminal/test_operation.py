"""One operation in the dashboard's own child process, on its fake provisioner."""

from pathlib import Path

import pytest

from dashboard import groups
from dashboard.documents import Done
from dashboard.model import Failure, Kind, NewEvent, Operation, Outputs, Progress, Request
from dashboard.settings import Settings
from terminal.operation import new_operation, run

LEASE_SECONDS = 1.0


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {
        "PROVISIONER": "fake",
        "FAKE_STEP_SECONDS": "0.02",
        "LEASE_SECONDS": str(LEASE_SECONDS),
    }.items():
        monkeypatch.setenv(f"STOREFLEET_DASHBOARD_{name}", value)
    monkeypatch.setenv("STOREFLEET_VAR", str(tmp_path))


def create(name: str) -> Operation:
    return new_operation(Kind.CREATE, name, Request(name, "woocommerce", "small", "Nike", ""))


def test_what_happens_is_heard_and_its_outcome_returned(tmp_path: Path) -> None:
    heard: list[NewEvent | Progress] = []
    made = run(create("nike"), Settings(), tmp_path / "log", heard.append)
    assert isinstance(made, Done) and isinstance(made.outputs, Outputs)
    assert Progress(6, 6, "Release") in heard
    assert run(new_operation(Kind.DELETE, "nike", None), Settings(), tmp_path / "log", heard.append) == Done(None)


@pytest.mark.parametrize(("name", "reason"), [("fail-nike", "ImagePull"), ("crash-nike", "Crashed")])
def test_a_failure_has_a_reason(name: str, reason: str, tmp_path: Path) -> None:
    outcome = run(create(name), Settings(), tmp_path / "log", lambda what: None)
    assert isinstance(outcome, Failure) and outcome.reason == reason


def test_who_takes_longer_than_a_lease_is_kept_alive(tmp_path: Path) -> None:
    heard: list[NewEvent | Progress] = []
    made = run(create("slow-nike"), Settings(), tmp_path / "log", heard.append)
    times = [what.at for what in heard if isinstance(what, NewEvent)]
    assert isinstance(made, Done)
    assert (max(times) - min(times)).total_seconds() > LEASE_SECONDS


def test_an_interruption_leaves_no_process(tmp_path: Path) -> None:
    operation, seen = create("slow-nike"), []

    def interrupt(what: NewEvent | Progress) -> None:
        seen.append(groups.members(operation))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(operation, Settings(), tmp_path / "log", interrupt)
    assert seen[0]
    assert groups.members(operation) == []

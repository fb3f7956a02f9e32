"""What the commands of one store ask of Pulumi, and what is left when it fails."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commands import stacks, store
from commands.pulumi import STORES
from toolbox.errors import UserError

SINCE = datetime(2026, 1, 2, 3, 4, 5, 600_000, UTC)


class Cli:
    """Answers every call of Pulumi with success, or with a failure of those verbs that are to fail."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failing: list[str] = []

    def __call__(self, arguments: Sequence[str], cwd: Path) -> str:
        self.asked.append(" ".join(arguments))
        if arguments[0] in self.failing:
            self.failing.remove(arguments[0])
            raise UserError("it failed", "mend it", "detail")
        return ""


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """Pulumi's answers, with a state in a folder and nothing of the real one."""
    cli = Cli()
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    for module in ("store", "stacks", "pulumi"):
        monkeypatch.setattr(f"commands.{module}.VAR", tmp_path, raising=False)
    monkeypatch.setattr("commands.pulumi.PASSPHRASE", tmp_path / "passphrase")
    for module in ("store", "stacks"):
        monkeypatch.setattr(f"commands.{module}.pulumi", cli)
    monkeypatch.setattr(store, "refuse_illegal", lambda name: None)
    monkeypatch.setattr(store, "worst_events", lambda name, since: "BackOff web-1: no image")
    monkeypatch.setattr(store, "report", lambda outputs: None)
    monkeypatch.setattr("commands.stacks.outputs", lambda program, name: {"url": "http://nike"})
    return cli


def test_one_call_makes_a_store_with_all_that_was_asked(cli: Cli) -> None:
    store.create("nike", {"title": "Nike = shoes", "plan": "", "admin_email": "a@b.org"}, ["currency=USD"])
    assert cli.asked == [
        "up --stack nike --yes --skip-preview --config=title=Nike = shoes --config=adminEmail=a@b.org"
        " --config=currency=USD"
    ]


def test_an_empty_setting_goes_back_to_its_default(cli: Cli) -> None:
    store.create("nike", {}, ["currency="])
    assert cli.asked == ["config rm --stack nike currency", "up --stack nike --yes --skip-preview"]


def test_a_mistyped_setting_is_refused_before_there_is_a_stack(cli: Cli) -> None:
    with pytest.raises(UserError, match="'currency' is not KEY=VALUE"):
        store.create("nike", {}, ["currency"])
    assert (cli.asked, stacks.names(STORES)) == ([], [])


def test_a_new_store_that_fails_is_taken_away_and_its_events_say_why(cli: Cli) -> None:
    cli.failing = ["up"]
    with pytest.raises(UserError) as failed:
        store.create("nike", {})
    assert (failed.value.cause, failed.value.detail) == ("it failed", "BackOff web-1: no image")
    assert cli.asked[1] == "destroy --stack nike --yes --skip-preview --refresh"
    assert stacks.names(STORES) == []


def test_an_existing_store_that_fails_keeps_its_configuration(cli: Cli, tmp_path: Path) -> None:
    store.create("nike", {})
    file = tmp_path / "stacks" / "Pulumi.nike.yaml"
    file.write_text("config:\n  stores:currency: EUR\n")
    cli.failing = ["config"]
    with pytest.raises(UserError):
        store.create("nike", {}, ["currency="])
    assert "EUR" in file.read_text()
    assert stacks.names(STORES) == ["nike"]


def test_destroy_looks_first_only_when_something_is_missing(cli: Cli) -> None:
    for failing, expected in (
        ([], ["destroy --stack nike --yes --skip-preview"]),
        (
            ["destroy"],
            ["destroy --stack nike --yes --skip-preview", "destroy --stack nike --yes --skip-preview --refresh"],
        ),
    ):
        store.create("nike", {})
        cli.asked.clear()
        cli.failing = [*failing]
        store.destroy("nike")
        assert cli.asked == expected
        assert stacks.names(STORES) == []


def test_destroying_what_is_not_there_is_refused(cli: Cli) -> None:
    with pytest.raises(UserError, match="there is no store 'nike'"):
        store.destroy("nike")
    assert cli.asked == []


def test_only_events_of_this_attempt_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def event(reason: str, **times: str | None) -> dict[str, object]:
        return {"reason": reason, "involvedObject": {"name": "web"}, "message": "m", **times}

    events = [
        event("Old", lastTimestamp="2026-01-02T03:04:04Z"),
        event("Scheduling", lastTimestamp=None, eventTime="2026-01-02T03:04:05.100000Z"),
        event("New", lastTimestamp="2026-01-02T03:04:09Z"),
        event("New", lastTimestamp="2026-01-02T03:04:10Z"),
    ]
    monkeypatch.setattr(store, "run", lambda *arguments, **options: json.dumps({"items": events}))
    assert store.worst_events("nike", SINCE) == "Scheduling web: m\nNew web: m"
    monkeypatch.setattr(store, "run", lambda *arguments, **options: "The connection was refused")
    assert store.worst_events("nike", SINCE) == ""

"""The verbs, with an operation that ends as the test says."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from dashboard.documents import Done
from dashboard.model import Failure, Kind, Operation
from dashboard.settings import Settings
from dashboard.stacks import Stacks
from terminal import store as module
from terminal.store import Terminal, told, where_to_look
from toolbox.errors import UserError

OUTPUTS = {
    "url": "http://nike.127.0.0.1.nip.io:8080", "namespace": "store-nike", "adminLogin": "admin", "notice": "",
    "adminSecretName": "store-secrets", "adminSecretKey": "admin-password",
}  # fmt: skip
STACK = {"urn": "urn:pulumi:nike::stores::pulumi:pulumi:Stack::x", "type": "pulumi:pulumi:Stack", "outputs": OUTPUTS}
FAILED = Failure("Refused", "the image has no such plugin", "name another")


class World:
    """A state folder and a program in a temporary place; `outcome` is how the next operation ends."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stack = folder / "state" / ".pulumi" / "stacks" / "stores" / "nike.json"
        self.file = folder / "stacks" / "Pulumi.nike.yaml"
        self.lines: list[str] = []
        self.operations: list[Operation] = []
        self.outcome: Done | Failure = Done(None)
        self.reason: Failure | None = None
        program = folder / "stores"
        program.mkdir()
        for source in (Path(__file__).resolve().parents[2] / "stores").glob("*.*"):
            (program / source.name).write_text(source.read_text())
        (program / "Pulumi.yaml").write_text("name: stores\nruntime: python\nstackConfigDir: ../stacks\n")
        monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{folder / 'state'}")
        monkeypatch.setattr(module, "run", self._run)
        monkeypatch.setattr(module, "watching", lambda name: nullcontext(self))
        monkeypatch.setenv("STOREFLEET_VAR", str(folder))
        monkeypatch.setenv("STOREFLEET_DASHBOARD_PROGRAM", str(program))
        self.terminal = Terminal(Settings(), self.lines.append)
        self.meanwhile: Callable[[], None] = lambda: None

    def has_stack(self, *resources: Any) -> None:
        self.stack.parent.mkdir(parents=True, exist_ok=True)
        self.stack.write_text(json.dumps({"checkpoint": {"latest": {"resources": resources}}}))

    def has_configuration(self, text: str) -> None:
        self.file.parent.mkdir(exist_ok=True)
        self.file.write_text(text)

    def now(self) -> str:
        """As a lookout."""
        return ""

    def failure(self) -> Failure | None:
        """As a lookout."""
        return self.reason

    def _run(self, operation: Operation, *more: Any) -> Done | Failure:
        self.operations.append(operation)
        self.meanwhile()
        return self.outcome


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def test_a_store_is_asked_for_and_told_of(world: World) -> None:
    world.meanwhile = lambda: world.has_stack(STACK)
    world.terminal.create("nike", {"title": "Nike"}, {"currency": "USD"})
    (operation,) = world.operations
    assert operation.request is not None
    assert (operation.kind, operation.request.title, operation.request.settings) == (
        Kind.CREATE, "Nike", {"currency": "USD"},
    )  # fmt: skip
    assert world.lines[0].startswith("nike is ready after ")
    assert "curl -H 'Host: nike.127.0.0.1.nip.io' http://127.0.0.1:8080/" in world.lines[1]


def test_a_store_made_elsewhere_keeps_what_its_state_says(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(stacks: Stacks, name: str) -> None:
        world.has_configuration(f"config: {{stores:title: {name} of old}}\n")

    monkeypatch.setattr(Stacks, "fetch_configuration", fetch)
    world.has_stack(STACK)
    world.terminal.create("nike", {"plan": "medium"}, {})
    request = world.operations[0].request
    assert request is not None
    assert (request.title, request.plan) == ("nike of old", "medium")


def test_what_is_illegal_reaches_no_operation(world: World) -> None:
    with pytest.raises(UserError, match="'huge' is not a plan"):
        world.terminal.create("nike", {"plan": "huge"}, {})
    assert world.operations == []


def test_a_new_store_that_could_not_be_begun_leaves_nothing(world: World) -> None:
    def begin() -> None:
        world.has_stack()
        world.has_configuration("config: {}\n")

    world.outcome, world.meanwhile = FAILED, begin
    with pytest.raises(UserError, match="no such plugin"):
        world.terminal.create("nike", {}, {})
    assert not world.stack.exists() and not world.file.exists()


def test_an_empty_stack_that_somebody_works_on_stays(world: World) -> None:
    lock = world.stack.parents[2] / "locks" / "organization" / "stores" / "nike" / "one.json"
    lock.parent.mkdir(parents=True)
    lock.write_text("{}")
    world.outcome, world.meanwhile = FAILED, world.has_stack
    with pytest.raises(UserError):
        world.terminal.create("nike", {}, {})
    assert world.stack.exists()


def test_an_existing_store_keeps_its_configuration(world: World) -> None:
    world.has_stack(STACK)
    world.has_configuration("config: {stores:plan: medium}\n")
    world.outcome, world.meanwhile = FAILED, lambda: world.has_configuration("config: {stores:plan: large}\n")
    with pytest.raises(UserError):
        world.terminal.create("nike", {"plan": "large"}, {})
    assert "medium" in world.file.read_text()


def test_the_cluster_knows_better_why_something_took_too_long(world: World) -> None:
    world.outcome = Failure("Timeout", "the store did not become ready in time", "look at its pods")
    world.reason = Failure("ImagePull", "Pod/web-1 cannot pull its image", "check its name")
    with pytest.raises(UserError, match="cannot pull its image") as failed:
        world.terminal.create("nike", {}, {})
    assert failed.value.cure == "check its name"
    world.reason = None
    with pytest.raises(UserError, match="did not become ready in time"):
        world.terminal.create("nike", {}, {})


def test_what_has_no_explanation_names_its_log() -> None:
    assert told(Failure("Crashed", "its process ended", ""), "read x.log").cure == "read x.log"
    assert told(FAILED, "read x.log").cure == "name another"


def test_only_what_is_there_is_destroyed(world: World) -> None:
    with pytest.raises(UserError, match="there is no store 'nike'"):
        world.terminal.destroy("nike")
    world.has_stack(STACK)
    world.terminal.destroy("nike")
    assert [operation.kind for operation in world.operations] == [Kind.DELETE]
    assert world.lines == ["nike is gone"]


def test_stores_are_listed(world: World) -> None:
    world.terminal.show()
    world.has_stack(STACK)
    world.terminal.show()
    assert world.lines == ["no stores yet; make one with 'make store NAME=…'", "nike"]


def test_a_notice_is_told() -> None:
    assert [*where_to_look({**OUTPUTS, "notice": "no plugin"})][-1].endswith("no plugin")

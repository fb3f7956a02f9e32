"""Stacks in a folder by their files, in any other backend by the CLI."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from commands import stacks
from commands.pulumi import STORES
from toolbox.errors import UserError
from toolbox.paths import ROOT

STACK = {"urn": "urn:pulumi:x::stores::pulumi:pulumi:Stack::x", "type": "pulumi:pulumi:Stack", "outputs": {"url": "u"}}
Asked = list[list[str]]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: stores\nruntime: python\n")
    return folder


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Asked]:
    """Choose a backend and what the CLI answers; returned is what it will have been asked."""

    def choose(url: str, answer: str = "") -> Asked:
        asked: Asked = []

        def pulumi(arguments: Sequence[str], cwd: Path) -> str:
            asked.append(list(arguments))
            return answer

        monkeypatch.setenv("PULUMI_BACKEND_URL", url)
        monkeypatch.setattr(stacks, "pulumi", pulumi)
        monkeypatch.setattr(stacks, "VAR", tmp_path)
        return asked

    return choose


def test_in_a_folder_the_cli_is_never_asked(program: Path, backend: Callable[..., Asked], tmp_path: Path) -> None:
    asked = backend(f"file://{tmp_path}")
    file = tmp_path / ".pulumi" / "stacks" / "stores" / "nike.json"
    configuration = tmp_path / "stacks" / "Pulumi.nike.yaml"
    assert stacks.names(program) == []
    stacks.create(program, "nike")
    assert (stacks.names(program), stacks.outputs(program, "nike")) == (["nike"], {})
    file.write_text(json.dumps({"checkpoint": {"latest": {"resources": [STACK]}}}))
    assert stacks.outputs(program, "nike") == {"url": "u"}
    file.write_text(json.dumps({"checkpoint": {"latest": {"resources": []}}}))
    configuration.parent.mkdir()
    configuration.write_text("config: {}\n")
    stacks.remove(program, "nike")
    assert (stacks.names(program), asked, configuration.exists(), file.exists()) == ([], [], False, False)


def test_a_stack_that_holds_something_is_left_to_the_cli(
    program: Path, backend: Callable[..., Asked], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend(f"file://{tmp_path}")
    file = tmp_path / ".pulumi" / "stacks" / "stores" / "nike.json"
    stacks.create(program, "nike")
    lock = tmp_path / ".pulumi" / "locks" / "organization" / "stores" / "nike" / "one.json"
    lock.parent.mkdir(parents=True)

    def refuse(arguments: Sequence[str], cwd: Path) -> str:
        assert arguments[:3] == ["stack", "rm", "nike"]
        raise UserError("it still has resources", "destroy it")

    monkeypatch.setattr(stacks, "pulumi", refuse)
    held, torn, locked = json.dumps({"checkpoint": {"latest": {"resources": [STACK]}}}), "{", file.read_text()
    for text in (held, torn, locked):
        file.write_text(text)
        lock.write_text("{}") if text == locked else None
        with pytest.raises(UserError, match="still has resources"):
            stacks.remove(program, "nike")
        assert file.read_text() == text


def test_a_torn_state_has_no_outputs_but_a_cure(program: Path, backend: Callable[..., Asked], tmp_path: Path) -> None:
    backend(f"file://{tmp_path}")
    stacks.create(program, "nike")
    (tmp_path / ".pulumi" / "stacks" / "stores" / "nike.json").write_text("{")
    with pytest.raises(UserError, match="state of nike is not a checkpoint"):
        stacks.outputs(program, "nike")


def test_elsewhere_the_cli_does_all(program: Path, backend: Callable[..., Asked]) -> None:
    listed = json.dumps([{"name": "organization/stores/nike"}, {"name": "adidas"}])
    asked = backend("postgres://host/db", listed)
    assert stacks.names(program) == ["adidas", "nike"]
    stacks.create(program, "nike")
    stacks.remove(program, "nike")
    assert [" ".join(arguments[:3]) for arguments in asked] == [
        "stack ls --json", "stack init --no-select", "stack rm nike",
    ]  # fmt: skip
    backend("s3://bucket", '{"url": "u"}')
    assert stacks.outputs(program, "nike") == {"url": "u"}


@pytest.mark.parametrize(("program", "project"), [(ROOT, "storefleet"), (STORES, "stores")])
def test_a_program_names_its_project(
    program: Path, project: str, backend: Callable[..., Asked], tmp_path: Path
) -> None:
    backend(f"file://{tmp_path}")
    stacks.create(program, "nike")
    assert [file.parent.name for file in (tmp_path / ".pulumi" / "stacks").glob("*/nike.json")] == [project]

"""Stacks of a program in the state backend: by their files where it is a folder of this machine, else through the CLI.

Each start of the CLI takes half a second, which a person at a terminal waits for; a file takes none.
"""

import json
import re
from pathlib import Path
from typing import Any

from commands.pulumi import environment, pulumi
from dashboard.backend import CorruptState, FileBackend
from toolbox.errors import UserError
from toolbox.paths import VAR


def names(program: Path) -> list[str]:
    """The stacks of the program in that folder, in alphabetical order. Raises `UserError` as the CLI does."""
    if folder := _folder(program):
        return sorted(folder.files())
    listed = json.loads(pulumi(["stack", "ls", "--json"], program))
    return sorted(stack["name"].rsplit("/", 1)[-1] for stack in listed)


def create(program: Path, name: str) -> None:
    """Make an empty stack; the first `up` completes it. In a folder, one that is there stays as it is."""
    if folder := _folder(program):
        folder.create(name)
    else:
        pulumi(["stack", "init", "--no-select", name], program)


def outputs(program: Path, name: str) -> dict[str, Any]:
    """What the last `up` of the stack put out; empty if there was none."""
    if folder := _folder(program):
        return _outputs(folder, name)
    return dict(json.loads(pulumi(["stack", "output", "--json", "--stack", name], program)))


def remove(program: Path, name: str) -> None:
    """Take away a stack that holds nothing any more, with its configuration, history and copies.

    Raises `UserError` for one that still holds something or is being worked on: the CLI says which.
    """
    folder = _folder(program)
    if folder and _is_idle_and_empty(folder, name):
        (VAR / "stacks" / f"Pulumi.{name}.yaml").unlink(missing_ok=True)
    else:
        pulumi(["stack", "rm", name, "--yes", "--remove-backups"], program)
    if folder:
        folder.forget(name)  # the CLI leaves empty folders


def _outputs(folder: FileBackend, name: str) -> dict[str, Any]:
    try:
        checkpoint = folder.read(name)
    except CorruptState as error:
        cure = f"'pulumi stack export -s {name}' says more; its copies lie in the state's folder, in backups"
        raise UserError(f"the state of {name} is {error}", cure) from None
    return dict(checkpoint.outputs) if checkpoint else {}


def _is_idle_and_empty(folder: FileBackend, name: str) -> bool:
    try:
        checkpoint = folder.read(name)
    except CorruptState:
        return False
    return checkpoint is not None and checkpoint.is_empty and not any((folder.locks / name).glob("*"))


def _folder(program: Path) -> FileBackend | None:
    """The folder with the program's stacks; None where the backend is none."""
    project = re.search(r"^name: *(\S+)", (program / "Pulumi.yaml").read_text(), re.MULTILINE)
    assert project, f"{program}/Pulumi.yaml names no project"
    return FileBackend.at(environment()["PULUMI_BACKEND_URL"], project[1])

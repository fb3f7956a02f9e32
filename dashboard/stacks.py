"""Stacks of one program in whatever backend: a folder read directly, any other through the CLI."""

import json
import os
from pathlib import Path
from typing import Any

from dashboard.backend import Checkpoint, CorruptState, FileBackend, parse
from dashboard.cli import pulumi
from dashboard.stackfile import Program

NOWHERE = Path("/nonexistent")


class Stacks:
    """What the provisioner needs of a backend besides running the engine."""

    def __init__(self, folder: FileBackend | None, program: Program) -> None:
        self._folder, self._program = folder, program

    @classmethod
    def of(cls, program: Program) -> "Stacks":
        """Those in the backend that `PULUMI_BACKEND_URL` names."""
        return cls(FileBackend.at(os.environ.get("PULUMI_BACKEND_URL", ""), program.project), program)

    @property
    def is_folder(self) -> bool:
        """Whether locks and checkpoints are files of this machine."""
        return self._folder is not None

    def locks(self, name: str) -> Path:
        """The folder of the stack's locks."""
        return self._folder.locks / name if self._folder else NOWHERE

    def unlock(self, name: str) -> None:
        """Drop every lock of the stack: only after each owner is proven dead."""
        self._command("cancel", "--yes", "--stack", name)

    def read(self, name: str) -> Checkpoint | None:
        """The stack's checkpoint, None if there is no such stack. Raises `CorruptState`, `Failed`."""
        if self._folder:
            return self._folder.read(name)
        if name not in self.names():
            return None
        return parse(self._command("stack", "export", "--stack", name))

    def read_outputs(self, name: str) -> dict[str, Any]:
        """The stack's outputs; empty if it has none."""
        try:
            checkpoint = self.read(name)
        except CorruptState:
            return {}
        return dict(checkpoint.outputs) if checkpoint else {}

    def names(self) -> list[str]:
        """Every stack of the project."""
        if self._folder:
            return sorted(self._folder.files())
        return [stack["name"].rsplit("/", 1)[-1] for stack in json.loads(self._command("stack", "ls", "--json"))]

    def create(self, name: str) -> None:
        """Make an empty stack."""
        if self._folder:
            self._folder.create(name)
        else:
            self._command("stack", "init", "--no-select", name)

    def fetch_configuration(self, name: str) -> None:
        """Write the configuration of the stack's last update into its file, in place of what is there."""
        self._command("config", "refresh", "--force", "--stack", name)

    def restore(self, name: str) -> bool:
        """Put the newest readable copy in place of a broken checkpoint; False if there is none."""
        return self._folder.restore(name) if self._folder else False

    def usual_steps(self, name: str) -> int:
        """About how many steps an `up` has: as many as the stack has resources, or another one if it is new."""
        if not self._folder:
            return 0
        newest_first = sorted(self._folder.files().items(), key=lambda item: (item[0] != name, -item[1][0]))
        for candidate, _ in newest_first:
            try:
                checkpoint = self._folder.read(candidate)
            except CorruptState:
                continue
            if checkpoint and checkpoint.is_finished:
                return checkpoint.steps
        return 0

    def forget(self, name: str) -> None:
        """Remove the stack with its history and copies; what it may still hold is not looked at."""
        if self._folder:
            self._folder.forget(name)
        elif name in self.names():
            self._command("stack", "rm", "--yes", "--force", "--remove-backups", "--stack", name)

    def _command(self, *arguments: str) -> str:
        return pulumi(arguments, self._program.folder)

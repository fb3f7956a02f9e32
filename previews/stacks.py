"""Which stacks there are, and with which configuration each was brought up last. Reads only."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dashboard.backend import CorruptState, FileBackend
from dashboard.cli import pulumi
from dashboard.stackfile import Program
from dashboard.stacks import Stacks
from toolbox.errors import UserError
from toolbox.paths import ROOT, VAR

KEPT_OF_PLATFORM = ("publicPort", "dashboard")
"""What `make platform` adds to the committed file, and only the last update knows."""


@dataclass(frozen=True)
class Target:
    """A stack to preview: its program's folder, that of its code, and its configuration as Pulumi writes it."""

    project: str
    name: str
    program: Path
    code: Path
    config: Mapping[str, Any]

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name if self.project == "stores" else f"platform {self.name}"


class Backend:
    """What Pulumi's backend knows of the two programs of the checkout `root`. Raises `UserError`, `Failed`."""

    def __init__(self, url: str, root: Path = ROOT) -> None:
        self._root = root
        self._stores, self._platform = Program(root / "stores"), Program(root)
        self._folders = {p.project: FileBackend.at(url, p.project) for p in (self._stores, self._platform)}

    def names(self) -> list[str]:
        """Every store's stack."""
        return self._stacks(self._stores).names()

    def platforms(self) -> list[str]:
        """The platform's stacks that have their state in this backend, and a file in this checkout.

        Where the stores' state is elsewhere (ADR 9), the backend has a platform of outputs alone: that is left out.
        """
        stacks = self._stacks(self._platform)
        return [name for name in stacks.names() if self._platform.stack_file(name).exists() and self._is_whole(name)]

    def store(self, name: str) -> Target:
        """A store's stack: configured by its file in this checkout, or else as it was at its last update."""
        file = self._stores.stack_file(name)
        config = _entries(file.read_text()) if file.exists() else self._last(self._stores, name)
        return Target("stores", name, self._stores.folder, self._stores.folder, config)

    def platform(self, name: str) -> Target:
        """A platform's stack: configured by its committed file, as `make platform` does it."""
        committed = _entries(self._platform.stack_file(name).read_text())
        prefix = f"{self._platform.project}:"
        last = self._last(self._platform, name)
        kept = {prefix + key: last[prefix + key] for key in KEPT_OF_PLATFORM if prefix + key in last}
        images = str(committed.get(prefix + "imagesFile", ""))
        if images.startswith("var/"):  # the generated folder may lie elsewhere than in the checkout
            committed[prefix + "imagesFile"] = str(VAR / images.removeprefix("var/"))
        return Target(
            self._platform.project, name, self._platform.folder, self._root / "platform", {**kept, **committed}
        )

    def _is_whole(self, name: str) -> bool:
        try:
            checkpoint = self._stacks(self._platform).read(name)
        except CorruptState:
            return True  # its preview says what is wrong
        return checkpoint is not None and checkpoint.steps > 0

    def _stacks(self, program: Program) -> Stacks:
        return Stacks(self._folders[program.project], program)

    def _last(self, program: Program, name: str) -> dict[str, Any]:
        """The configuration of the last update; secrets stay encrypted."""
        folder = self._folders[program.project]
        if folder:
            return folder.configuration(name)
        with tempfile.TemporaryDirectory(prefix="storefleet-") as home:
            file = Path(home) / f"Pulumi.{name}.yaml"
            pulumi(["config", "refresh", "--force", "--stack", name, "--config-file", str(file)], program.folder)
            return _entries(file.read_text())


def write_config(config: Mapping[str, Any], file: Path) -> None:
    """A stack's configuration file, readable by its owner only. The salt is not needed: the state has it."""
    file.touch(mode=0o600)
    file.write_text(yaml.safe_dump({"config": dict(config)}))


def _entries(text: str) -> dict[str, Any]:
    try:
        document = yaml.safe_load(text) or {}
        return dict(document.get("config") or {})
    except (yaml.YAMLError, AttributeError):
        raise UserError("a stack's configuration file is not YAML", "mend it, or restore it with git") from None

"""Every store that Pulumi's backend knows, whoever made it: a terminal, the dashboard, CI.

A folder is read directly, and of it only the files that changed; any other backend is asked through the
CLI, and about a stack only after its last update changed.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dashboard.backend import CorruptState, FileBackend
from dashboard.cli import pulumi
from dashboard.model import Existing, Outputs
from dashboard.provisioner import Failed
from dashboard.stackfile import Program

OWN_KEYS = frozenset({"engine", "plan", "title", "adminUser", "adminEmail", "platform", "timeoutSeconds"})
"""Configuration of every store; each other key is a setting of its engine."""

Mark = tuple[object, ...]


class StackInventory:
    """`Inventory` of one program. For one thread."""

    def __init__(self, program: Program, backend: FileBackend | None) -> None:
        self._program, self._backend = program, backend
        self._known: dict[str, tuple[Mark, Mapping[str, Any] | None]] = {}

    @classmethod
    def at(cls, folder: Path, url: str) -> "StackInventory":
        """Of the program in `folder` and the backend of `PULUMI_BACKEND_URL`."""
        program = Program(folder)
        return cls(program, FileBackend.at(url, program.project))

    def stores(self) -> Sequence[Existing]:
        """See `Inventory.stores`. A stack that somebody is making at this moment is not listed yet, an empty one never:
        it was not begun, or has been destroyed and is about to be removed."""
        marks = self._marks()
        self._known = {name: known for name, known in self._known.items() if name in marks}
        found = []
        for name, mark in sorted(marks.items()):
            if name not in self._known or self._known[name][0] != mark:
                self._known[name] = (mark, self._outputs(name))
            outputs = self._known[name][1]
            if outputs or (outputs is not None and not self._is_locked(name)):
                found.append(existing(name, outputs, self._program.config(name)))
        return found

    def login(self, name: str) -> str:
        """Whom the administrator's password belongs to."""
        return str(
            (self._outputs(name) or {}).get("adminLogin") or self._program.config(name).get("adminUser") or "admin"
        )

    def _marks(self) -> dict[str, Mark]:
        """Stack name -> something that changes when the stack does."""
        if self._backend:
            return dict(self._backend.files())
        listed = json.loads(pulumi(["stack", "ls", "--json"], self._program.folder))
        return {
            stack["name"].rsplit("/", 1)[-1]: (stack.get("lastUpdate"), stack.get("updateInProgress"))
            for stack in listed
            if stack.get("resourceCount") != 0
        }

    def _outputs(self, name: str) -> Mapping[str, Any] | None:
        """A stack's outputs, {} while it is incomplete; None where it is empty."""
        try:
            if self._backend:
                checkpoint = self._backend.read(name)
                if checkpoint and checkpoint.is_empty:
                    return None
                return checkpoint.outputs if checkpoint and checkpoint.is_finished else {}
            said: dict[str, Any] = json.loads(
                pulumi(["stack", "output", "--json", "--stack", name], self._program.folder)
            )
            return said
        except (CorruptState, Failed, ValueError):
            return {}  # one broken stack hides no other

    def _is_locked(self, name: str) -> bool:
        return self._backend is not None and any((self._backend.locks / name).glob("*.json"))


def existing(name: str, outputs: Mapping[str, Any], config: Mapping[str, Any]) -> Existing:
    """A store from its stack's outputs and configuration; what was deployed wins over what is configured."""
    settings = {key: str(value) for key, value in config.items() if key not in OWN_KEYS}
    return Existing(
        name=name,
        outputs=read_outputs(outputs),
        engine=str(outputs.get("engine") or config.get("engine", "")),
        plan=str(outputs.get("plan") or config.get("plan", "")),
        title=str(outputs.get("title") or config.get("title", "")),
        admin_email=str(config.get("adminEmail", "")),
        settings=settings,
    )


def read_outputs(outputs: Mapping[str, Any]) -> Outputs | None:
    """The stack's outputs by the names that the dashboard uses; None if they are not a store's."""
    try:
        settings = outputs.get("settings")
        return Outputs(
            url=str(outputs["url"]), namespace=str(outputs["namespace"]), engine=str(outputs["engine"]),
            chart_version=str(outputs["chartVersion"]), admin_secret_name=str(outputs["adminSecretName"]),
            admin_secret_key=str(outputs["adminSecretKey"]), notice=str(outputs.get("notice", "")),
            settings={k: str(v) for k, v in settings.items()} if isinstance(settings, dict) else {},
        )  # fmt: skip
    except KeyError:
        return None

"""A store's configuration file, the same that `pulumi config set` writes."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from dashboard.model import Request


class Program:
    """The folder of a Pulumi program: its project's name and where its stacks' files lie."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        project: dict[str, Any] = yaml.safe_load((self.folder / "Pulumi.yaml").read_text())
        self.project = str(project["name"])
        self._stacks = (self.folder / str(project.get("stackConfigDir", "."))).resolve()

    def stack_file(self, name: str) -> Path:
        """Where Pulumi keeps the configuration of the stack `name`."""
        return self._stacks / f"Pulumi.{name}.yaml"

    def config(self, name: str) -> dict[str, Any]:
        """The stack's plain configuration without the project's prefix; empty if there is none."""
        prefix = f"{self.project}:"
        entries = (_read(self.stack_file(name)).get("config") or {}).items()
        return {key.removeprefix(prefix): v for key, v in entries if key.startswith(prefix) and not isinstance(v, dict)}

    def configure(self, request: Request, platform: str) -> bool:
        """Write what is asked into the stack's file; False if that changed nothing.

        A key with an empty value goes back to its default; keys that the request does not name stay,
        so what was set in a terminal stays. Encrypted values and the salt are not touched. A file that
        is not YAML any more (a machine that died while writing) is made anew.
        """
        asked = {
            "engine": request.engine, "plan": request.plan, "title": request.title,
            "adminEmail": request.admin_email, "platform": platform, **request.settings,
        }  # fmt: skip
        file = self.stack_file(request.name)
        document = _read(file)
        config = dict(document.get("config") or {})
        for key, value in asked.items():
            if value:
                config[f"{self.project}:{key}"] = value
            else:
                config.pop(f"{self.project}:{key}", None)
        if config == document.get("config"):
            return False
        _write(file, {**document, "config": config})
        return True

    def forget(self, name: str) -> None:
        """Delete the stack's configuration."""
        self.stack_file(name).unlink(missing_ok=True)


def _read(file: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(file.read_text())
    except (FileNotFoundError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return document if isinstance(document, dict) else {}


def _write(file: Path, document: Mapping[str, Any]) -> None:
    """All or nothing, also when the machine dies."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    with os.fdopen(handle, "w") as stream:
        yaml.safe_dump(dict(document), stream, sort_keys=True, allow_unicode=True)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, file)

"""What Pulumi's state backend knows about stacks, read without the CLI where it is a folder.

The layout of the folder is that of Pulumi's DIY backend (`pkg/backend/diy`): a checkpoint per stack,
the one before it as `.bak`, one more per update in `backups`, a lock per running command in `locks`.
"""

import gzip
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

Document = Mapping[str, Any]
RELEASE, SECRET, STACK = "kubernetes:helm.sh/v3:Release", "kubernetes:core/v1:Secret", "pulumi:pulumi:Stack"


class CorruptState(Exception):
    """A checkpoint that is not one: truncated, empty, or not JSON."""


@dataclass(frozen=True)
class Checkpoint:
    """A stack's resources, and the operations on them that had begun when it was written.

    `is_copy` marks one that took the place of a broken one, and may be older than the truth.
    """

    resources: Sequence[Document]
    pending: Sequence[Document]
    is_copy: bool = False

    @property
    def outputs(self) -> Document:
        """The stack's outputs; empty before the first success."""
        return next((r.get("outputs", {}) for r in self.resources if r["type"] == STACK), {})

    def of_type(self, kind: str) -> list[Document]:
        """The resources of one type."""
        return [resource for resource in self.resources if resource["type"] == kind]

    @property
    def is_finished(self) -> bool:
        """Whether the store was complete once: its release is there and did not fail half-way."""
        return any(not release.get("initErrors") for release in self.of_type(RELEASE))

    @property
    def steps(self) -> int:
        """How many resources are shown to people as steps."""
        return sum(1 for resource in self.resources if not resource["type"].startswith("pulumi:"))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left that a destroy would have to delete."""
        return not self.resources and not self.pending


def parse(text: str | bytes) -> Checkpoint:
    """A checkpoint file, or the output of `pulumi stack export`. Raises `CorruptState`."""
    try:
        document = json.loads(text)
        latest = document["deployment"] if "deployment" in document else document["checkpoint"].get("latest") or {}
        resources, pending = latest.get("resources") or [], latest.get("pending_operations") or []
        if not all("urn" in r and "type" in r for r in resources):
            raise KeyError("urn")
        return Checkpoint(tuple(resources), tuple(pending))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptState(f"not a checkpoint ({type(error).__name__})") from None


class FileBackend:
    """A backend in a folder of this machine (or of a volume): `file://…`."""

    def __init__(self, folder: Path, project: str) -> None:
        self._root, self._project = folder / ".pulumi", project
        self.locks = self._root / "locks" / "organization" / project

    @classmethod
    def at(cls, url: str, project: str) -> "FileBackend | None":
        """The backend of a `file://` URL; None for any other."""
        parts = urlsplit(url)
        if parts.scheme != "file":
            return None
        path = unquote(parts.netloc + parts.path)
        return cls(Path(path).expanduser(), project)

    def files(self) -> dict[str, tuple[int, int]]:
        """Stack name -> (time of change in ns, size) of its checkpoint: changes when the stack does."""
        found = {}
        for file in self._stacks():
            try:
                status = file.stat()
            except FileNotFoundError:
                continue  # removed since it was listed
            found[_stem(file)] = (status.st_mtime_ns, status.st_size)
        return found

    def exists(self, name: str) -> bool:
        """Whether there is a stack `name`, readable or not."""
        return self._file(name) is not None

    def read(self, name: str) -> Checkpoint | None:
        """The checkpoint of `name`, None if there is no such stack. Raises `CorruptState`."""
        file = self._file(name)
        if file is None:
            return None
        try:
            return _load(file)
        except FileNotFoundError:
            return None

    def configuration(self, name: str) -> dict[str, Any]:
        """The configuration of the last update, as in a stack's file; empty if there was none, or it cannot be read.

        Secrets are as encrypted as in the file. `pulumi config refresh` answers the same, and writes a file.
        """
        found = sorted((self._root / "history" / self._project / name).glob(f"{name}-*.history.json*"), reverse=True)
        for file in found:
            if file.suffix == ".attrs":
                continue
            with suppress(OSError, CorruptState, ValueError, KeyError, TypeError):
                return dict(json.loads(_content(file))["config"])
        return {}

    def create(self, name: str) -> None:
        """Make the empty stack that `pulumi stack init` makes, 0.7 s sooner; none if it is there.

        The first update adds what this leaves out: time, version and the encryption's salt.
        """
        file = self._root / "stacks" / self._project / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        empty = {"version": 3, "checkpoint": {"stack": f"organization/{self._project}/{name}", "latest": None}}
        temporary = file.with_name(f".{name}.created")
        temporary.write_text(json.dumps(empty, indent=4))
        temporary.chmod(0o600)
        with suppress(FileExistsError):
            file.hardlink_to(temporary)  # unlike a rename it never replaces; nobody sees it half written
        temporary.unlink()

    def restore(self, name: str) -> bool:
        """Put the newest readable copy in place of a broken checkpoint; False if there is none."""
        file = self._file(name)
        folder = self._root / "backups" / self._project / name
        copies = sorted(folder.glob(f"{name}.*.json*"), reverse=True) if folder.exists() else []
        previous = [] if file is None else [file.with_name(file.name + ".bak")]
        for copy in (*previous, *copies):
            if copy.suffix == ".attrs" or not copy.exists():
                continue
            try:
                _load(copy)
            except CorruptState:
                continue
            target = self._root / "stacks" / self._project / f"{name}.json"
            temporary = target.with_name(f".{name}.restored")
            shutil.copyfile(copy, temporary)
            target.with_name(target.name + ".attrs").unlink(missing_ok=True)  # the digest of the broken one
            temporary.replace(target)
            return True
        return False

    def forget(self, name: str) -> None:
        """Delete every file of the stack: checkpoint, copies, history, locks."""
        for kind in ("backups", "history", "locks/organization"):
            shutil.rmtree(self._root / kind / self._project / name, ignore_errors=True)
        for file in (self._root / "stacks" / self._project).glob(f"{name}.json*"):
            file.unlink(missing_ok=True)

    def left(self, name: str) -> list[Path]:
        """What still has the stack's name."""
        kinds = ("backups", "history", "locks/organization")
        folders = [self._root / kind / self._project / name for kind in kinds]
        return [f for f in folders if f.exists()] + list((self._root / "stacks" / self._project).glob(f"{name}.json*"))

    def _stacks(self) -> Iterator[Path]:
        folder = self._root / "stacks" / self._project
        yield from (f for pattern in ("*.json", "*.json.gz") for f in folder.glob(pattern))

    def _file(self, name: str) -> Path | None:
        folder = self._root / "stacks" / self._project
        return next((f for suffix in (".json", ".json.gz") if (f := folder / (name + suffix)).exists()), None)


def _stem(file: Path) -> str:
    return file.name.split(".json")[0]


def _content(file: Path) -> bytes:
    """What a file of the backend holds, which may be compressed. Raises `CorruptState`."""
    content = file.read_bytes()
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError) as error:
            raise CorruptState(f"not a checkpoint ({type(error).__name__})") from None
    return content


def _load(file: Path) -> Checkpoint:
    return parse(_content(file))

"""What building needs of a program that builds images. `images.buildah` and `images.docker` provide it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Order:
    """One image to build: `folder` holds the Containerfile and all that it copies; `ref` is the name it gets.

    `arguments` are build arguments, `labels` are put onto the image. `authorities` is a file of certificate
    authorities that the build may mount as the secret `ca` and that never becomes part of the image.
    """

    folder: Path
    ref: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    authorities: Path | None = None

    def options(self) -> list[str]:
        """The options that every builder understands alike."""
        secret = [f"--secret=id=ca,src={self.authorities}"] if self.authorities else []
        return [
            *(f"--build-arg={name}={value}" for name, value in self.arguments.items()),
            *(f"--label={name}={value}" for name, value in self.labels.items()),
            *secret,
            f"--tag={self.ref}",
        ]


class Builder(Protocol):
    """Every method raises `CommandFailed` when the program fails; what it printed is in `log` where there is one."""

    def pull(self, ref: str) -> None:
        """Fetch `ref` (repository@digest) from its registry unless it is here; other content is refused."""

    def build(self, order: Order, log: Path) -> None:
        """Build an image. A second build of the same content finds every layer in the builder's cache."""

    def ask(self, ref: str, command: tuple[str, ...]) -> str:
        """Run `command`, which needs no network, in the image and return what it printed."""

    def save(self, ref: str, archive: Path, log: Path) -> None:
        """Write the image to the new file `archive` as a docker-archive that names it `ref`."""

    def push(self, ref: str, archive: Path, target: str, plain_http: bool) -> str:
        """Push `ref`, taken from `archive` if the builder lost it, as `target`; return the digest that it has there."""

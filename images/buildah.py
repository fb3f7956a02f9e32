"""Images by buildah: no daemon, and a storage of our own under `var`. What the embedded cluster uses."""

import resource
from pathlib import Path

from images.builder import Order
from toolbox.paths import BUILDER
from toolbox.process import run

BUILDAH = ("buildah", f"--root={BUILDER / 'root'}", f"--runroot={BUILDER / 'run'}", "--storage-driver=overlay")
ISOLATION = "--isolation=chroot"
"""Needs no container runtime, and no control groups that a build in a container would not have."""

OPEN_FILES = 65536


def buildah(*arguments: str, log: Path | None = None) -> str:
    """Run buildah on the storage under `var`; returns what it printed unless it goes to `log`."""
    return run([*BUILDAH, *arguments], log=log, env={"BUILDAH_FORMAT": "docker"})


def build_arguments(order: Order) -> list[str]:
    """What follows `buildah` to build `order`."""
    return ["bud", "--layers", ISOLATION, open_files(), *order.options(), str(order.folder)]


def open_files() -> str:
    """The option that gives a build room for open files, as Docker does: buildah's own limit of 1024 is sometimes
    too low for the bundler of Medusa's admin pages. Not above this process's own, which not everybody may raise."""
    mine = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = OPEN_FILES if mine == resource.RLIM_INFINITY else min(mine, OPEN_FILES)
    return f"--ulimit=nofile={most}:{most}"


def push_arguments(ref: str, target: str, digest_file: Path, plain_http: bool) -> list[str]:
    """What follows `buildah` to push `ref`."""
    insecure = ["--tls-verify=false"] if plain_http else []
    return ["push", "-q", *insecure, f"--digestfile={digest_file}", ref, f"docker://{target}"]


class Buildah:
    """`images.builder.Builder` by buildah."""

    def pull(self, ref: str) -> None:
        """A digest that is in the storage is not asked for again: buildah's own policy."""
        buildah("pull", "-q", ref)

    def build(self, order: Order, log: Path) -> None:
        """See `Builder`."""
        buildah(*build_arguments(order), log=log)

    def ask(self, ref: str, command: tuple[str, ...]) -> str:
        """See `Builder`; the working container goes in any case."""
        container = buildah("from", "--pull-never", ref).split()[-1]
        try:
            return buildah("run", ISOLATION, container, "--", *command)
        finally:
            buildah("rm", container)

    def save(self, ref: str, archive: Path, log: Path) -> None:
        """See `Builder`."""
        buildah("push", "-q", ref, f"docker-archive:{archive}:{ref}", log=log)

    def push(self, ref: str, archive: Path, target: str, plain_http: bool) -> str:
        """See `Builder`. A login is buildah's own affair (`buildah login`)."""
        digest_file = archive.with_suffix(".digest")
        if not buildah("images", "-q", "--filter", f"reference={ref}").strip():
            buildah("pull", "-q", f"docker-archive:{archive}")
        buildah(*push_arguments(ref, target, digest_file, plain_http))
        return digest_file.read_text().strip()

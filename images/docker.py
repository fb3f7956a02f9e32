"""Images by Docker with BuildKit, or by podman, which understands the same words; on a machine of the user's own."""

import re
from dataclasses import dataclass
from pathlib import Path

from images.builder import Order
from toolbox.errors import UserError
from toolbox.process import CommandFailed, run

ENVIRONMENT = {
    "DOCKER_BUILDKIT": "1",  # Docker before 23 asks for it; the Containerfiles mount secrets and folders
    "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",  # an archive with them is an index, which not every cluster's tool loads
    "BUILDAH_FORMAT": "docker",  # podman: its own format has no place in a docker-archive
}
PODMAN = re.compile(r"^Client:\s+Podman", re.MULTILINE)
DIGEST = re.compile(r"digest: (sha256:[0-9a-f]{64})")
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Docker:
    """`images.builder.Builder` by the command line `program`; `podman` says that it is podman, whatever its name."""

    program: str = "docker"
    podman: bool = False

    def build_argv(self, order: Order) -> list[str]:
        """`docker build` builds for this machine and keeps the image here, whatever builder buildx has selected."""
        return [self.program, "build", f"--file={order.folder / 'Containerfile'}", *order.options(), str(order.folder)]

    def ask_argv(self, ref: str, command: tuple[str, ...]) -> list[str]:
        """The command replaces the image's entry point, as with buildah."""
        return [self.program, "run", "--rm", "--network=none", f"--entrypoint={command[0]}", ref, *command[1:]]

    def save_argv(self, ref: str, archive: Path) -> list[str]:
        """Both write a docker-archive unless told otherwise."""
        return [self.program, "save", f"--output={archive}", ref]

    def push_argvs(self, ref: str, target: str, digest_file: Path, plain_http: bool) -> list[list[str]]:
        """Docker pushes only what bears the target's name, and knows plain http to this machine by itself."""
        if not self.podman:
            return [[self.program, "tag", ref, target], [self.program, "push", target]]
        insecure = ["--tls-verify=false"] if plain_http else []
        return [[self.program, "push", *insecure, f"--digestfile={digest_file}", ref, target]]

    def pull(self, ref: str) -> None:
        """Docker would ask the registry even for a digest that is here."""
        if not self._has(ref):
            self._run([self.program, "pull", "--quiet", ref])

    def build(self, order: Order, log: Path) -> None:
        """See `Builder`."""
        self._run(self.build_argv(order), log)

    def ask(self, ref: str, command: tuple[str, ...]) -> str:
        """See `Builder`."""
        return self._run(self.ask_argv(ref, command))

    def save(self, ref: str, archive: Path, log: Path) -> None:
        """See `Builder`."""
        self._run(self.save_argv(ref, archive), log)

    def push(self, ref: str, archive: Path, target: str, plain_http: bool) -> str:
        """See `Builder`. A login is the program's own affair (`docker login`)."""
        digest_file = archive.with_suffix(".digest")
        if not self._has(ref):
            self._run([self.program, "load", f"--input={archive}"])
        printed = [self._run(argv) for argv in self.push_argvs(ref, target, digest_file, plain_http)][-1]
        return digest_file.read_text().strip() if self.podman else pushed_digest(printed, target)

    def _has(self, ref: str) -> bool:
        try:
            self._run([self.program, "image", "inspect", ref])
        except CommandFailed:
            return False
        return True

    def _run(self, argv: list[str], log: Path | None = None) -> str:
        return run(argv, log=log, env=ENVIRONMENT)


def pushed_digest(printed: str, target: str) -> str:
    """The digest that `docker push` named last; raises `UserError` when it named none."""
    if found := DIGEST.findall(printed):
        return str(found[-1])
    raise UserError(f"docker did not say which digest {target} has", "push it again, or use buildah")


def detect(program: str) -> Docker | None:
    """The builder behind `program`, or nothing when its engine does not answer within half a minute."""
    try:
        said = run([program, "version"], timeout=PATIENCE_SECONDS)
    except UserError:
        return None
    return Docker(program, podman=bool(PODMAN.search(said)))

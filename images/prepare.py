"""What must lie beside a Containerfile before it is built: a program, a file system, a copy of the checkout."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from images.recipes import HERE, MADE_HERE, RECIPES
from images.staging import stage
from toolbox import golang
from toolbox.errors import UserError
from toolbox.paths import LOGS
from toolbox.process import run

SUITE = "trixie"
SOURCES = "".join(
    f"deb http://deb.debian.org/{path} main\n"
    for path in (f"debian {SUITE}", f"debian {SUITE}-updates", f"debian-security {SUITE}-security")
)
UNWANTED = ("doc/*", "man/*", "locale/*", "info/*", "lintian/*")


def _make_base() -> None:
    if not shutil.which("mmdebstrap"):
        raise UserError(
            "the local base is made by mmdebstrap, which is not on PATH",
            "on Debian: apt-get install mmdebstrap; with a registry in reach: BASE=upstream",
        )
    tar = HERE / "base" / "base.tar"
    options = [f"--dpkgopt=path-exclude=/usr/share/{pattern}" for pattern in UNWANTED]
    options.insert(1, "--dpkgopt=path-include=/usr/share/doc/*/copyright")
    new = tar.with_name("base.tar.new")
    run(["mmdebstrap", "--variant=minbase", "--format=tar", "--include=ca-certificates", *options,
         '--aptopt=APT::Install-Recommends "false"', SUITE, str(new), "-"],
        stdin=SOURCES, log=LOGS / "image-base.log")  # fmt: skip
    os.replace(new, tar)


def _make_pause() -> None:
    run([golang.find(), "build", "-trimpath", "-ldflags=-s -w", "-o", "pause", "."],
        cwd=HERE / "pause", env=golang.environment(), log=LOGS / "image-pause.log")  # fmt: skip


def _make_busybox() -> None:
    shutil.copyfile("/bin/busybox", HERE / "busybox" / "busybox")
    (HERE / "busybox" / "busybox").chmod(0o755)


PREPARE: dict[str, Callable[[], None]] = {
    "base": _make_base,
    "pause": _make_pause,
    "busybox": _make_busybox,
    "dashboard": lambda: stage(RECIPES["dashboard"].sources),
}
assert {Path(made).parent.name for made in MADE_HERE} == set(PREPARE) - {"dashboard"}

"""The folder that the dashboard's image is built in: its Containerfile, the checkout, programs, wheels.

The wheels are fetched here and installed in the build without a network, so that hashes in `uv.lock`
are the only thing that decides what gets in.
"""

import os
import shutil
import sys
from pathlib import Path

from images.recipes import HERE
from toolbox.errors import UserError
from toolbox.paths import BIN, LOGS, ROOT, VAR
from toolbox.process import run

CONTEXT = VAR / "staging" / "dashboard"
"""Not beside the Containerfile: a second copy of the checkout would be found by every tool that looks at it."""

PYTHON = "3.13"
"""Debian trixie's."""

PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux1_x86_64")
PROGRAMS = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec", "kubectl")
PLUGINS = VAR / "pulumi" / "plugins"


def stage(sources: tuple[str, ...]) -> None:
    """Make `CONTEXT` anew from `sources`, folders and files of the checkout. Raises `UserError`."""
    if missing := [name for name in PROGRAMS if not (BIN / name).exists()]:
        raise UserError(f"the dashboard's image needs {', '.join(missing)} in {BIN}", "build them with 'make up'")
    shutil.rmtree(CONTEXT, ignore_errors=True)
    shutil.copytree(HERE / "dashboard", CONTEXT)
    for name in sources:
        source, target = ROOT / name, CONTEXT / "checkout" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    programs = CONTEXT / "programs"
    programs.mkdir()
    for name in PROGRAMS:
        _link(BIN / name, programs / name)
    for plugin in PLUGINS.glob("resource-kubernetes-*/*"):
        target = programs / "plugins" / plugin.parent.name / plugin.name
        target.parent.mkdir(parents=True, exist_ok=True)
        _link(plugin, target)
    _fetch_wheels()


def _link(source: Path, target: Path) -> None:
    """Hundreds of megabytes that need no copy when they lie on the same file system."""
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copy2(source, target)


def _fetch_wheels() -> None:
    log, requirements = LOGS / "image-dashboard.log", CONTEXT / "requirements.txt"
    uv, pip = VAR / "uv" / "bin" / "uv", VAR / "uv" / "bin" / "pip"
    run([str(uv), "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--output-file", str(requirements)],
        cwd=ROOT, env={"UV_PYTHON": sys.executable}, log=log)  # fmt: skip
    platforms = [f"--platform={platform}" for platform in PLATFORMS]
    run([str(pip), "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes",
         f"--python-version={PYTHON}", *platforms, "--requirement", str(requirements),
         "--dest", str(CONTEXT / "wheels")], log=log)  # fmt: skip

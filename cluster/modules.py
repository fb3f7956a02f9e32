"""Go modules of which a part is left out: a verified copy with a few files of ours in place.

The Go command builds a module from a folder when go.mod says `replace`. So each trimmed module
is copied from the module cache (whose content go.sum vouches for) to `var/build`, the files named
here are removed, and those under `go/overlay/<name>` are laid over it. Every other file stays
upstream's, byte for byte; which ones are not, and why, is in each overlay file's first comment
and in docs/decisions.
"""

import json
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from toolbox import golang
from toolbox.paths import VAR
from toolbox.process import run

SOURCES = Path(__file__).resolve().parent / "go"
WORK = VAR / "build"


@dataclass(frozen=True)
class Trim:
    """`removes` are paths in the module that go before the overlay `name` is laid over it."""

    module: str
    name: str
    removes: tuple[str, ...] = ()


TRIMS = (
    Trim("github.com/pulumi/pulumi-kubernetes/provider/v4", "provider"),
    Trim("github.com/go-acme/lego/v4", "lego"),
    Trim(
        "github.com/traefik/traefik/v3",
        "traefik",
        removes=(
            "pkg/provider/ecs", "pkg/provider/kv/redis",
            "pkg/plugins/builder.go", "pkg/plugins/providers.go", "pkg/plugins/middlewareyaegi.go",
            "pkg/plugins/middlewarewasm.go", "pkg/plugins/wasip.go", "pkg/plugins/wasip_mock.go",
            "pkg/observability/logs/wasm.go",
        ),
    ),
)  # fmt: skip

PROVIDER_DATA = ("schema.json", "terraform-mapping.json")


def prepare(log: Path) -> Path:
    """Download and trim; return the go.mod to build with (its go.sum beside it)."""
    run([golang.find(), "mod", "download"], cwd=SOURCES, env=golang.environment(), log=log)
    replaces = [f"replace {trim.module} => {_trimmed(trim)}" for trim in TRIMS]
    modfile = WORK / "trimmed.mod"
    modfile.write_text((SOURCES / "go.mod").read_text() + "\n" + "\n".join(replaces) + "\n")
    shutil.copyfile(SOURCES / "go.sum", modfile.with_suffix(".sum"))
    _provider_data(module_dir(TRIMS[0].module))
    return modfile


def module_dir(module: str) -> Path:
    """The read-only folder of the pinned `module` in Go's module cache."""
    found = run([golang.find(), "list", "-m", "-json", module], cwd=SOURCES, env=golang.environment())
    return Path(json.loads(found)["Dir"])


def _trimmed(trim: Trim) -> Path:
    source = module_dir(trim.module)
    target = WORK / trim.name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, copy_function=_copy_writable)
    for folder, _, _ in os.walk(target):
        os.chmod(folder, stat.S_IRWXU)
    for path in trim.removes:
        found = target / path
        if found.is_dir():
            shutil.rmtree(found)
        else:
            found.unlink()
    overlay = SOURCES / "overlay" / trim.name
    for file in overlay.rglob("*.go"):
        # A file in the wrong place would change nothing, and cost minutes unnoticed.
        if not (source / file.relative_to(overlay)).parent.is_dir():
            raise ValueError(f"{file} overlays a folder that upstream's module does not have")
    shutil.copytree(overlay, target, dirs_exist_ok=True)
    return target


def _copy_writable(source: str, target: str) -> None:
    shutil.copyfile(source, target)  # without the module cache's read-only mode
    shutil.copystat(source, target)
    os.chmod(target, stat.S_IRUSR | stat.S_IWUSR)


def _provider_data(provider: Path) -> None:
    """Put the two files that upstream's main embeds beside our main (git-ignored)."""
    for name in PROVIDER_DATA:
        source = provider / "cmd" / "pulumi-resource-kubernetes" / name
        shutil.copyfile(source, SOURCES / "cmd" / "pulumi-resource-kubernetes" / name)

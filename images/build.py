"""Build the images that changed and write `var/images.json`."""

import json
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cluster import config
from images import vendor
from images.builder import Order
from images.builders import builder
from images.recipes import EMBEDDED_ONLY, HERE, MADE_HERE, RECIPES, Recipe, lock, reference, wanted
from images.staging import CONTEXT, stage
from toolbox import golang
from toolbox.paths import LOGS, VAR
from toolbox.process import run
from toolbox.tasks import Task

ARCHIVES = VAR / "images"
INDEX = VAR / "images.json"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
SUITE = "trixie"
SOURCES = "".join(
    f"deb http://deb.debian.org/{path} main\n"
    for path in (f"debian {SUITE}", f"debian {SUITE}-updates", f"debian-security {SUITE}-security")
)
UNWANTED = ("doc/*", "man/*", "locale/*", "info/*", "lintian/*")
_index_lock = threading.Lock()


def tasks(after: tuple[str, ...] = (), engine: str = "") -> list[Task]:
    """One task per image that `engine` needs, for a scheduler; each waits for `after` and for its base."""
    needless = EMBEDDED_ONLY if config.external_kubeconfig() else frozenset()
    return [
        Task(f"image {r.name}", lambda r=r: build(r), r.weight, (*after, *([f"image {r.base}"] if r.base else [])))  # type: ignore[misc]
        for r in wanted(engine)
        if r.name not in needless
    ]


def archive(recipe: Recipe) -> Path:
    """Where the image's docker-archive lies."""
    return ARCHIVES / (reference(recipe).rpartition("/")[2].replace(":", "-") + ".tar")


def build(recipe: Recipe) -> None:
    """Build `recipe` unless its archive is there, and note it in the index.

    A killed build leaves no archive under the final name, so the next run makes it again.
    """
    ref, target = reference(recipe), archive(recipe)
    if target.exists() and _noted(recipe, ref):
        return
    ARCHIVES.mkdir(parents=True, exist_ok=True)
    PREPARE.get(recipe.name, lambda: None)()
    log, labels = LOGS / f"image-{recipe.name}.log", {}
    order = _order(recipe, ref)
    builder().build(order, log)
    if recipe.contents:  # what is inside, asked of the image itself and written onto it
        labels = json.loads(builder().ask(ref, recipe.contents).splitlines()[-1])
        builder().build(replace(order, labels=labels), log)
    new = target.with_suffix(".new")
    new.unlink(missing_ok=True)
    builder().save(ref, new, log)
    os.replace(new, target)
    _note(recipe, {"ref": ref, "archive": target.name, "labels": labels})


def _order(recipe: Recipe, ref: str) -> Order:
    """What the builder is told; with this machine's authorities, for npm behind a proxy that signs with one of them."""
    arguments = {"BASE": reference(RECIPES[recipe.base])} if recipe.base else {}
    if recipe.name == "wordpress":
        arguments |= vendor.arguments(vendor.FOLDER, lock()["vendor"])
    folder = CONTEXT if recipe.sources else HERE / recipe.name
    return Order(folder, ref, arguments, authorities=AUTHORITIES if AUTHORITIES.exists() else None)


def _noted(recipe: Recipe, ref: str) -> bool:
    return INDEX.exists() and json.loads(INDEX.read_text()).get(recipe.name, {}).get("ref") == ref


def _note(recipe: Recipe, entry: dict[str, object]) -> None:
    with _index_lock:  # images are built in parallel threads
        index = json.loads(INDEX.read_text()) if INDEX.exists() else {}
        index[recipe.name] = entry
        new = INDEX.with_suffix(".new")
        new.write_text(json.dumps(index, indent=1, sort_keys=True))
        os.replace(new, INDEX)


def _make_base() -> None:
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

"""Build the images that changed and write `var/images.json`."""

import functools
import json
import os
import threading
from dataclasses import replace
from pathlib import Path

from cluster import config
from images import vendor
from images.bases import Base, chosen
from images.builder import Order
from images.builders import builder
from images.prepare import PREPARE
from images.recipes import (
    EMBEDDED_ONLY,
    HERE,
    Recipe,
    base_reference,
    lock,
    reference,
    stands_on_upstream,
    upstream,
    wanted,
)
from images.staging import CONTEXT
from toolbox.errors import UserError
from toolbox.paths import LOGS, VAR
from toolbox.process import CommandFailed
from toolbox.tasks import Task

ARCHIVES = VAR / "images"
INDEX = VAR / "images.json"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
_index_lock, _pull_lock = threading.Lock(), threading.Lock()


def tasks(after: tuple[str, ...] = (), engine: str = "") -> list[Task]:
    """One task per image that `engine` needs, for a scheduler; each waits for `after` and for its base."""
    needless = EMBEDDED_ONLY if config.external_kubeconfig() else frozenset()
    if chosen() is Base.UPSTREAM:
        needless |= {"base"}
    recipes = {recipe.name: recipe for recipe in wanted(engine) if recipe.name not in needless}

    def below(recipe: Recipe) -> list[str]:
        return [f"image {recipe.base}"] if recipe.base in recipes else []

    return [
        Task(f"image {name}", functools.partial(build, recipe), recipe.weight, (*after, *below(recipe)))
        for name, recipe in recipes.items()
    ]


def archive(ref: str) -> Path:
    """Where the docker-archive of the image `ref` lies."""
    return ARCHIVES / (ref.rpartition("/")[2].replace(":", "-") + ".tar")


def build(recipe: Recipe, folder: Path = HERE) -> None:
    """Build `recipe`, which lies in `folder`, unless its archive is there, and note it in the index.

    A killed build leaves no archive under the final name, so the next run makes it again. Raises `UserError` when
    the base cannot be had and `CommandFailed` when the build fails.
    """
    ref = reference(recipe, folder)
    target = archive(ref)
    if target.exists() and _noted(recipe, ref):
        return
    ARCHIVES.mkdir(parents=True, exist_ok=True)
    PREPARE.get(recipe.name, lambda: None)()
    if stands_on_upstream(recipe):
        _pull(upstream(folder))
    log, labels = LOGS / f"image-{recipe.name}.log", {}
    order = _order(recipe, ref, folder)
    builder().build(order, log)
    if recipe.contents:  # what is inside, asked of the image itself and written onto it
        labels = json.loads(builder().ask(ref, recipe.contents).splitlines()[-1])
        builder().build(replace(order, labels=labels), log)
    new = target.with_suffix(".new")
    new.unlink(missing_ok=True)
    builder().save(ref, new, log)
    os.replace(new, target)
    _note(recipe, {"ref": ref, "archive": target.name, "labels": labels})


def _pull(ref: str) -> None:
    """Have the base here before builds ask for it, several at a time and with less to say when it is refused."""
    try:
        with _pull_lock:
            builder().pull(ref)
    except CommandFailed as failed:
        raise UserError(
            f"the images' base {ref} cannot be pulled",
            "check that this machine reaches its registry and that images/lock.json has the right digest;"
            " on Debian BASE=local makes a base without a registry",
            failed.detail,
        ) from None


def _order(recipe: Recipe, ref: str, folder: Path) -> Order:
    """What the builder is told; with this machine's authorities, for npm behind a proxy that signs with one of them."""
    arguments = {"BASE": base_reference(recipe, folder)} if recipe.base else {}
    if recipe.name == "wordpress":
        arguments |= vendor.arguments(vendor.FOLDER, lock()["vendor"])
    context = CONTEXT if recipe.sources else folder / recipe.name
    return Order(context, ref, arguments, authorities=AUTHORITIES if AUTHORITIES.exists() else None)


def _noted(recipe: Recipe, ref: str) -> bool:
    return INDEX.exists() and json.loads(INDEX.read_text()).get(recipe.name, {}).get("ref") == ref


def _note(recipe: Recipe, entry: dict[str, object]) -> None:
    with _index_lock:  # images are built in parallel threads
        index = json.loads(INDEX.read_text()) if INDEX.exists() else {}
        index[recipe.name] = entry
        new = INDEX.with_suffix(".new")
        new.write_text(json.dumps(index, indent=1, sort_keys=True))
        os.replace(new, INDEX)

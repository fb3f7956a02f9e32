"""What each image is made of, and the name that its content gives it."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from images.bases import Base, chosen

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Recipe:
    """An image `name`, built in `images/<name>`; `base` names the image it stands on, if any.

    `contents` is a command in the image that prints its labels as JSON. `weight`: cold seconds.
    `engine` names the only engine that needs the image; it is made when that engine is asked for.
    `sources` are folders and files of the checkout that go into it.
    """

    name: str
    base: str = ""
    engine: str = ""
    contents: tuple[str, ...] = ()
    weight: float = 2.0
    sources: tuple[str, ...] = ()


DASHBOARD_SOURCES = ("dashboard", "stores", "charts", "toolbox", "commands", "uv.lock", "pyproject.toml")
RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("pause"),
        Recipe("busybox"),
        Recipe("base", weight=70),
        Recipe("mariadb", base="base", weight=25),
        Recipe("valkey", base="base", weight=15),
        Recipe("wordpress", base="base", contents=("php", "/opt/store/contents.php"), weight=60),
        Recipe("postgres", base="base", engine="medusa", weight=25),
        Recipe("node", base="base", engine="medusa", weight=20),
        Recipe("medusa", base="node", engine="medusa", contents=("node", "/opt/store/contents.js"), weight=240),
        Recipe("dashboard", base="base", engine="dashboard", weight=120, sources=DASHBOARD_SOURCES),
    )
}
ALL = "all"
ALSO = {"dashboard": ("postgres",)}
"""Images that are asked for together with others, beside those that are always made."""

EMBEDDED_ONLY = frozenset({"pause", "busybox"})
"""Parts of the embedded cluster: not made on a machine that brings a cluster, which may be no Linux at all."""

MADE_HERE = ("pause/pause", "busybox/busybox", "base/base.tar")
"""Files that the builder puts beside a Containerfile; git-ignored and no part of the recipe."""


def wanted(engine: str = "") -> list[Recipe]:
    """The images that are always made, and those of `engine` (or "dashboard"); one without its own adds none.

    "all" names every engine.
    """
    if engine == ALL:
        return list(RECIPES.values())
    also = ALSO.get(engine, ())
    return [recipe for recipe in RECIPES.values() if recipe.engine in ("", engine) or recipe.name in also]


def lock(folder: Path = HERE) -> dict[str, Any]:
    """The pins of everything that comes from outside the package archives."""
    loaded: dict[str, Any] = json.loads((folder / "lock.json").read_text())
    return loaded


def upstream(folder: Path = HERE) -> str:
    """Debian's own image by its content, `repository@digest`; the tag in the lock is for people."""
    pin = lock(folder)["base"]
    return f"{pin['ref'].rpartition(':')[0]}@{pin['digest']}"


def stands_on_upstream(recipe: Recipe, base: Base | None = None) -> bool:
    """Whether the image is built directly on Debian's own, by the choice of this process or by `base`."""
    return recipe.base == "base" and (base or chosen()) is Base.UPSTREAM


def content_hash(recipe: Recipe, folder: Path = HERE, base: Base | None = None) -> str:
    """12 hex digits over the Containerfile, its context, the lock and what the image stands on.

    The same recipe on the other `base` (by default the choice of this process) is another image.
    """
    digest = hashlib.sha256()
    for path in sorted((folder / recipe.name).rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and name not in MADE_HERE:
            digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    for path in _files(recipe.sources, folder.parent):
        digest.update(
            str(path.relative_to(folder.parent)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest()
        )
    if recipe.base:
        on_upstream = stands_on_upstream(recipe, base)
        below = upstream(folder) if on_upstream else content_hash(RECIPES[recipe.base], folder, base)
        digest.update(below.encode())
        digest.update(hashlib.sha256((folder / "lock.json").read_bytes()).digest())
    return digest.hexdigest()[:12]


def _files(sources: tuple[str, ...], root: Path) -> list[Path]:
    found = (
        path for name in sources for path in ((root / name).rglob("*") if (root / name).is_dir() else [root / name])
    )
    return sorted(path for path in found if path.is_file() and "__pycache__" not in path.parts)


def reference(recipe: Recipe, folder: Path = HERE) -> str:
    """The image's reference, named by its content, so that a change is a new reference."""
    return f"localhost/storefleet/{recipe.name}:{content_hash(recipe, folder)}"


def base_reference(recipe: Recipe, folder: Path = HERE) -> str:
    """What the image is built on: Debian's own image, one of ours, or "" for nothing."""
    if stands_on_upstream(recipe):
        return upstream(folder)
    return reference(RECIPES[recipe.base], folder) if recipe.base else ""

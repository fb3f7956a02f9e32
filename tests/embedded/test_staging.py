"""The dashboard's image: what its name depends on."""

import dataclasses
import shutil
from pathlib import Path

from images.recipes import HERE, RECIPES, content_hash, wanted


def test_a_change_of_the_checkout_is_a_new_name(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    for name in ("base", "dashboard"):
        shutil.copytree(HERE / name, folder / name, ignore=shutil.ignore_patterns("*.tar"))
    shutil.copyfile(HERE / "lock.json", folder / "lock.json")
    (tmp_path / "stores").mkdir()
    source = tmp_path / "stores" / "names.py"
    source.write_text("one")
    recipe = dataclasses.replace(RECIPES["dashboard"], sources=("stores",))
    before = content_hash(recipe, folder)
    (tmp_path / "stores" / "__pycache__").mkdir()
    (tmp_path / "stores" / "__pycache__" / "names.pyc").write_text("compiled")
    assert content_hash(recipe, folder) == before
    source.write_text("two")
    assert content_hash(recipe, folder) != before


def test_the_dashboards_images_are_made_only_when_asked_for() -> None:
    assert not {"dashboard", "postgres"} & {recipe.name for recipe in wanted()}
    assert wanted("all") == list(RECIPES.values())
    assert {recipe.name for recipe in wanted("dashboard")} - {recipe.name for recipe in wanted()} == {
        "dashboard",
        "postgres",
    }

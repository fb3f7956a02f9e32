"""What the images stand on: a pin that names content, and Containerfiles that agree with it."""

import re

import pytest

from images.build import SUITE
from images.recipes import HERE, RECIPES, lock

PIN = lock()["base"]
ARGUMENT = re.compile(r"^ARG BASE=(\S+)$", re.MULTILINE)


def test_the_base_is_pinned_by_content_and_dated() -> None:
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", PIN["digest"])
    assert re.fullmatch(rf"docker\.io/library/debian:{SUITE}-20\d{{6}}-slim", PIN["ref"])


@pytest.mark.parametrize("name", [recipe.name for recipe in RECIPES.values() if recipe.base])
def test_a_build_by_hand_stands_on_the_newest_of_what_is_pinned(name: str) -> None:
    # The digest stands in the lock alone: our builds name the base, so this default is for people.
    newest = re.sub(r"-20\d{6}-slim$", "-slim", PIN["ref"])
    by_hand = {"base": newest, "node": f"docker.io/library/node:20-{SUITE}-slim"}[RECIPES[name].base]
    assert ARGUMENT.findall((HERE / name / "Containerfile").read_text()) == [by_hand]

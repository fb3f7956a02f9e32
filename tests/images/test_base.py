"""What the images stand on: a pin that names content, and Containerfiles that agree with it."""

import os
import re
import subprocess

import pytest

from images import bases, build
from images.bases import Base, choose
from images.prepare import SUITE
from images.recipes import HERE, RECIPES, base_reference, content_hash, lock, upstream
from toolbox.errors import UserError

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


@pytest.mark.parametrize(
    ("asked", "own_cluster", "debian", "base"),
    [
        ("", False, True, Base.LOCAL),
        ("", True, True, Base.UPSTREAM),
        ("", False, False, Base.UPSTREAM),
        ("", True, False, Base.UPSTREAM),
        ("upstream", False, True, Base.UPSTREAM),
        ("local", True, False, Base.LOCAL),
    ],
)
def test_who_brings_a_cluster_builds_on_debians_own_image(
    asked: str, own_cluster: bool, debian: bool, base: Base
) -> None:
    assert choose(asked, own_cluster=own_cluster, debian=debian) is base


def test_a_base_that_is_none_is_refused_with_those_that_are() -> None:
    with pytest.raises(UserError, match="STOREFLEET_BASE=alpine is no base") as raised:
        choose("alpine", own_cluster=False, debian=True)
    assert "local or upstream" in raised.value.cure


def test_the_same_recipe_on_the_other_base_is_another_image() -> None:
    names = {base: {n: content_hash(r, base=base) for n, r in RECIPES.items()} for base in Base}
    same = {name for name in RECIPES if names[Base.LOCAL][name] == names[Base.UPSTREAM][name]}
    assert same == {"pause", "busybox", "base"}


@pytest.mark.usefixtures("undecided")
def test_upstream_no_base_is_made_and_only_our_own_images_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(bases.SETTING, "upstream")
    after = {task.name: task.after for task in build.tasks(engine="medusa")}
    assert "image base" not in after
    assert {name: after[f"image {name}"] for name in ("mariadb", "node", "medusa")} == {
        "mariadb": (), "node": (), "medusa": ("image node",),
    }  # fmt: skip
    assert base_reference(RECIPES["node"]) == upstream() == f"docker.io/library/debian@{PIN['digest']}"
    assert re.fullmatch(r"localhost/storefleet/node:[0-9a-f]{12}", base_reference(RECIPES["medusa"]))
    assert base_reference(RECIPES["pause"]) == ""


@pytest.mark.usefixtures("undecided")
def test_local_everything_stands_on_the_image_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(bases.SETTING, "local")
    assert {task.name: task.after for task in build.tasks()}["image mariadb"] == ("image base",)
    assert base_reference(RECIPES["mariadb"]) == f"localhost/storefleet/base:{content_hash(RECIPES['base'])}"


@pytest.mark.parametrize(("argument", "read"), [(["BASE=upstream"], "upstream"), ([], "")])
def test_only_an_argument_of_make_chooses_the_base(argument: list[str], read: str) -> None:
    environment = {"PATH": os.environ["PATH"], "BASE": "of-something-else"}
    argv = ["make", "-s", "--eval=show: ; @echo $$STOREFLEET_BASE", "show", *argument]
    shown = subprocess.run(argv, cwd=HERE.parent, env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == read

"""Grouping, text and Markdown: readable with hundreds of stores, bounded, and safe to show."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from previews.groups import general, grouped
from previews.markdown import LIMIT, MARKER, markdown
from previews.model import Change, Field, Finding, Level, Preview, Verb, counted
from previews.report import Report, fit
from previews.text import text

IMAGE = "spec.template.spec.containers[web].image"


def preview(name: str, image: str = "shop:2", **more: object) -> Preview:
    """A store whose web pods get another image."""
    objects = (Change(Verb.UPDATE, "Deployment/web", (Field(IMAGE, "shop:1", image),)),)
    host = Field("values.store.host", f"{name}.old.test", f"{name}.new.test")
    resources = (Change(Verb.UPDATE, "Release/release", (host, Field("namespace", f"store-{name}", "x"))),)
    made = Preview(name, (("update", 1), ("same", 12)), resources, objects, seconds=2.5)
    return Preview(**{**made.__dict__, **more})


FAILED = Preview("broken", failure="the cluster does not answer; check KUBECONFIG")
SAME = Preview("calm", (("same", 13),))
DANGER = Finding(Level.DANGER, "StatefulSet/mariadb", "is deleted: the database is stopped")


def test_stores_with_the_same_difference_are_one_group() -> None:
    groups = grouped(preview(name) for name in ("nike-shoes", "adidas", "puma"))
    assert [group.stacks for group in groups] == [("adidas", "nike-shoes", "puma")]
    assert "store-<store>" in str(groups[0].preview)
    assert "<store>.old.test" in str(groups[0].preview)


def test_another_image_is_another_group() -> None:
    assert len(grouped([preview("a-shop"), preview("b-shop"), preview("c-shop", "shop:3")])) == 2


def test_what_hurts_comes_first_and_what_stays_last() -> None:
    dangerous = preview("bad-shop", findings=(DANGER,))
    order = [group.stacks[0] for group in grouped([SAME, preview("a-shop"), FAILED, dangerous])]
    assert order == ["bad-shop", "broken", "a-shop", "calm"]


def test_a_store_called_as_a_part_of_it_keeps_its_objects_names() -> None:
    assert general(preview("web")).objects[0].name == "Deployment/web"


NAMES = st.lists(st.text("abcxyz", min_size=4, max_size=8), unique=True, min_size=1, max_size=8)


@given(NAMES, st.integers(1, 3))
def test_every_stack_is_in_exactly_one_group(names: list[str], kinds: int) -> None:
    groups = grouped(preview(name, f"shop:{number % kinds + 2}") for number, name in enumerate(names))
    assert sorted(stack for group in groups for stack in group.stacks) == sorted(names)
    assert len(groups) == min(kinds, len(names))


def report(*previews: Preview) -> Report:
    return Report(grouped(previews), 12.3, ("what happens later",))


def test_the_text_tells_all() -> None:
    said = text(report(*(preview(f"shop-{n}") for n in range(212)), preview("bad", findings=(DANGER,)), FAILED, SAME))
    assert said.startswith(
        "215 stacks: 213 would change, 1 would stay as they are, 1 could not be previewed, DANGER in 1"
    )
    assert "=== 212 with the same difference: shop-0, shop-1, shop-10, shop-100, shop-101 and 207 more" in said
    assert f"        {IMAGE}: shop:1 -> shop:2" in said
    assert "!! DANGER StatefulSet/mariadb: is deleted" in said
    assert "FAILED: the cluster does not answer" in said
    assert "no changes (13 same) in 1: calm" in said
    assert "not looked at: what happens later" in said
    assert len(said.splitlines()) < 60


def test_markdown_begins_with_the_marker_and_fits() -> None:
    many = [preview(f"shop-{n}", f"shop:{n}" + "x" * 100) for n in range(1000)]
    said = markdown(report(preview("bad", findings=(DANGER,)), *many))
    assert said.startswith(MARKER + "\n")
    assert len(said.encode()) <= LIMIT + 1 < 65_536
    assert "DANGER" in said
    assert re.search(r"… \d+ more sections are not shown.*\n?.*make preview", said)
    assert said.count("```") % 2 == 0
    assert said.count("<details>") == said.count("</details>")


@pytest.mark.parametrize("evil", ["```\n# hi", "<img src=x>", "@everyone", "[x](http://evil)", "a | b"])
def test_nothing_in_a_change_becomes_markup(evil: str) -> None:
    finding = Finding(Level.DANGER, "X/y", evil)
    said = markdown(report(preview("bad", evil, findings=(finding,)), Preview("worse", failure=evil)))
    outside = "".join(said.split("```")[::2])
    assert said.count("```") == 4
    assert "<img" not in outside
    assert "@everyone" not in outside
    assert "[x](http" not in outside


def test_an_endless_change_is_bounded() -> None:
    fields = tuple(Field(f"spec.x{n}", "1", "2") for n in range(100))
    objects = tuple(Change(Verb.UPDATE, f"Thing/{n}", fields) for n in range(100))
    assert len(text(report(Preview("a", objects=objects))).splitlines()) < 3000


@given(st.lists(st.integers(0, 800), min_size=1, max_size=20), st.integers(300, 3000), st.sampled_from("xé—"))
def test_no_text_is_longer_than_its_limit(lengths: list[int], limit: int, letter: str) -> None:
    sections = [letter * length for length in lengths]
    said = fit(sections, limit, "See all there.")
    assert len(said.encode()) <= limit
    assert said == "\n".join(sections) or "See all there." in said


def test_counts_are_told_in_one_order() -> None:
    assert counted({"same": 3, "delete": 1, "create": 0, "update": 2, "read": 1}) == (
        ("update", 2), ("delete", 1), ("same", 3), ("read", 1),
    )  # fmt: skip

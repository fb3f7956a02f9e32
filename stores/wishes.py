"""Checks what a store's owner set against what the engine offers.

Standard library only: other programs read this file with `runpy.run_path`, and hand it the wishes of `engines.py`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engines import Wish

BOOLEANS = ("true", "false")
PRINTABLE = re.compile(r"[^\x00-\x1f\x7f]{0,200}")


def setting_problems(
    wishes: "Iterable[Wish]", given: Mapping[str, str], labels: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Setting -> why its value cannot be, with the cure; empty when all is well.

    `given` are strings by name; what is missing has its default. `labels` are those of the engine's image, or None
    while they are unknown: then nothing is said about which plugins and themes there are.
    """
    known = {wish.name: wish for wish in wishes}
    found = {}
    for name, value in given.items():
        if name not in known:
            found[name] = f"{name!r} is not a setting of this engine; known are: {', '.join(sorted(known))}"
        elif problem := value_problem(known[name], value, labels):
            found[name] = problem
    return found


def value_problem(wish: "Wish", value: str, labels: Mapping[str, str] | None = None) -> str:
    """Why `value` cannot be, with the cure; "" when it can."""
    if value == wish.default:
        return ""
    if wish.kind == "boolean":
        return "" if value in BOOLEANS else f"{wish.name} is {value!r}; say true or false"
    for word in words(value) if wish.kind == "list" else [value]:
        if wish.choices and word not in wish.choices:
            return f"{wish.name} is {word!r}; choose one of: {', '.join(wish.choices)}"
        if not PRINTABLE.fullmatch(word) or (wish.pattern and not re.fullmatch(wish.pattern, word)):
            return f"{wish.name} cannot be {word!r}; {wish.help[0].lower()}{wish.help[1:]}"
        if wish.offered and labels is not None:
            known = words(labels.get(wish.offered, ""))
            if word not in known:
                return f"{wish.name}: {word!r} is not in this image; known are: {', '.join(known) or 'none'}"
    return ""


def words(value: str) -> list[str]:
    """The words of a list, in order and once each."""
    return list(dict.fromkeys(word.strip() for word in value.split(",") if word.strip()))


def settings(wishes: "Iterable[Wish]", given: Mapping[str, str]) -> dict[str, Any]:
    """The chart's `settings`: every wish with its value or default, typed by its kind. Does not check."""
    result: dict[str, Any] = {}
    for wish in wishes:
        value = given.get(wish.name, wish.default)
        if wish.kind == "boolean":
            result[wish.name] = value == "true"
        else:
            result[wish.name] = words(value) if wish.kind == "list" else value
    return result

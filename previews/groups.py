"""Stacks with the same difference, told once: what is a store's own name in a text becomes `<store>`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from previews.model import Change, Field, Finding, Preview

STORE = "<store>"
_CALLED_AFTER_STACK = ("Store", "Stack")


@dataclass(frozen=True)
class Group:
    """`preview` holds for each of `stacks`, apart from its name and its time."""

    stacks: tuple[str, ...]
    preview: Preview

    @property
    def urgency(self) -> tuple[bool, bool, bool, int]:
        """Sorts what has to be read first to the front."""
        preview = self.preview
        return (not preview.dangers, not preview.failure, not preview.changes, -len(self.stacks))


def grouped(previews: Iterable[Preview]) -> tuple[Group, ...]:
    """The groups, what has to be read first in front. Every preview is in exactly one."""
    found: dict[Preview, list[str]] = {}
    for preview in previews:
        found.setdefault(general(preview), []).append(preview.stack)
    groups = [Group(tuple(sorted(stacks)), preview) for preview, stacks in found.items()]
    return tuple(sorted(groups, key=lambda group: (group.urgency, group.stacks)))


def general(preview: Preview) -> Preview:
    """The preview without what is of this one stack: its name in texts, and the time that it took."""
    name = preview.stack.rpartition(" ")[2]
    own = re.compile(rf"(?<![A-Za-z0-9-])(stores?-)?{re.escape(name)}(?![A-Za-z0-9-])")

    def text(value: str) -> str:
        return own.sub(rf"\g<1>{STORE}", value)

    def optional(value: str | None) -> str | None:
        return None if value is None else text(value)

    def change(one: Change) -> Change:
        called = text(one.name) if one.kind in _CALLED_AFTER_STACK else one.name
        fields = tuple(Field(field.path, optional(field.old), optional(field.new)) for field in one.fields)
        return Change(one.verb, called, fields)

    return replace(
        preview,
        stack="",
        seconds=0.0,
        failure=text(preview.failure),
        resources=tuple(map(change, preview.resources)),
        objects=tuple(map(change, preview.objects)),
        findings=tuple(Finding(found.level, found.subject, text(found.message)) for found in preview.findings),
    )


def names(stacks: Sequence[str], most: int = 5) -> str:
    """Some of the names, and how many more there are."""
    rest = len(stacks) - most
    return ", ".join(stacks[:most]) + (f" and {rest} more" if rest > 0 else "")

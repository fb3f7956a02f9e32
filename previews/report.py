"""What text and Markdown have in common: the words, the order, and the bounds."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from previews.groups import Group, names
from previews.model import Change, Preview, Verb

SIGNS = {Verb.CREATE: "+", Verb.UPDATE: "~", Verb.REPLACE: "±", Verb.DELETE: "-"}
MOST_CHANGES, MOST_FIELDS = 60, 30
ABSENT = "(absent)"


@dataclass(frozen=True)
class Report:
    """All groups of one run. `limits` are sentences about what the preview could not or did not look at."""

    groups: tuple[Group, ...]
    seconds: float = 0.0
    limits: tuple[str, ...] = ()
    noun: str = "stack"

    @property
    def has_failures(self) -> bool:
        """Whether something could not be previewed."""
        return any(group.preview.failure for group in self.groups)

    @property
    def has_dangers(self) -> bool:
        """Whether something hurts."""
        return any(group.preview.dangers for group in self.groups)

    @property
    def summary(self) -> str:
        """One line: how many stacks there are, and what becomes of them."""
        counts: Counter[str] = Counter()
        for group in self.groups:
            counts["all"] += len(group.stacks)
            counts[state(group.preview)] += len(group.stacks)
            counts["dangers"] += len(group.stacks) if group.preview.dangers else 0
        parts = [f"{counts['changed']} would change", f"{counts['same']} would stay as they are"]
        parts += [f"{counts['failed']} could not be previewed"] if counts["failed"] else []
        parts += [f"DANGER in {counts['dangers']}"] if counts["dangers"] else []
        plural = "" if counts["all"] == 1 else "s"
        took = f" ({self.seconds:.1f} s)" if self.seconds else ""
        return f"{counts['all']} {self.noun}{plural}: {', '.join(parts)}{took}"


def state(preview: Preview) -> str:
    """`failed`, `changed` or `same`."""
    return "failed" if preview.failure else "changed" if preview.changes else "same"


def title(group: Group) -> str:
    """Which stacks a group is about."""
    count = f"{len(group.stacks)} with the same difference: " if len(group.stacks) > 1 else ""
    return count + names(group.stacks)


def counts(preview: Preview) -> str:
    """Pulumi's own count."""
    return ", ".join(f"{number} {operation}" for operation, number in preview.counts) or "nothing"


def change_lines(changes: Sequence[Change], arrow: bool) -> Iterator[str]:
    """The changes, line by line and bounded; with `arrow` old and new on one line, else on one each."""
    for change in changes[:MOST_CHANGES]:
        # In Markdown's diff a line is coloured by its first character, of which "~" and "±" are none.
        sign = SIGNS[change.verb] if arrow or change.verb in (Verb.CREATE, Verb.DELETE) else "!"
        yield f"{sign} {change.name}" + (" (replaced)" if change.verb is Verb.REPLACE else "")
        for field in change.fields[:MOST_FIELDS]:
            if arrow:
                yield f"    {field.path}: {field.old or _nothing(field.old)} -> {field.new or _nothing(field.new)}"
                continue
            if field.old is not None:
                yield f"-   {field.path}: {field.old or _nothing(field.old)}"
            if field.new is not None:
                yield f"+   {field.path}: {field.new or _nothing(field.new)}"
        if (more := len(change.fields) - MOST_FIELDS) > 0:
            yield f"    … and {more} more properties"
    if (more := len(changes) - MOST_CHANGES) > 0:
        yield f"… and {more} more"


def _nothing(value: str | None) -> str:
    return ABSENT if value is None else '""'


def fit(sections: Sequence[str], limit: int, how_to_see_all: str) -> str:
    """As many sections as `limit` bytes hold, from the first, and how to see the others; 0 means no limit.

    The first section is always there, cut if it has to be.
    """
    whole = "\n".join(sections)
    if not limit or len(whole.encode()) <= limit:
        return whole
    room = limit - len(_rest(len(sections), how_to_see_all).encode()) - 1
    kept: list[str] = []
    for section in sections:
        size = len("\n".join([*kept, section]).encode())
        if size > room:
            break
        kept.append(section)
    if not kept:
        kept = [sections[0].encode()[: max(room, 0)].decode(errors="ignore")]
    return "\n".join([*kept, _rest(len(sections) - len(kept), how_to_see_all)])


def _rest(count: int, how_to_see_all: str) -> str:
    return f"\n… {count} more sections are not shown, since this would be too long. {how_to_see_all}\n"

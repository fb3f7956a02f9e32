"""A preview as plain data: what would change, and what of it hurts. Imports none of ours."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """What happens to a resource or an object."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


class Level(StrEnum):
    """`DANGER`: data is lost, or the update fails. `NOTE`: harmless, but good to know."""

    DANGER = "danger"
    NOTE = "note"


@dataclass(frozen=True)
class Field:
    """One property that differs; None where it is absent. Texts are fit to be shown: no secret, one line."""

    path: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Change:
    """What happens to one resource of the stack, or to one Kubernetes object of its chart: `Kind/name`."""

    verb: Verb
    name: str
    fields: tuple[Field, ...] = ()

    @property
    def kind(self) -> str:
        """The kind without the name."""
        return self.name.partition("/")[0]


@dataclass(frozen=True)
class Finding:
    """Something about `subject` that a reviewer has to know."""

    level: Level
    subject: str
    message: str


@dataclass(frozen=True)
class Preview:
    """What would happen to one stack.

    `counts` are Pulumi's own, by operation. `resources` are what the stack itself declares, `objects` what the charts
    in it make. `failure` is one sentence when there is no preview; then the rest is empty.
    """

    stack: str
    counts: tuple[tuple[str, int], ...] = ()
    resources: tuple[Change, ...] = ()
    objects: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()
    failure: str = ""
    seconds: float = 0.0

    @property
    def changes(self) -> bool:
        """Whether anything would be different."""
        return bool(self.resources or self.objects)

    @property
    def dangers(self) -> tuple[Finding, ...]:
        """The findings that hurt."""
        return tuple(finding for finding in self.findings if finding.level is Level.DANGER)


def counted(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Counts in the order in which they are told; operations without any are left out."""
    order = [*(verb.value for verb in Verb), "same"]
    rest = sorted(set(counts) - set(order))
    return tuple((key, counts[key]) for key in (*order, *rest) if counts.get(key))


def unique(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once, dangers first."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: finding.level is not Level.DANGER))

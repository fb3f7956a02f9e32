"""A request that is not taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Hint = Literal["exists", "missing", "full", "conflict", "invalid"]


@dataclass(eq=False)  # not frozen: Python itself writes to exceptions
class Refusal(Exception):
    """A request that is not taken; nothing was changed. `fields` maps a field to its message."""

    status_hint: Hint
    message: str
    cure: str
    fields: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message

"""Keeps Pulumi's runtime from burning a processor while it waits.

While resources are being made, the library polls its tasks in a loop of `asyncio.sleep(0)`
(`pulumi/runtime/stack.py`, `wait_for_rpcs`): most of one core for as long as Helm waits, which the store's own pods
need to start. Nothing is wrong with what it waits for, so only the loop's idling is slowed down.
"""

import asyncio
from collections.abc import Callable
from typing import Any

SPINS = 200
"""Turns without any news before the loop counts as idle; a busy program has news in between."""

PAUSE_SECONDS = 0.01

Select = Callable[[float | None], list[Any]]


class PatientSelect:
    """A selector's `select` that waits a little instead of returning at once, when it was asked many times in vain.

    News of another thread end the wait: they come over a file descriptor, too.
    """

    is_patient = True

    def __init__(self, select: Select) -> None:
        self._select, self._in_vain = select, 0

    def __call__(self, timeout: float | None = None) -> list[Any]:
        """See `selectors.BaseSelector.select`."""
        if timeout is not None and timeout <= 0 and self._in_vain >= SPINS:
            timeout = PAUSE_SECONDS
        found = self._select(timeout)
        self._in_vain = 0 if found else self._in_vain + 1
        return found


def be_patient(loop: asyncio.AbstractEventLoop | None = None) -> None:
    """Make `loop`, or the one that runs the program, idle patiently; one without a selector stays as it is.

    By its selector, since the program is run by a loop that exists: Pulumi's language host or its Automation API
    made it.
    """
    selector = getattr(loop or asyncio.get_running_loop(), "_selector", None)
    if selector is not None and not hasattr(selector.select, "is_patient"):
        selector.select = PatientSelect(selector.select)

"""An event loop for Pulumi's runtime that does not burn a processor while it waits.

While resources are being made, the library polls its tasks in a loop of `asyncio.sleep(0)`
(`pulumi/runtime/stack.py`, `wait_for_rpcs`): one core at 100 % for as long as Helm waits, which the store's own pods
need to start. Nothing is wrong with what it waits for, so only the loop's idling is slowed down.
"""

import asyncio
import selectors

SPINS = 200
"""Turns without any news before the loop counts as idle; a busy program has news in between."""

PAUSE_SECONDS = 0.01


class PatientSelector(selectors.DefaultSelector):
    """Waits a little instead of returning at once, when it was asked many times in vain.

    News of another thread end the wait: they come over a file descriptor, too.
    """

    def __init__(self) -> None:
        super().__init__()
        self._in_vain = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """See `selectors.BaseSelector.select`."""
        if timeout is not None and timeout <= 0 and self._in_vain >= SPINS:
            timeout = PAUSE_SECONDS
        found = super().select(timeout)
        self._in_vain = 0 if found else self._in_vain + 1
        return found


class PatientLoops(asyncio.DefaultEventLoopPolicy):
    """Makes patient loops; for `asyncio.set_event_loop_policy` in the child of an operation."""

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """A loop on a `PatientSelector`."""
        return asyncio.SelectorEventLoop(PatientSelector())


def be_patient() -> None:
    """From now on this process makes patient loops."""
    asyncio.set_event_loop_policy(PatientLoops())

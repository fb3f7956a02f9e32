"""Which stores to look at next, and when: each at most twice a second."""

import threading
import time
from collections.abc import Callable

SPACING_SECONDS = 0.5
GATHER_SECONDS = 0.1
"""What happens at once is looked at once."""


class Agenda:
    """Stores with the time at which they are due. Many threads put, one waits."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._condition = threading.Condition()
        self._due: dict[str, float] = {}
        self._looked: dict[str, float] = {}
        self._woken = False
        self._swept = float("-inf")

    def put(self, store: str, seconds: float = GATHER_SECONDS) -> None:
        """Look at the store after `seconds`, or later if it was looked at just now; an earlier entry stays."""
        with self._condition:
            when = max(self._clock() + seconds, self._looked.get(store, float("-inf")) + SPACING_SECONDS)
            if when < self._due.get(store, float("inf")):
                self._due[store] = when
                self._condition.notify()

    def wake(self) -> None:
        """End the current wait, or the next."""
        with self._condition:
            self._woken = True
            self._condition.notify()

    def wait(self, longest: float) -> None:
        """Return when somebody woke us, a store is due, or `longest` seconds are over."""
        until = self._clock() + longest
        with self._condition:
            while not self._woken:
                left = min([until, *self._due.values()]) - self._clock()
                if left <= 0:
                    break
                self._condition.wait(left)
            self._woken = False

    def due(self) -> list[str]:
        """Take the stores whose time has come."""
        with self._condition:
            now = self._clock()
            found = [store for store, when in self._due.items() if when <= now]
            for store in found:
                del self._due[store]
                self._looked[store] = now
            for store in [s for s, when in self._looked.items() if now - when > SPACING_SECONDS]:
                if store not in found:
                    del self._looked[store]
        return found

    def is_over(self, seconds: float) -> bool:
        """Are `seconds` over since this last said so?"""
        now = self._clock()
        over = now - self._swept >= seconds
        if over:
            self._swept = now
        return over

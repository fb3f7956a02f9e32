"""Whether the cluster can be seen at all: a state of its own, and no store's fault."""

import threading
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime

from dashboard.model import Level, NewEvent, Source

GRACE_SECONDS = 5.0
"""A restart of the API server, which stores do not notice, is no event."""

AWAY, BACK = "cluster.away", "cluster.back"


class Reach:
    """Makes two events of what all readers say: `cluster.away` and `cluster.back`, with an empty store.

    Away means that not one reader gets an answer. Safe to use from several threads. `was_away` is what
    the journal said last, so that a restarted worker repeats nothing and leaves nothing open.
    """

    def __init__(
        self, kinds: Collection[str], was_away: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._lock = threading.Lock()
        self._kinds = frozenset(kinds)
        self._clock = clock
        self._lost: dict[str, str] = {}
        self._since: float | None = None
        self.away = was_away

    @property
    def why(self) -> str:
        """What one of the readers was told last."""
        with self._lock:
            return next(iter(self._lost.values()), "")

    def reached(self, kind: str) -> NewEvent | None:
        """A reader got an answer."""
        with self._lock:
            self._lost.pop(kind, None)
            self._since = None
            if not self.away:
                return None
            self.away = False
            return _event(BACK, "Reachable", "the cluster answers again", Level.NORMAL)

    def lost(self, kind: str, why: str) -> NewEvent | None:
        """A reader got none."""
        with self._lock:
            self._lost[kind] = why
            if self.away or self._lost.keys() < self._kinds:
                return None
            now = self._clock()
            self._since = self._since if self._since is not None else now
            if now - self._since < GRACE_SECONDS:
                return None
            self.away = True
            return _event(AWAY, "Unreachable", f"nothing is known of the stores for now: {why}", Level.ERROR)


def _event(kind: str, reason: str, message: str, level: Level) -> NewEvent:
    return NewEvent(datetime.now(UTC), "", None, Source.KUBERNETES, level, kind, reason=reason, message=message)

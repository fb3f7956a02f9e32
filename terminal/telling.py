"""How far an operation is, told line by line to who waits for it."""

import threading
import time
from collections.abc import Callable
from types import TracebackType

from dashboard.model import NewEvent, Progress, Source
from toolbox.clock import elapsed

TURN_SECONDS = 0.5
QUIET_SECONDS = 10.0


class Teller:
    """From entering to leaving: a line when the operation goes on, or does something else, and every ten seconds.

    `doing` is asked twice a second what the store is doing. Lines come from one thread, whole.
    """

    def __init__(self, doing: Callable[[], str], tell: Callable[[str], None]) -> None:
        self._doing, self._tell = doing, tell
        self._begin = time.monotonic()
        self._progress = Progress()
        self._said: list[str] = []
        self._last_said = "starting"
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._keep_telling, daemon=True)

    def hear(self, what: NewEvent | Progress) -> None:
        """Take what the operation reports."""
        if isinstance(what, Progress):
            self._progress = what
        elif what.source is Source.OPERATION:
            self._said.append(what.message)

    def __enter__(self) -> "Teller":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()
        self._tell_said()

    def _keep_telling(self) -> None:
        told, when = "", self._begin
        while not self._stopped.wait(TURN_SECONDS):
            self._tell_said()
            line, doing = how_far(self._progress), self._doing()
            line = f"{line}: {doing}" if line and doing else line or doing
            if line != told or time.monotonic() - when >= QUIET_SECONDS:
                self._tell(f"  [{elapsed(self._begin)}] {line or self._last_said}")
                told, when = line, time.monotonic()

    def _tell_said(self) -> None:
        while self._said:
            self._last_said = self._said.pop(0)
            self._tell(f"  [{elapsed(self._begin)}] {self._last_said}")


def how_far(progress: Progress) -> str:
    """`9/12 creating Release/release`; empty before the first step."""
    return f"{progress.done}/{progress.total} {progress.step}" if progress.total else progress.step

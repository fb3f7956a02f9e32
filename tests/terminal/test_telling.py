"""Which lines who waits is told."""

import threading
from datetime import UTC, datetime

import pytest

from dashboard.model import Level, NewEvent, Progress, Source
from terminal import telling
from terminal.telling import Teller, how_far


class Page:
    """Lines that were told; `wait_for` returns when there are as many."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._more = threading.Condition()

    def __call__(self, line: str) -> None:
        with self._more:
            self.lines.append(line)
            self._more.notify()

    def wait_for(self, count: int) -> None:
        with self._more:
            assert self._more.wait_for(lambda: len(self.lines) >= count, 20)


def said(source: Source, message: str) -> NewEvent:
    return NewEvent(datetime.now(UTC), "nike", None, source, Level.WARNING, "operation.waiting", message=message)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "TURN_SECONDS", 0.01)


def test_a_line_for_each_change_and_none_for_the_same_again() -> None:
    page, doing = Page(), [""]
    with Teller(lambda: doing[0], page) as teller:
        teller.hear(Progress(1, 12, "creating Namespace/namespace"))
        page.wait_for(1)
        teller.hear(Progress(1, 12, "creating Namespace/namespace"))
        teller.hear(Progress(11, 12, "creating Release/release"))
        page.wait_for(2)
        doing[0] = "Job/setup-1 sets the shop up."
        page.wait_for(3)
    assert page.lines == [
        "  [0:00] 1/12 creating Namespace/namespace",
        "  [0:00] 11/12 creating Release/release",
        "  [0:00] 11/12 creating Release/release: Job/setup-1 sets the shop up.",
    ]


def test_a_silence_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "QUIET_SECONDS", 0.05)
    page = Page()
    with Teller(str, page) as teller:
        page.wait_for(2)
        teller.hear(said(Source.OPERATION, "waiting for root@shop"))
        page.wait_for(5)
    assert set(page.lines) == {"  [0:00] starting", "  [0:00] waiting for root@shop"}


def test_what_the_operation_itself_says_is_told_also_in_the_end() -> None:
    page = Page()
    with Teller(str, page) as teller:
        teller.hear(said(Source.ENGINE, "created Namespace/namespace"))
        teller.hear(said(Source.OPERATION, "dropped the lock of root@shop"))
    assert page.lines == ["  [0:00] dropped the lock of root@shop"]


def test_how_far_is_empty_before_the_first_step() -> None:
    assert (how_far(Progress()), how_far(Progress(2, 0, "reading x"))) == ("", "reading x")

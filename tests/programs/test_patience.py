"""A loop that idles without burning a processor, and is awake at once when there is news."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.programs.conftest import ROOT, STORE_CONFIG, Run

sys.path.insert(0, str(ROOT / "stores"))
from patience import PAUSE_SECONDS, SPINS, be_patient


class Counted:
    """A loop's own `select`, and how often it was called."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.turns, self._select = 0, loop._selector.select  # type: ignore[attr-defined]

    def __call__(self, timeout: float | None = None) -> Any:
        self.turns += 1
        return self._select(timeout)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    found = asyncio.SelectorEventLoop()
    yield found
    found.close()


def spin(loop: asyncio.AbstractEventLoop) -> float:
    """Seconds that the loop turned without news."""
    done = threading.Event()
    timer = threading.Timer(0.3, done.set)

    async def until_done() -> None:
        timer.start()
        while not done.is_set():
            await asyncio.sleep(0)

    began = time.monotonic()
    loop.run_until_complete(until_done())
    timer.join()
    return time.monotonic() - began


def test_a_spinning_task_turns_a_few_times_instead_of_thousands(loop: asyncio.AbstractEventLoop) -> None:
    loop._selector.select = counted = Counted(loop)  # type: ignore[attr-defined]
    be_patient(loop)
    took = spin(loop)
    # Unslowed it turns tens of thousands of times in these 0.3 s, which on a busy machine are more.
    assert counted.turns < SPINS + took / PAUSE_SECONDS + 50


def test_results_of_threads_arrive(loop: asyncio.AbstractEventLoop) -> None:
    be_patient(loop)

    async def story() -> int:
        asked = [loop.run_in_executor(None, lambda n=n: n) for n in range(50)]  # type: ignore[misc]
        while not all(one.done() for one in asked):
            await asyncio.sleep(0)
        return sum(one.result() for one in asked)

    assert loop.run_until_complete(story()) == sum(range(50))


def test_twice_is_once(loop: asyncio.AbstractEventLoop) -> None:
    be_patient(loop)
    first = loop._selector.select  # type: ignore[attr-defined]
    be_patient(loop)
    assert loop._selector.select is first  # type: ignore[attr-defined]


def test_the_program_makes_the_loop_patient_that_runs_it(
    run_program: Run, monkeypatch: pytest.MonkeyPatch, kept_loop: asyncio.AbstractEventLoop
) -> None:
    absent = subprocess.CompletedProcess([], 1, "", "Error from server (NotFound)")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: absent)
    run_program("stores", "nike-shoes", STORE_CONFIG)
    assert hasattr(kept_loop._selector.select, "is_patient")  # type: ignore[attr-defined]

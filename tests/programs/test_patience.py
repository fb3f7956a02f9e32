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


def selector_of(loop: asyncio.AbstractEventLoop) -> Any:
    """What `be_patient` changes, and asyncio offers no way to."""
    return vars(loop)["_selector"]


class Counted:
    """A loop's own `select`, and how often it was called."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.turns, self._select = 0, selector_of(loop).select

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
    selector_of(loop).select = counted = Counted(loop)
    be_patient(loop)
    took = spin(loop)
    # Unslowed it turns tens of thousands of times in these 0.3 s, which on a busy machine are more.
    assert counted.turns < SPINS + took / PAUSE_SECONDS + 50


def test_results_of_threads_arrive(loop: asyncio.AbstractEventLoop) -> None:
    be_patient(loop)

    async def story() -> int:
        asked = [loop.run_in_executor(None, int, n) for n in range(50)]
        while not all(one.done() for one in asked):
            await asyncio.sleep(0)
        return sum(one.result() for one in asked)

    assert loop.run_until_complete(story()) == sum(range(50))


def test_twice_is_once(loop: asyncio.AbstractEventLoop) -> None:
    be_patient(loop)
    first = selector_of(loop).select
    be_patient(loop)
    assert selector_of(loop).select is first


def test_the_program_makes_the_loop_patient_that_runs_it(
    run_program: Run, monkeypatch: pytest.MonkeyPatch, kept_loop: asyncio.AbstractEventLoop
) -> None:
    absent = subprocess.CompletedProcess([], 1, "", "Error from server (NotFound)")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: absent)
    run_program("stores", "nike-shoes", STORE_CONFIG)
    assert hasattr(selector_of(kept_loop).select, "is_patient")

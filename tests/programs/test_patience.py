"""A loop that idles without burning a processor, and is awake at once when there is news."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from dashboard.patience import PAUSE_SECONDS, SPINS, PatientLoops, PatientSelector


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    found = PatientLoops().new_event_loop()
    yield found
    found.close()


class Counting(PatientSelector):
    turns = 0

    def select(self, timeout: float | None = None) -> list:  # type: ignore[type-arg]
        type(self).turns += 1
        return super().select(timeout)


def test_a_spinning_task_turns_a_few_times_instead_of_thousands() -> None:
    Counting.turns = 0
    loop = asyncio.SelectorEventLoop(Counting())
    done = threading.Event()
    timer = threading.Timer(0.3, done.set)

    async def spin() -> None:
        timer.start()
        while not done.is_set():
            await asyncio.sleep(0)

    began = time.monotonic()
    loop.run_until_complete(spin())
    took = time.monotonic() - began
    loop.close()
    timer.join()
    # Unslowed it turns tens of thousands of times in these 0.3 s, which on a busy machine are more.
    assert Counting.turns < SPINS + took / PAUSE_SECONDS + 50


def test_results_of_threads_arrive(loop: asyncio.AbstractEventLoop) -> None:
    async def story() -> int:
        asked = [loop.run_in_executor(None, lambda n=n: n) for n in range(50)]  # type: ignore[misc]
        while not all(one.done() for one in asked):
            await asyncio.sleep(0)
        return sum(one.result() for one in asked)

    assert loop.run_until_complete(story()) == sum(range(50))

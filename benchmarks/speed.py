"""How fast this machine is now: `python3 -m benchmarks.speed` prints seconds for 20 million additions in Python.

Absolute figures of `docs/benchmarks.md` say at which speed they were taken, because two cores of the same name have
been seen to differ by three. Ratios need no such word.
"""

import time

WORK = "for number in range(20_000_000): total += number"


def seconds() -> float:
    """Wall-clock seconds of the fixed work; the smallest of three, which other processes disturb least."""
    return min(_once() for _ in range(3))


def _once() -> float:
    begin = time.perf_counter()
    exec(WORK, {"total": 0})  # as a script's own lines run, in globals
    return time.perf_counter() - begin


if __name__ == "__main__":
    print(f"{seconds():.2f} s")

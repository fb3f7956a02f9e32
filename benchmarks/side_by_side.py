"""Two sides that do the same steps, in turn: seconds, medians and ratios.

Each round lets the other side begin: whoever comes second finds the node as the first has left it, and none may profit
from that alone. What a side goes on deleting after its last step is waited for (`settle`): else the next would pay.
"""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Mapping

Step = Callable[[], object]
Steps = Mapping[str, Step]


def timed(steps: Steps) -> dict[str, float]:
    """Seconds that each step takes, in order."""
    took = {}
    for name, step in steps.items():
        begin = time.monotonic()
        step()
        took[name] = time.monotonic() - begin
    return took


def compare(peer: str, theirs: Steps, ours: Steps, rounds: int, settle: Step = lambda: None) -> None:
    """Run both sides `rounds` times and print a line per step: median seconds, their ratio and difference.

    `settle` comes before each side and is not timed. In brackets the fastest and the slowest round of each side: how
    far the medians are to be trusted. Last the ratio of the means, which moves less where a step's time comes in jumps
    (Helm looks every two seconds).
    """
    seen: dict[tuple[str, str], list[float]] = defaultdict(list)
    for number in range(rounds):
        sides = [("theirs", theirs), ("ours", ours)]
        for side, steps in sides if number % 2 else reversed(sides):
            settle()
            for step, seconds in timed(steps).items():
                seen[side, step].append(seconds)
    print(
        f"{'step':10} {peer + ' s':>8} {'':15} {'ours s':>8} {'':15} {'ratio':>6} {'over s':>7} {'means':>6}"
        f"   of {rounds}"
    )
    for step in ours:
        theirs_, ours_ = seen["theirs", step], seen["ours", step]
        slow, fast = statistics.median(theirs_), statistics.median(ours_)
        print(
            f"{step:10} {slow:8.2f} {_range(theirs_):15} {fast:8.2f} {_range(ours_):15} "
            f"{fast / slow:6.2f} {fast - slow:7.2f} {sum(ours_) / sum(theirs_):6.2f}",
            flush=True,
        )


def _range(seconds: list[float]) -> str:
    return f"[{min(seconds):.1f}, {max(seconds):.1f}]"

"""Run tasks that depend on each other, in parallel, and say how far they are.

A task is a function with a name, an estimated weight (its share of the whole, in seconds on a
2-core machine) and the names of the tasks it needs. Guarantees: a task starts when all it needs
have ended well; after a failure nothing new starts, running tasks end, and the first failure is
raised; every start and end prints one line, and a silent stretch prints a heartbeat.
"""

import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from toolbox.clock import elapsed

HEARTBEAT_SECONDS = 20.0


@dataclass(frozen=True)
class Task:
    """`run` does the work; `weight` is its estimated share in seconds; `after` are task names."""

    name: str
    run: Callable[[], None]
    weight: float = 1.0
    after: tuple[str, ...] = ()


def run_tasks(tasks: Sequence[Task], *, out: Callable[[str], None] | None = None) -> dict[str, float]:
    """Run all `tasks` and return the seconds that each took.

    Raises `ValueError` for an unknown or circular dependency before anything runs, and whatever
    the first failing task raised.
    """
    _refuse_unrunnable(tasks)
    board = _Board(tasks, out or _print)
    ended: queue.Queue[tuple[Task, BaseException | None]] = queue.Queue()
    waiting = {task.name: task for task in tasks}
    failure: BaseException | None = None
    while waiting or board.running:
        if failure is None:
            for task in [t for t in waiting.values() if board.done.keys() >= set(t.after)]:
                del waiting[task.name]
                board.start(task)
                threading.Thread(target=_run_one, args=(task, ended), daemon=True).start()
        elif not board.running:
            break
        try:
            task, error = ended.get(timeout=HEARTBEAT_SECONDS)
        except queue.Empty:
            board.heartbeat()
            continue
        board.end(task, error)
        failure = failure or error
    if failure is not None:
        raise failure
    return board.done


def _run_one(task: Task, ended: "queue.Queue[tuple[Task, BaseException | None]]") -> None:
    try:
        task.run()
    except BaseException as error:  # noqa: BLE001 - handed to the caller of run_tasks, whatever it is
        ended.put((task, error))
    else:
        ended.put((task, None))


def _refuse_unrunnable(tasks: Sequence[Task]) -> None:
    done: set[str] = set()
    left = list(tasks)
    while left:
        ready = [task for task in left if done >= set(task.after)]
        if not ready:
            raise ValueError(f"unknown or circular dependency of {[task.name for task in left]}")
        done |= {task.name for task in ready}
        left = [task for task in left if task.name not in done]


class _Board:
    """Prints `[ 37% 1:42] name …` lines; knows what runs and what is done."""

    def __init__(self, tasks: Sequence[Task], out: Callable[[str], None]) -> None:
        self.total = sum(task.weight for task in tasks) or 1.0
        self.out = out
        self.begin = time.monotonic()
        self.running: dict[str, tuple[Task, float]] = {}
        self.done: dict[str, float] = {}
        self.done_weight = 0.0

    def start(self, task: Task) -> None:
        self.running[task.name] = (task, time.monotonic())
        if task.weight >= 5:
            self._line(f"{task.name} …")

    def end(self, task: Task, error: BaseException | None) -> None:
        _, started = self.running.pop(task.name)
        took = time.monotonic() - started
        if error is None:
            self.done[task.name] = took
            self.done_weight += task.weight
            self._line(f"{task.name}: done in {took:.1f} s")
        else:
            self._line(f"{task.name}: FAILED after {took:.1f} s")

    def heartbeat(self) -> None:
        now = time.monotonic()
        self._line("still at " + ", ".join(f"{n} ({now - s:.0f} s)" for n, (_, s) in self.running.items()))

    def _line(self, text: str) -> None:
        now = time.monotonic()
        # A running task counts for the time it has had, up to nine tenths of its estimate.
        partial = sum(min(now - s, 0.9 * t.weight) for t, s in self.running.values())
        share = min(99.0, 100 * (self.done_weight + partial) / self.total)
        if not self.running and self.done_weight >= self.total - 1e-9:
            share = 100.0
        self.out(f"[{share:3.0f}% {elapsed(self.begin)}] {text}")


def _print(line: str) -> None:
    print(line, flush=True, file=sys.stdout)

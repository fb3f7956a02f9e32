"""Runs the previews of many stacks, a bounded number at a time, each in a process that is forked from a warm one.

Guarantees: every task has an outcome, also when its process dies or takes too long; a failure of one stops none of
the others; whatever ends this process ends what it started.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

from previews.child import Outcome, Task, run
from previews.model import Preview
from toolbox.clock import elapsed

SECONDS = 300.0
"""For one stack."""

Tell = Callable[[str], None]
Main = Callable[[Task, Connection], None]


class Pool:
    """`jobs` previews at a time. `tell` gets a line for each that ends. `close` it in the end.

    `main` is what each process runs, importable by its name: it sends one `Outcome`.
    """

    def __init__(self, jobs: int, tell: Tell, seconds: float = SECONDS, main: Main = run) -> None:
        self._jobs, self._tell, self._seconds, self._main = jobs, tell, seconds, main
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["previews.ahead"])
        self._running: set[ForkServerProcess] = set()
        self._closed = threading.Event()

    def run(self, tasks: Sequence[Task]) -> list[Outcome]:
        """The outcomes, in the order of `tasks`. Ctrl-C ends what runs and is raised again."""
        board = _Board(len(tasks), self._tell)
        with ThreadPoolExecutor(self._jobs) as threads:
            try:
                return list(threads.map(lambda task: board.ended(self._one(task)), tasks))
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """End what still runs; nothing is begun from now on."""
        self._closed.set()
        for process in list(self._running):
            _end(process)

    def _one(self, task: Task) -> Outcome:
        if self._closed.is_set():
            return _failed(task, "it was interrupted")
        receiving, sending = self._context.Pipe(duplex=False)
        process = self._context.Process(target=self._main, args=(task, sending), daemon=False)
        process.start()
        sending.close()
        self._running.add(process)
        try:
            if not receiving.poll(self._seconds):
                return _failed(task, f"it did not end within {self._seconds:.0f} s; run it again for this stack alone")
            outcome: Outcome = receiving.recv()
            process.join(10)  # what it started ends with its command line, a moment later
            return outcome
        except EOFError:
            return _failed(task, "its process ended before it was done; read what it printed, and run it again")
        finally:
            _end(process)
            self._running.discard(process)
            receiving.close()


def _failed(task: Task, why: str) -> Outcome:
    return Outcome(Preview(task.target.label, failure=why), {}, {})


def _end(process: ForkServerProcess) -> None:
    """Kill what is left of the process's group, and take note of its end."""
    if process.pid:
        # Before it made a group of its own there is nothing that it could have started.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with suppress(ValueError, OSError):
            process.kill()
            process.join(5)


class _Board:
    """Prints `[ 12/213 0:45] nike-shoes: …`."""

    def __init__(self, total: int, tell: Tell) -> None:
        self._total, self._tell, self._done = total, tell, 0
        self._begin, self._lock = time.monotonic(), threading.Lock()

    def ended(self, outcome: Outcome) -> Outcome:
        with self._lock:
            self._done += 1
            preview = outcome.preview
            said = "FAILED" if preview.failure else "changes" if preview.changes else "no changes"
            place = f"{self._done:>{len(str(self._total))}}/{self._total}"
            self._tell(f"[{place} {elapsed(self._begin)}] {preview.stack}: {said} ({preview.seconds:.1f} s)")
        return outcome


def to_stderr(line: str) -> None:
    """A line of progress."""
    print(line, file=sys.stderr, flush=True)

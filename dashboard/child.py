"""One operation in a process of its own: reads its task, reports in JSON lines, ends.

Standard output carries messages only; what libraries and their children print goes to standard
error. Standard input stays open after the task: it is the worker's sign of life. When it closes or
is silent for a whole lease, the worker is dead or has lost the operation, and this process ends
with everything it started.
"""

import os
import select
import signal
import sys
import threading
from typing import TextIO

from dashboard.documents import Done, Task, read_task, write_message
from dashboard.model import Failure, Kind, NewEvent, Progress
from dashboard.provisioner import Failed, Provisioner
from dashboard.provisioners import make_provisioner
from dashboard.settings import Settings


def main(settings: Settings) -> int:
    """0 when an outcome was reported, whichever it is."""
    report = Report(_private_stdout())
    task = read_task(_read_line(sys.stdin.fileno()))
    watcher = threading.Thread(target=watch_worker, args=(sys.stdin.fileno(), settings.lease_seconds), daemon=True)
    watcher.start()
    report.write(run(make_provisioner(settings), task, report))
    return 0


class Report:
    """Writes messages, whole lines, from any thread."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def __call__(self, what: NewEvent | Progress) -> None:
        self.write(what)

    def write(self, message: NewEvent | Progress | Failure | Done) -> None:
        """One line, at once."""
        line = write_message(message)
        with self._lock:
            self._out.write(line)
            self._out.flush()


def run(provisioner: Provisioner, task: Task, report: Report) -> Done | Failure:
    """The outcome; a defect of ours keeps its traceback in the log and ends the process instead."""
    operation = task.operation
    try:
        if task.recover:
            provisioner.recover(operation.store, report)
        if operation.kind is Kind.DELETE:
            provisioner.destroy(operation.store, report)
            return Done(None)
        assert operation.request is not None  # read_task refuses it
        return Done(provisioner.up(operation.request, report))
    except Failed as failed:
        return failed.failure


def watch_worker(stdin: int, silence_seconds: float) -> None:
    """Returns never: kills this process group when `stdin` closes or is silent for too long."""
    while select.select([stdin], [], [], silence_seconds)[0] and os.read(stdin, 4096):
        pass
    os.killpg(os.getpgid(0), signal.SIGKILL)


def _private_stdout() -> TextIO:
    """Where standard output goes; from now on whatever else is printed goes to standard error."""
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "w", encoding="utf-8")


def _read_line(stdin: int) -> str:
    """The first line, without reading ahead: what follows belongs to `watch_worker`."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(stdin, 1)
        if not byte:
            raise SystemExit("no task came; this process is started by the worker")
        line += byte
    return line.decode()

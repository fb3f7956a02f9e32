"""The worker: takes operations out of the queue and runs each in a child process."""

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy.exc import DBAPIError

from dashboard import groups
from dashboard.claims import Abandoned, Claims, LostLease
from dashboard.documents import Done
from dashboard.failures import better
from dashboard.model import Operation, State
from dashboard.provisioner import Failed, Inventory
from dashboard.provisioners import Explain
from dashboard.pruning import Pruning
from dashboard.roster import Roster
from dashboard.runner import Outcome, Runner
from dashboard.settings import Settings

POLL_SECONDS = 0.2
PRUNING_SECONDS = 300.0


class Worker:
    """Runs operations until it is stopped; `run` blocks.

    At-least-once: an operation whose worker dies is run again by the next one, after everything of
    the dead attempt has ended. A database that does not answer is waited for.
    """

    def __init__(
        self,
        settings: Settings,
        claims: Claims,
        roster: Roster,
        pruning: Pruning,
        inventory: Inventory,
        explain: Explain,
        host_gone: Callable[[str], bool] = lambda host: False,
    ) -> None:
        self._settings = settings
        self._claims = claims
        self._roster = roster
        self._pruning = pruning
        self._inventory = inventory
        self._explain = explain
        self._host_gone = host_gone
        self._stopping = threading.Event()
        self._give_back = threading.Event()
        self._wake = threading.Event()
        self._running: dict[str, threading.Thread] = {}

    def stop(self) -> None:
        """Take nothing new and return from `run` when what runs has ended, or was handed over
        after `shutdown_seconds`. The second call hands over at once."""
        if self._stopping.is_set():
            self._give_back.set()
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        """Until `stop`."""
        threading.Thread(target=self._keep_house, daemon=True).start()
        looked = -self._settings.lease_seconds
        while not self._stopping.is_set():
            if time.monotonic() - looked > self._settings.lease_seconds / 4:
                self._answering(self._look_after)
                looked = time.monotonic()
            if not self._answering(self._take_next):
                self._pause(POLL_SECONDS)
        self._finish_or_hand_over()
        self._answering(self._claims.leave)

    def _look_after(self) -> bool:
        """The sign of life, and what dead workers left."""
        self._claims.beat(groups.here()["host"], os.getpid())
        for abandoned in self._claims.abandoned():
            self._recover(abandoned)
        return True

    def _recover(self, abandoned: Abandoned) -> None:
        """Queue it again once every process of the dead attempt has ended."""
        noted = abandoned.process
        try:
            groups.end(abandoned.operation)
        except TimeoutError as stuck:
            _log(f"{stuck}; the operation is not taken up before")
            return
        # Processes elsewhere cannot be seen from here; they end with their pod, or by themselves after a silent lease.
        elsewhere = noted is not None and not groups.is_here(noted) and not self._host_gone(str(noted["host"]))
        if not elsewhere or self._claims.silent_for(abandoned, 2 * self._settings.lease_seconds):
            self._claims.reclaim(abandoned)

    def _take_next(self) -> bool:
        operation = self._claims.claim()
        if operation is None:
            return False
        thread = threading.Thread(target=self._operate, args=(operation,), name=operation.id)
        self._running[operation.id] = thread
        thread.start()
        return True

    def _operate(self, operation: Operation) -> None:
        try:
            outcome = Runner(self._settings, self._claims, operation, self._give_back).run()
            while not self._answering(lambda: self._settle(operation, outcome)):
                time.sleep(1.0)
        except LostLease:
            _log(f"operation {operation.id} belongs to another worker by now")
        except (DBAPIError, OSError) as error:
            # Its lease runs out, then it is taken up again like that of a dead worker.
            _log(f"operation {operation.id} could not be run: {error}")
        finally:
            self._running.pop(operation.id, None)
            self._wake.set()

    def _settle(self, operation: Operation, outcome: Outcome) -> bool:
        if outcome is None:
            self._claims.hand_over(operation)
        elif isinstance(outcome, Done):
            self._claims.finish(operation, State.SUCCEEDED, None, outcome.outputs)
        else:
            failure = better(outcome, lambda: self._explain(operation.store, operation.started_at))
            self._claims.fail(operation, failure)
        return True

    def _finish_or_hand_over(self) -> None:
        until = time.monotonic() + self._settings.shutdown_seconds
        beaten = 0.0
        while self._running:
            if time.monotonic() > until:
                self._give_back.set()
            if time.monotonic() - beaten > self._settings.lease_seconds / 4:
                self._answering(self._look_after)
                beaten = time.monotonic()
            self._pause(POLL_SECONDS)

    def _keep_house(self) -> None:
        try:
            pruned = -PRUNING_SECONDS
            while not self._stopping.wait(self._settings.inventory_seconds):
                self._answering(self._sync)
                if time.monotonic() - pruned > PRUNING_SECONDS:
                    self._answering(self._prune)
                    pruned = time.monotonic()
        finally:
            # A defect must not leave a worker that looks alive and sees no store of the terminal any more: it ends,
            # and whoever watches over it starts another.
            if not self._stopping.is_set():
                self.stop()

    def _sync(self) -> bool:
        as_of = self._roster.now()
        try:
            self._roster.sync(self._inventory.stores(), as_of)
        except Failed as failed:
            _log(f"the stores of the terminal could not be listed: {failed}")
        return True

    def _prune(self) -> bool:
        for forgotten in self._pruning.look():
            with suppress(OSError):  # it may lie on another machine, or be somebody else's
                Runner.log_path(self._settings.var, forgotten).unlink()
        return True

    def _answering(self, question: Callable[[], bool | None]) -> bool:
        """Whether `question` said yes; a database that does not answer says no."""
        try:
            return bool(question())
        except DBAPIError as error:
            _log(f"the database does not answer: {error.orig}")
            return False

    def _pause(self, seconds: float) -> None:
        self._wake.wait(seconds)
        self._wake.clear()


def _log(line: str) -> None:
    print(f"worker: {line}", file=sys.stderr, flush=True)

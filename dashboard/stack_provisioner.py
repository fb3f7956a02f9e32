"""Makes and destroys stores with Pulumi: the same stacks, files and state that a terminal uses.

Runs in the child process of one operation. What Pulumi needs (`PULUMI_BACKEND_URL`, the passphrase's
file, `PULUMI_HOME`, `KUBECONFIG`, PATH) is in the environment, put there by whoever starts the dashboard.
"""

import time
from collections.abc import Callable, Mapping

from pulumi.automation import CommandError

from dashboard.apiserver import ApiError, ApiServer
from dashboard.backend import RELEASE, Checkpoint, CorruptState
from dashboard.engine import Engine
from dashboard.engine_events import Narrator, event
from dashboard.failures import clean, explain
from dashboard.farewell import Farewell
from dashboard.inventory import read_outputs
from dashboard.kubeconfig import NoCluster
from dashboard.locks import Judge, Lock, drop, locks_in, own_pod_gone, read_locks
from dashboard.model import Failure, Level, Outputs, Request
from dashboard.provisioner import Emit, Failed
from dashboard.recovery import Repair
from dashboard.settings import Settings
from dashboard.stackfile import Program
from dashboard.stacks import Stacks

LOCK_POLL_SECONDS = 1.0
KEPT = frozenset({"Locked", "Unreachable", "Unauthorized", "WrongPassphrase", "PluginMissing", "DiskFull"})
"""After these a new store is not taken away: it could not be, or somebody else is at work on it."""


class StackProvisioner:
    """`Provisioner` for one operation. Waits for a lock at most `settings.operation_timeout_seconds`."""

    def __init__(self, settings: Settings, cluster: ApiServer | None = None) -> None:
        self._settings = settings
        self._program = Program(settings.program)
        try:
            self._cluster = cluster or ApiServer.connect()
        except NoCluster as error:
            raise Failed(Failure("NoCluster", str(error), "set KUBECONFIG to the cluster of the stores")) from None
        self._judge = Judge(own_pod_gone(self._cluster))

    def up(self, request: Request, emit: Emit) -> Outputs:
        """Make the store or bring it up to date.

        A new store whose creation fails is taken away again completely; one that was complete before stays.
        """
        name = request.name
        stacks, engine = self._parts(name)
        self._wait_for_locks(stacks, name, emit)
        before = self._read(stacks, name, emit)
        repair = Repair(self._cluster, name, emit)
        try:
            is_changed = self._program.configure(request, self._settings.platform_stack)
            if before is None:
                stacks.create(name)
                before = Checkpoint((), ())
            if self._asked(lambda: repair.before_up(before, is_changed)) and not before.is_empty:
                self._run(stacks, name, emit, engine.refresh, 0)
            outputs = self._run(stacks, name, emit, engine.up, stacks.usual_steps(name))
            return told(outputs or stacks.read_outputs(name))
        except Failed as failed:
            if not (before and before.is_finished) and failed.failure.reason not in KEPT:
                self._take_away(name, emit)
            raise

    def destroy(self, name: str, emit: Emit) -> None:
        """Take the store away, with its state, copies of it and configuration."""
        stacks, engine = self._parts(name)
        self._wait_for_locks(stacks, name, emit)
        try:
            checkpoint = self._read(stacks, name, emit)
        except Failed as failed:
            if failed.failure.reason != "StateCorrupt":
                raise
            checkpoint = None  # nothing tells what it held but the cluster itself
        repair = Repair(self._cluster, name, emit)
        # Everything that a stack holds is in its namespace: where that is gone, nothing is left to destroy,
        # and a worker in the cluster could not look any more.
        if checkpoint is not None and not checkpoint.is_empty and self._asked(repair.wait_while_terminating):
            self._destroy(stacks, engine, name, checkpoint, repair, emit)
        self._asked(repair.delete_namespace)
        if checkpoint is not None and checkpoint.of_type(RELEASE):
            self._asked(repair.wait_until_gone)
        stacks.forget(name)
        self._program.forget(name)

    def recover(self, name: str, emit: Emit) -> None:
        """Drop the dead attempt's lock and mend its state; `up` and `destroy` do the rest by themselves."""
        stacks, _ = self._parts(name)
        self._wait_for_locks(stacks, name, emit)
        try:
            checkpoint = stacks.read(name)
        except CorruptState:
            return  # `up` restores a copy of it, `destroy` goes on without
        if checkpoint is not None and checkpoint.pending:
            steps = len(checkpoint.pending)
            emit(event(name, "operation.recovered", f"an interrupted attempt left {steps} unfinished step(s)"))

    def _parts(self, name: str) -> tuple[Stacks, Engine]:
        return Stacks.of(self._program), Engine(self._program.folder, name)

    def _destroy(
        self, stacks: Stacks, engine: Engine, name: str, checkpoint: Checkpoint, repair: Repair, emit: Emit
    ) -> None:
        stale = self._asked(lambda: repair.before_destroy(checkpoint))
        steps = checkpoint.steps

        def leave(listen: Narrator, refresh: bool) -> None:
            engine.destroy(Farewell(listen, repair.start_deleting), refresh=refresh)

        try:
            self._run(stacks, name, emit, lambda listen: leave(listen, stale), steps)
        except Failed as failed:
            if failed.failure.reason in KEPT:
                raise
            if self._asked(repair.is_leaving):
                return  # the cluster was quicker than Helm; it takes away whatever is left
            if stale:
                raise
            # Something was already gone, for instance uninstalled by hand: look, then again.
            self._run(stacks, name, emit, lambda listen: leave(listen, True), steps)

    def _run(
        self, stacks: Stacks, name: str, emit: Emit, verb: Callable[[Narrator], None], expected: int
    ) -> dict[str, object]:
        """One run of the engine, again after a lock that came in between; returns the stack's outputs."""
        while True:
            narrator = Narrator(name, emit, expected)
            try:
                verb(narrator)
                return dict(narrator.outputs)
            except CommandError as error:
                text = str(error)
                if "currently locked by" not in text:
                    raise Failed(explain([*narrator.errors, clean_stderr(text)])) from None
            self._wait_for_locks(stacks, name, emit, locks_in(text))

    def _read(self, stacks: Stacks, name: str, emit: Emit) -> Checkpoint | None:
        try:
            return stacks.read(name)
        except CorruptState:
            if not stacks.restore(name):
                raise Failed(Failure(
                    "StateCorrupt", f"Pulumi's state of {name} cannot be read and there is no copy of it",
                    "put a copy in its place from your backup, or delete the store",
                )) from None  # fmt: skip
            emit(event(name, "operation.recovered", "the state could not be read; its last copy was restored"))
            restored = stacks.read(name)
            # A copy is older than the truth: whatever was made since is found by a refresh.
            return restored and Checkpoint(restored.resources, restored.pending, is_copy=True)

    def _wait_for_locks(self, stacks: Stacks, name: str, emit: Emit, named: list[Lock] | None = None) -> None:
        """Return when nobody holds the stack; locks of the dead are dropped. `named` were seen by Pulumi."""
        told: set[str] = set()
        until = time.monotonic() + self._settings.operation_timeout_seconds
        while True:
            locks = read_locks(stacks.locks(name)) if named is None or stacks.is_folder else named
            dead = [lock for lock in locks if self._judge.is_dead(lock)]
            alive = [lock for lock in locks if lock not in dead]
            if dead and not alive:
                emit(event(name, "operation.recovered", f"dropped the lock of {dead[0]}, which is dead"))
                stacks.unlock(name) if not stacks.is_folder else None
            drop(dead)
            if not alive:
                return
            self._tell(name, emit, alive, told)
            if time.monotonic() > until:
                raise Failed(Failure(
                    "Locked", f"the stack is locked by {alive[0]}",
                    "end that command; if it was killed, 'pulumi cancel' drops its lock", True,
                ))  # fmt: skip
            time.sleep(LOCK_POLL_SECONDS)
            if not stacks.is_folder:
                return  # Pulumi itself is asked again

    def _tell(self, name: str, emit: Emit, alive: list[Lock], told: set[str]) -> None:
        for lock in alive:
            if str(lock) not in told:
                told.add(str(lock))
                message = f"the stack is in use by {lock}; waiting until it is free"
                emit(event(name, "operation.waiting", message, Level.WARNING, reason="Locked"))

    def _take_away(self, name: str, emit: Emit) -> None:
        try:
            self.destroy(name, emit)
        except Failed as failed:
            message = f"what was made of it could not be taken away: {failed.failure.message}"
            emit(event(name, "engine.step", message, Level.WARNING, reason=failed.failure.reason))

    def _asked(self, question: Callable[[], bool | None]) -> bool:
        try:
            return bool(question())
        except ApiError as error:
            raise Failed(explain([error.message if error.status else "the cluster does not answer"])) from None


def clean_stderr(text: str) -> str:
    """The error lines of a `CommandError`."""
    lines = [line.strip() for line in text.partition("stderr:")[2].splitlines() if "error:" in line]
    return clean(" ".join(lines)) or text.partition("stderr:")[2]


def told(outputs: Mapping[str, object]) -> Outputs:
    """What the finished store says of itself. Raises `Failed` if the program does not say it all."""
    found = read_outputs(outputs)
    if found is None:
        raise Failed(Failure("Internal", "the store's program did not say all of its outputs", "look at stores/"))
    return found

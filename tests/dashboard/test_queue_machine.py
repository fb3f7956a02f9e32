"""The queue against a model of it: whatever the desk and the workers do, nothing is lost."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dashboard.claims import Claims, LostLease
from dashboard.database import Database, open_database
from dashboard.fleet import Fleet
from dashboard.journal import Journal
from dashboard.model import ENDED, Failure, Kind, Operation, State
from dashboard.operations import Desk
from dashboard.pruning import Pruning
from dashboard.refusal import Refusal
from dashboard.settings import Settings
from tests.dashboard.conftest import Clock
from tests.dashboard.samples import OUTPUTS, request

pytestmark = pytest.mark.long
NAMES = st.sampled_from(["a", "b", "c"])
LIMIT = 4
KEEP_SECONDS, GONE_SECONDS = 20.0, 40.0
TERMINAL = {f"operation.{state}" for state in ENDED}


class Queue(RuleBasedStateMachine):
    """Two workers, three stores. `accepted` are the ids in the order in which the desk returned them."""

    @initialize(concurrency=st.integers(1, 3))
    def begin(self, concurrency: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="storefleet-queue-"))
        values = {"var": self.folder, "concurrency": concurrency, "queue_limit": LIMIT, "retry_delay_seconds": 5.0}
        short = {"operations_limit_per_store": 1, "keep_hours": KEEP_SECONDS / 3600, "gone_days": GONE_SECONDS / 86400}
        self.settings = Settings.model_validate({**values, **short, "journal_limit_per_store": 100_000})
        self.clock = Clock()
        self.database: Database = open_database(self.settings.database_url, self.clock)
        self.journal = Journal(self.database, self.settings.journal_limit_per_store)
        self.desk, self.fleet = Desk(self.database, self.journal, self.settings), Fleet(self.database)
        self.claims = [Claims(self.database, self.journal, self.settings, name) for name in ("v", "w")]
        self.pruning = Pruning(self.database, self.settings)
        self.accepted: list[str] = []
        self.forgotten: set[str] = set()
        self.held: list[tuple[Claims, Operation]] = []

    def take(self, ask: Callable[[], Operation]) -> None:
        try:
            operation = ask()
        except Refusal:
            return
        if operation.id not in self.accepted:
            self.accepted.append(operation.id)

    @rule(name=NAMES, title=st.sampled_from(["one", "two"]), key=st.sampled_from([None, "k1", "k2"]))
    def deploy(self, name: str, title: str, key: str | None) -> None:
        self.take(lambda: self.desk.deploy(request(name, title), key))

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        self.take(lambda: self.desk.delete(name))

    @rule(name=NAMES)
    def retry(self, name: str) -> None:
        self.take(lambda: self.desk.retry(name))

    @rule(name=NAMES)
    def update(self, name: str) -> None:
        self.take(lambda: self.desk.update(name))

    @precondition(lambda self: self.accepted)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self.take(lambda: self.desk.cancel(data.draw(st.sampled_from(self.accepted))))

    @rule(worker=st.integers(0, 1))
    def claim(self, worker: int) -> None:
        queue = self.fleet.queue()
        taken = self.claims[worker].claim()
        if taken is None:
            return
        earlier = queue[: [operation.id for operation in queue].index(taken.id)]
        blocked = {operation.store for operation in queue if operation.state is State.RUNNING}
        for operation in earlier:  # first in, first out, but for what may not run now
            waits = operation.reason != ""  # a failed attempt's pause
            assert operation.state is State.RUNNING or operation.store in blocked or waits, operation
            blocked.add(operation.store)
        self.held.append((self.claims[worker], taken))

    @precondition(lambda self: self.held)
    @rule(data=st.data(), how=st.sampled_from(["succeed", "fail", "later", "hand over", "vanish", "renew"]))
    def go_on(self, data: st.DataObject, how: str) -> None:
        claims, operation = held = data.draw(st.sampled_from(self.held))
        failure = Failure("Broken", "broken", "mend it", retryable=how == "later")
        outputs = OUTPUTS if operation.kind is Kind.CREATE else None
        acts: dict[str, Callable[[], object]] = {
            "succeed": lambda: claims.finish(operation, State.SUCCEEDED, None, outputs),
            "fail": lambda: claims.fail(operation, failure),
            "later": lambda: claims.fail(operation, failure),
            "hand over": lambda: claims.hand_over(operation),
            "renew": lambda: claims.renew(operation),
            "vanish": lambda: None,
        }
        now = self.fleet.operation(operation.id)
        assert now
        mine = now.state is State.RUNNING and now.attempt == operation.attempt
        try:
            acts[how]()
        except LostLease:
            assert not mine
        else:
            assert mine or how == "vanish"
        if how != "renew":
            self.held.remove(held)

    @rule(seconds=st.sampled_from([1.0, 12.0, 31.0]))
    def time_goes_by(self, seconds: float) -> None:
        self.clock.move(seconds)

    @rule(worker=st.integers(0, 1))
    def recover(self, worker: int) -> None:
        for abandoned in self.claims[worker].abandoned():
            self.claims[worker].reclaim(abandoned)

    @rule()
    def prune(self) -> None:
        """What a later operation rests on stays as it was; what is forgotten ended long enough ago."""
        known = {id: self.fleet.operation(id) for id in self.accepted}
        before = self.rests_on()
        for id in self.pruning.look():
            operation = known[id]
            assert operation and operation.finished_at
            assert (self.clock() - operation.finished_at).total_seconds() > KEEP_SECONDS
            self.forgotten.add(id)
        assert self.rests_on() == before

    def rests_on(self) -> object:
        """Of each store that is there: its row, and the newest operations by which the desk, the workers and
        the roster decide."""
        found = []
        for store in self.fleet.stores()[0]:
            past = self.fleet.operations(store.name, 1000)
            ended = [operation for operation in past if operation.state in ENDED]
            newest = (
                ended,
                [operation for operation in ended if operation.attempt],
                [operation for operation in ended if operation.state is not State.CANCELED],
            )
            active = [operation for operation in past if operation.state not in ENDED]
            found.append((store, active, [some[:1] for some in newest]))
        return found

    @invariant()
    def nothing_is_forgotten_uncounted(self) -> None:
        ended = [operation for operation in map(self.fleet.operation, self.accepted) if operation]
        counted = sum(self.fleet.ended().values())
        assert counted == len(self.forgotten) + sum(operation.state in ENDED for operation in ended)

    @invariant()
    def nothing_is_lost_and_each_ends_once(self) -> None:
        events = self.journal.after(0, None, 100_000)
        for id in self.accepted:
            operation = self.fleet.operation(id)
            assert (operation is None) == (id in self.forgotten)
            if operation is None:
                continue
            ends = [event.kind for event in events if event.operation == id and event.kind in TERMINAL]
            assert ends == ([f"operation.{operation.state}"] if operation.state in ENDED else [])
            assert (operation.finished_at is not None) == (operation.state in ENDED)

    @invariant()
    def limits_hold(self) -> None:
        running = [operation for operation in self.fleet.queue() if operation.state is State.RUNNING]
        assert len(running) <= self.settings.concurrency
        assert len({operation.store for operation in running}) == len(running)
        creates = [op for op in self.fleet.queue() if op.state is State.QUEUED and op.kind is Kind.CREATE]
        assert len(creates) <= LIMIT + self.settings.concurrency

    @invariant()
    def every_store_in_work_has_its_row(self) -> None:
        assert {operation.store for operation in self.fleet.queue()} <= {s.name for s in self.fleet.stores()[0]}

    def teardown(self) -> None:
        if not hasattr(self, "folder"):
            return
        self.drain()
        self.database.close()
        shutil.rmtree(self.folder)

    def drain(self) -> None:
        """However it went, a worker that goes on empties the queue."""
        claims = self.claims[0]
        for _ in range(200):
            self.clock.move(400)
            for abandoned in claims.abandoned():
                claims.reclaim(abandoned)
            while taken := claims.claim():
                claims.finish(taken, State.SUCCEEDED, None, OUTPUTS if taken.kind is Kind.CREATE else None)
            if not self.fleet.queue():
                break
        assert self.fleet.queue() == []
        self.nothing_is_lost_and_each_ends_once()


TestQueue = Queue.TestCase
TestQueue.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)

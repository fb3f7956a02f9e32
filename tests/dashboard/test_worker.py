"""The worker over the fake provisioner: real child processes, real kills."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard import groups
from dashboard.claims import Claims
from dashboard.database import open_database
from dashboard.fleet import Fleet
from dashboard.journal import Journal
from dashboard.model import Operation, State, Status
from dashboard.operations import Desk
from dashboard.provisioners import make_company, make_provisioner
from dashboard.runner import Runner
from dashboard.settings import Settings
from dashboard.worker import Worker
from dashboard.worker_process import make_worker
from tests.dashboard.conftest import Bench, Clock, MakeSettings
from tests.dashboard.processes import eventually, part
from tests.dashboard.samples import request

pytestmark = pytest.mark.long
QUICK = {"fake_step_seconds": 0.0, "retry_delay_seconds": 0.0, "lease_seconds": 20.0, "inventory_seconds": 0.2}
LONG = {**QUICK, "fake_step_seconds": 30.0}  # an operation that does not end by itself within the test


@pytest.fixture
def real(make_settings: MakeSettings) -> Iterator[Bench]:
    """A bench on the real clock."""
    settings = make_settings(**QUICK)
    database = open_database(settings.database_url)
    journal = Journal(database)
    yield Bench(settings, Clock(), database, journal, Desk(database, journal, settings), Fleet(database))
    database.close()


@contextmanager
def working(
    bench: Bench, settings: Settings | None = None, host_gone: Callable[[str], bool] = lambda host: False
) -> Iterator[Worker]:
    """A worker in a thread of this process."""
    chosen = settings or bench.settings
    company = replace(make_company(chosen, bench.database, bench.journal, bench.fleet), host_gone=host_gone)
    worker = make_worker(chosen, bench.database, bench.journal, company)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        worker.stop()  # what still runs is handed over at once
        thread.join()


def newest(bench: Bench, store: str) -> Operation:
    return bench.fleet.operations(store, 1)[0]


def idle(bench: Bench) -> bool:
    return not bench.fleet.queue()


def test_operations_end_as_their_stores_deserve(real: Bench) -> None:
    for name in ("good", "fail-a", "crash-b"):
        real.desk.deploy(request(name))
    with working(real):
        eventually(lambda: idle(real), "an empty queue")
        real.desk.delete("good")
        assert newest(real, "fail-a").state is State.FAILED and newest(real, "fail-a").reason == "ImagePull"
        assert newest(real, "crash-b").state is State.STALLED and newest(real, "crash-b").attempt == 3
        eventually(lambda: idle(real), "an empty queue")
    assert real.fleet.store("good") is None
    kinds = [event.kind for event in real.journal.after(0, "good")]
    assert kinds[:2] == ["operation.queued", "operation.started"] and kinds[-1] == "operation.succeeded"
    assert {"engine.step", "kubernetes.event"} <= set(kinds)
    ends = [k for k in kinds if k.split(".")[1] in ("succeeded", "failed", "stalled", "canceled")]
    assert len(ends) == 2  # one per operation
    assert real.fleet.workers() == []


def test_a_timeout_ends_every_process_of_the_attempt(real: Bench) -> None:
    real.desk.deploy(request("slow"))
    with working(real, real.settings.model_copy(update={**LONG, "operation_timeout_seconds": 0.5, "attempts": 1})):
        eventually(lambda: idle(real), "an empty queue")
    ended = newest(real, "slow")
    assert (ended.state, ended.reason) == (State.STALLED, "Timeout")
    assert groups.members(ended) == []


def test_a_stopped_worker_hands_over_and_leaves_no_process(real: Bench) -> None:
    real.desk.deploy(request("a"))
    with working(real, real.settings.model_copy(update=LONG)):
        eventually(lambda: newest(real, "a").progress.total > 0, "an operation that runs")
        taken = newest(real, "a")
        (child,) = groups.members(taken)
        told = Path(f"/proc/{child}/environ").read_text()
        assert "STOREFLEET_DASHBOARD_PROVISIONER=fake" in told and "DATABASE_URL" not in told
    assert newest(real, "a").state is State.QUEUED
    assert groups.members(taken) == []
    with working(real):
        eventually(lambda: idle(real), "an empty queue")
    assert newest(real, "a").state is State.SUCCEEDED
    assert "operation.recovered" not in real.kinds("a")


def test_a_killed_worker_is_recovered_by_the_next(real: Bench) -> None:
    # On a busy machine the worker itself may be late for so short a lease, which must not use up the attempts.
    many = {"attempts": 20}
    long = real.settings.model_copy(update={**LONG, **many, "lease_seconds": 5.0})
    real.desk.deploy(request("a"))
    with part(long, "worker") as worker:
        eventually(lambda: newest(real, "a").progress.total > 0, "an operation that runs")
        taken = newest(real, "a")
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    with working(real, real.settings.model_copy(update=many)):
        eventually(lambda: idle(real), "an empty queue")
    assert groups.members(taken) == []
    ended = newest(real, "a")
    assert ended.state is State.SUCCEEDED and ended.attempt > taken.attempt
    kinds = [event.kind for event in real.journal.after(0, "a")]
    assert "operation.recovered" in kinds and kinds.count("operation.succeeded") == 1
    # The provisioner was asked to clear up.
    assert "Recovered" in [event.reason for event in real.journal.after(0, "a")]


def test_a_worker_elsewhere_is_waited_for_unless_its_machine_is_known_to_be_gone(real: Bench) -> None:
    real.desk.deploy(request("a"))
    other = Claims(real.database, real.journal, real.settings.model_copy(update={"lease_seconds": 0.1}), "other")
    taken = other.claim()
    assert taken is not None
    other.note_process(taken, {"host": "worker-pod-1", "boot": "another"})
    with working(real):  # a silent lease of 20 s is not over yet, let alone two more
        time.sleep(1.0)
        assert newest(real, "a").attempt == 1
    with working(real, host_gone=lambda host: host == "worker-pod-1"):
        eventually(lambda: idle(real), "an empty queue")
    assert (newest(real, "a").state, newest(real, "a").attempt) == (State.SUCCEEDED, 2)


def test_a_child_ends_with_everything_when_its_worker_is_gone(real: Bench) -> None:
    real.desk.deploy(request("a"))
    with part(real.settings.model_copy(update=LONG), "worker") as worker:
        eventually(lambda: newest(real, "a").progress.total > 0, "an operation that runs")
        taken = newest(real, "a")
        os.kill(worker.pid, signal.SIGKILL)
    eventually(lambda: groups.members(taken) == [], "the end of the child")


def test_a_worker_that_gets_sigterm_finishes_what_runs(real: Bench) -> None:
    real.desk.deploy(request("a"))
    with part(real.settings.model_copy(update={"fake_step_seconds": 0.1}), "worker") as worker:
        eventually(lambda: newest(real, "a").state is State.RUNNING, "an operation that runs")
        worker.terminate()
        assert worker.wait(90) == 0
    assert newest(real, "a").state is State.SUCCEEDED


def test_what_is_forgotten_takes_its_log_along(real: Bench) -> None:
    kept = real.settings.model_copy(update={"keep_hours": 0.0, "operations_limit_per_store": 1})
    logs = [Runner.log_path(real.settings.var, real.desk.deploy(request("fail-a")).id)]
    with working(real, kept.model_copy(update={"inventory_seconds": 3600.0})):  # which keeps no house meanwhile
        eventually(lambda: idle(real), "an empty queue")
        logs.append(Runner.log_path(real.settings.var, real.desk.retry("fail-a").id))
        eventually(lambda: idle(real), "an empty queue")
    assert all(log.exists() for log in logs)
    with working(real, kept):
        eventually(lambda: len(real.fleet.operations("fail-a")) == 1, "an operation that is forgotten")
        eventually(lambda: not logs[0].exists(), "the end of its log")
    assert logs[1].exists()


def test_stores_of_the_terminal_come_and_go(real: Bench) -> None:
    with working(real):
        make_provisioner(real.settings).up(request("by-hand"), lambda event: None)
        eventually(lambda: real.fleet.store("by-hand") is not None, "a store that the terminal made")
        store = real.fleet.store("by-hand")
        assert store and (store.made_by, store.status) == ("terminal", Status.READY)
        make_provisioner(real.settings).destroy("by-hand", lambda event: None)
        eventually(lambda: real.fleet.store("by-hand") is None, "a store that is gone")

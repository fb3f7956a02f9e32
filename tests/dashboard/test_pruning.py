"""Pruning: what is forgotten when, and that nothing which the queue or the metrics rest on is."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from dashboard.model import Level, NewEvent, Source, State, Status
from dashboard.pruning import Pruning
from dashboard.refusal import Refusal
from dashboard.roster import Roster
from dashboard.tables import events, keys, operations, snapshots
from tests.dashboard.conftest import Bench, MakeBench
from tests.dashboard.history import BROKEN, DAY, HOUR, cancel_often, claim, fail_often, prune, run
from tests.dashboard.samples import REQUEST, request


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    """A bench that keeps two ended operations per store beside those of the last day."""
    return make_bench(operations_limit_per_store=2, keep_hours=24, gone_days=30)


def count(bench: Bench, table: object) -> int:
    with bench.database.read() as reader:
        return reader.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type] # any table


def test_ended_operations_above_the_limit_go_after_the_promised_time(bench: Bench) -> None:
    ids = fail_often(bench, 5)
    bench.clock.move(24 * HOUR - 4)
    assert prune(bench) == []
    bench.clock.move(HOUR)
    assert prune(bench) == ids[:3]
    assert [operation.id for operation in bench.fleet.operations(REQUEST.name)] == ids[:2:-1]
    assert bench.fleet.operation(ids[0]) is None
    assert prune(bench) == []


def test_each_store_has_its_own_limit(bench: Bench) -> None:
    ids = {name: fail_often(bench, 3, name) for name in ("a", "b")}
    fail_often(bench, 2, "c")
    bench.clock.move(25 * HOUR)
    assert sorted(prune(bench)) == sorted([ids["a"][0], ids["b"][0]])


def test_what_waits_or_runs_is_kept(bench: Bench) -> None:
    for name in ("a", "b"):
        fail_often(bench, 3, name)
    waiting = [bench.desk.retry(name).id for name in ("a", "b")]
    claim(bench.worker("w"))
    bench.clock.move(100 * DAY)
    assert len(prune(bench)) == 2
    assert [(operation.id, operation.state) for operation in bench.fleet.queue()] == [
        (waiting[0], State.RUNNING),
        (waiting[1], State.QUEUED),
    ]


def test_a_store_stays_what_its_last_begun_operation_made_it(bench: Bench) -> None:
    made = bench.desk.deploy(REQUEST)
    run(bench)
    canceled = cancel_often(bench, 5)
    bench.clock.move(25 * HOUR)
    assert prune(bench) == canceled[:3]
    cancel_often(bench, 1)
    store = bench.fleet.store(REQUEST.name)
    assert store and store.status is Status.READY
    assert bench.desk.deploy(REQUEST).id == made.id  # still the same deploy


def test_the_last_begun_one_is_cleared_up_after_however_old(bench: Bench) -> None:
    bench.desk.deploy(REQUEST)
    run(bench, State.FAILED)
    cancel_often(bench, 5)
    bench.clock.move(200 * DAY)
    assert len(prune(bench)) == 3
    bench.desk.delete(REQUEST.name)
    claims = bench.worker("w")
    removal = claim(claims)
    prune(bench)
    assert claims.needs_recovery(removal)


def test_one_that_was_canceled_between_two_attempts_was_begun_all_the_same(bench: Bench) -> None:
    made = bench.desk.deploy(REQUEST)
    run(bench)
    tried = bench.desk.delete(REQUEST.name)
    claims = bench.worker("w")
    claims.fail(claim(claims), replace(BROKEN, retryable=True))
    bench.desk.cancel(tried.id)
    canceled = cancel_often(bench, 4)
    bench.clock.move(200 * DAY)
    assert prune(bench) == canceled[:2]
    again = bench.desk.deploy(REQUEST)
    assert again.id != made.id and again.state is State.QUEUED  # half of the store may be gone
    bench.desk.delete(REQUEST.name)
    assert claims.needs_recovery(claim(claims))  # after the half of a delete


def test_what_was_canceled_last_can_be_retried_however_old(bench: Bench) -> None:
    bench.desk.deploy(REQUEST)
    run(bench)
    cancel_often(bench, 4)
    bench.clock.move(200 * DAY)
    prune(bench)
    assert bench.desk.retry(REQUEST.name).kind == "delete"


def test_a_key_holds_for_the_promised_time(bench: Bench) -> None:
    first = bench.desk.deploy(REQUEST, "key")
    run(bench, State.FAILED)
    bench.clock.move(23 * HOUR)
    prune(bench)
    assert bench.desk.deploy(REQUEST, "key").id == first.id
    with pytest.raises(Refusal, match="another request"):
        bench.desk.delete(REQUEST.name, "key")
    bench.clock.move(2 * HOUR)
    prune(bench)
    assert count(bench, keys) == 0
    assert bench.desk.deploy(REQUEST, "key").id != first.id


def test_an_operation_stays_while_a_key_leads_to_it(bench: Bench) -> None:
    first = bench.desk.deploy(REQUEST)
    run(bench)
    bench.clock.move(40 * HOUR)
    assert bench.desk.deploy(REQUEST, "late").id == first.id  # a new key for an old operation …
    removal = bench.desk.delete(REQUEST.name)
    run(bench, State.FAILED)
    for _ in range(2):
        bench.desk.retry(REQUEST.name)
        run(bench, State.FAILED)
    bench.clock.move(23 * HOUR)
    assert prune(bench) == []
    assert bench.desk.deploy(REQUEST, "late").id == first.id  # … which therefore cannot be asked for anew
    bench.clock.move(2 * HOUR)
    assert prune(bench) == [removal.id]  # and the key
    assert prune(bench) == [first.id]


def gone(bench: Bench) -> None:
    bench.desk.deploy(REQUEST, "key")
    run(bench)
    bench.fleet.put_snapshot(REQUEST.name, {"pods": []}, bench.clock())
    bench.desk.delete(REQUEST.name)
    run(bench)
    bench.fleet.put_snapshot(REQUEST.name, {"pods": []}, bench.clock())  # by somebody who looked a little late


def test_a_store_that_is_gone_is_forgotten_as_a_whole(bench: Bench) -> None:
    gone(bench)
    cluster = NewEvent(bench.clock(), "", None, Source.KUBERNETES, Level.ERROR, "cluster.away")
    bench.journal.append([cluster])
    bench.desk.deploy(request("stays"))
    run(bench)
    bench.clock.move(29 * DAY)
    assert prune(bench) == [] and len(bench.fleet.operations(REQUEST.name)) == 2
    bench.clock.move(2 * DAY)
    assert len(prune(bench)) == 2
    assert (count(bench, operations), count(bench, keys), count(bench, snapshots)) == (1, 0, 0)
    assert {event.store for event in bench.journal.after(0)} == {"", "stays"}
    assert bench.desk.deploy(REQUEST).state is State.QUEUED


def test_no_key_outlives_its_operation(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.pruning.ROWS_PER_PASS", 1)  # more keys than one pass forgets for their age
    for key in ("one", "two", "three"):
        bench.desk.deploy(REQUEST, key)
    gone(bench)
    bench.clock.move(31 * DAY)
    prune(bench)
    assert (count(bench, operations), count(bench, keys)) == (0, 0)
    assert bench.desk.deploy(REQUEST, "three").state is State.QUEUED


def test_a_store_that_the_terminal_took_away_is_remembered_from_then_on(bench: Bench) -> None:
    made = bench.desk.deploy(REQUEST)
    run(bench)
    bench.clock.move(300 * DAY)
    roster = Roster(bench.database, bench.journal)
    roster.sync([], roster.now())
    bench.clock.move(29 * DAY)
    assert prune(bench) == []
    bench.clock.move(2 * DAY)
    assert prune(bench) == [made.id]
    assert count(bench, events) == 0


def test_a_store_that_is_made_again_meanwhile_keeps_its_past(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    gone(bench)
    bench.clock.move(31 * DAY)
    pruning = Pruning(bench.database, bench.settings)
    forget: Callable[[str], list[str]] = pruning._forget_store

    def late(name: str) -> list[str]:
        bench.desk.deploy(REQUEST)
        return forget(name)

    monkeypatch.setattr(pruning, "_forget_store", late)
    assert pruning.look() == []
    assert len(bench.fleet.operations(REQUEST.name)) == 3


def test_the_promise_holds_also_for_stores_that_are_forgotten_early(make_bench: MakeBench) -> None:
    bench = make_bench(gone_days=0, keep_hours=24)
    gone(bench)
    bench.clock.move(23 * HOUR)
    assert prune(bench) == []
    bench.clock.move(2 * HOUR)
    assert len(prune(bench)) == 2


def test_a_pass_is_bounded_and_the_next_goes_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.pruning.ROWS_PER_PASS", 2)
    ids = fail_often(bench, 7)
    for number in range(5):
        bench.desk.deploy(request("keyed"), f"key-{number}")
    bench.clock.move(25 * HOUR)
    assert [prune(bench) for _ in range(4)] == [ids[0:2], ids[2:4], ids[4:5], []]
    assert count(bench, keys) == 0

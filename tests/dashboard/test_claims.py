"""Claims: order, leases, fences, attempts."""

import pytest

from dashboard.claims import Claims, LostLease
from dashboard.model import Failure, Kind, Operation, Progress, State, Status
from tests.dashboard.conftest import Bench, MakeBench
from tests.dashboard.samples import OUTPUTS, event, request

SLOW = Failure("Timeout", "took too long", "try again", retryable=True)


def claim(claims: Claims) -> Operation:
    taken = claims.claim()
    assert taken
    return taken


def test_first_in_first_out_and_one_at_a_time(bench: Bench) -> None:
    for name in ("c", "a", "b"):
        bench.desk.deploy(request(name))
    claims, order = bench.worker("w"), []
    while taken := claims.claim():
        assert bench.worker("other").claim() is None
        order.append(taken.store)
        claims.finish(taken, State.SUCCEEDED, None, OUTPUTS)
    assert order == ["c", "a", "b"]


def test_concurrency_counts_over_all_workers_and_never_two_per_store(make_bench: MakeBench) -> None:
    bench = make_bench(concurrency=2)
    bench.desk.deploy(request("a"))
    first = claim(bench.worker("v"))
    bench.desk.delete("a")
    for name in ("b", "c"):
        bench.desk.deploy(request(name))
    second = claim(bench.worker("w"))
    assert (first.store, second.store) == ("a", "b")  # a's delete waits for a's create
    assert bench.worker("w").claim() is None
    bench.worker("w").finish(second, State.SUCCEEDED, None, OUTPUTS)
    assert claim(bench.worker("w")).store == "c"


def test_retryable_failures_wait_longer_each_time_then_stall(bench: Bench) -> None:
    bench.desk.deploy(request("a"))
    bench.desk.deploy(request("b"))
    claims = bench.worker("w")
    assert claims.fail(claim(claims), SLOW).state is State.QUEUED
    other = claim(claims)
    assert other.store == "b"  # the queue moves on meanwhile
    claims.finish(other, State.SUCCEEDED, None, OUTPUTS)
    for delay in (10, 20):
        bench.clock.move(delay - 1)
        assert claims.claim() is None
        bench.clock.move(1)
        last = claims.fail(claim(claims), SLOW)
    assert (last.state, last.reason, last.attempt) == (State.STALLED, "Timeout", 3)
    store = bench.fleet.store("a")
    assert store and store.status is Status.STALLED
    assert bench.kinds("a")[-3:] == ["operation.waiting", "operation.started", "operation.stalled"]


def test_a_delete_does_not_overtake_a_create_that_waits_for_its_next_attempt(bench: Bench) -> None:
    bench.desk.deploy(request("a"))
    claims = bench.worker("w")
    claims.fail(claim(claims), SLOW)
    removal = bench.desk.delete("a")  # supersedes the waiting create …
    taken = claim(claims)
    assert taken.id == removal.id
    assert claims.needs_recovery(taken)  # … of which something may be there


def test_a_final_failure_ends_at_once(bench: Bench) -> None:
    bench.desk.deploy(request("a"))
    claims = bench.worker("w")
    ended = claims.fail(claim(claims), Failure("NameTaken", "not ours", "choose another"))
    assert (ended.state, ended.message, ended.cure) == (State.FAILED, "not ours", "choose another")
    assert ended.finished_at


def test_a_lost_lease_is_fenced_and_the_operation_recovered(bench: Bench) -> None:
    bench.desk.deploy(request("a"))
    old, new = bench.worker("old"), bench.worker("new")
    lost = claim(old)
    old.note_process(lost, {"pid": 7})
    assert new.abandoned() == []
    bench.clock.move(bench.settings.lease_seconds + 1)
    (found,) = new.abandoned()
    assert (found.operation.id, found.process) == (lost.id, {"pid": 7})
    assert new.reclaim(found) and new.reclaim(found) is None
    again = claim(new)
    assert (again.id, again.attempt) == (lost.id, 2) and new.needs_recovery(again)
    for write in (
        lambda: old.renew(lost), lambda: old.report(lost, [event("late", "a")]), lambda: old.fail(lost, SLOW),
        lambda: old.finish(lost, State.SUCCEEDED, None, OUTPUTS), lambda: old.hand_over(lost),
        lambda: old.note_process(lost, {}), lambda: new.renew(lost),
    ):  # fmt: skip
        with pytest.raises(LostLease):
            write()
    new.finish(again, State.SUCCEEDED, None, OUTPUTS)
    assert bench.kinds("a") == [f"operation.{k}" for k in ("queued", "started", "recovered", "started", "succeeded")]


def test_a_renewed_lease_is_not_abandoned(bench: Bench) -> None:
    bench.desk.deploy(request("a"))
    claims = bench.worker("w")
    taken = claim(claims)
    bench.clock.move(bench.settings.lease_seconds + 1)
    (found,) = claims.abandoned()
    claims.renew(taken)
    assert claims.abandoned() == [] and claims.reclaim(found) is None


def test_an_operation_that_kills_every_worker_is_stalled(bench: Bench) -> None:
    bench.desk.deploy(request("poison"))
    bench.desk.deploy(request("next"))
    for number in range(bench.settings.attempts):
        assert claim(bench.worker(f"w{number}")).store == "poison"
        bench.clock.move(bench.settings.lease_seconds + 1)
        (found,) = bench.worker("x").abandoned()
        bench.worker("x").reclaim(found)
    assert bench.fleet.operations("poison")[0].state is State.STALLED
    assert claim(bench.worker("w")).store == "next"


def test_a_hand_over_costs_no_attempt(bench: Bench) -> None:
    bench.desk.deploy(request("a"))
    claims = bench.worker("w")
    for _ in range(bench.settings.attempts + 2):
        claims.hand_over(claim(claims))
    assert bench.fleet.operations("a")[0].state is State.QUEUED


def test_a_clean_second_operation_needs_no_recovery(bench: Bench) -> None:
    claims = bench.worker("w")
    bench.desk.deploy(request("a"))
    create = claim(claims)
    assert not claims.needs_recovery(create)
    claims.finish(create, State.SUCCEEDED, None, OUTPUTS)
    bench.desk.delete("a")
    removal = claim(claims)
    assert removal.kind is Kind.DELETE and not claims.needs_recovery(removal)


def test_progress_is_kept(bench: Bench) -> None:
    operation = bench.desk.deploy(request("a"))
    claims = bench.worker("w")
    claims.report(claim(claims), [event("seen", "a")], Progress(2, 9, "Namespace"))
    now = bench.fleet.operation(operation.id)
    assert now and now.progress == Progress(2, 9, "Namespace")
    assert [e.message for e in bench.journal.recent("a", 1)] == ["seen"]


def test_workers_are_alive_while_they_beat(bench: Bench) -> None:
    claims = bench.worker("w")
    claims.beat("host", 7)
    assert [(w.id, w.pid, w.alive) for w in bench.fleet.workers()] == [("w", 7, True)]
    bench.clock.move(31)
    assert [w.alive for w in bench.fleet.workers()] == [False]
    claims.beat("host", 7)
    assert [w.alive for w in bench.fleet.workers()] == [True]
    claims.leave()
    assert bench.fleet.workers() == []

"""The desk: what is taken, what is refused, and that a refusal changes nothing."""

from dataclasses import replace

import pytest

from dashboard.model import Existing, Failure, Kind, State, Status
from dashboard.refusal import Refusal
from dashboard.roster import Roster
from tests.dashboard.conftest import Bench
from tests.dashboard.samples import OUTPUTS, REQUEST, request

NAME = REQUEST.name
BROKEN = Failure("ImagePull", "the image cannot be pulled", "check its name")


def run(bench: Bench, state: State = State.SUCCEEDED) -> None:
    """A worker takes the next operation and ends it."""
    claims = bench.worker("w")
    taken = claims.claim()
    assert taken
    made = state is State.SUCCEEDED and taken.kind is Kind.CREATE
    claims.finish(taken, state, None if state is State.SUCCEEDED else BROKEN, OUTPUTS if made else None)


def status(bench: Bench) -> Status | None:
    store = bench.fleet.store(NAME)
    return store.status if store else None


def test_a_deploy_is_in_the_queue_with_its_store_and_its_event(bench: Bench) -> None:
    operation = bench.desk.deploy(REQUEST)
    assert (operation.kind, operation.state, operation.request) == (Kind.CREATE, State.QUEUED, REQUEST)
    assert bench.fleet.queue() == [operation]
    assert status(bench) is Status.QUEUED
    assert bench.kinds(NAME) == ["operation.queued"]


def test_the_same_deploy_twice_is_one_operation(bench: Bench) -> None:
    first = bench.desk.deploy(REQUEST)
    assert bench.desk.deploy(REQUEST).id == first.id
    run(bench)
    assert bench.desk.deploy(REQUEST).id == first.id
    assert bench.fleet.queue() == []


def test_a_name_in_use_is_refused_and_nothing_changes(bench: Bench) -> None:
    bench.desk.deploy(REQUEST)
    with pytest.raises(Refusal, match="taken") as refused:
        bench.desk.deploy(replace(REQUEST, title="Another"))
    assert refused.value.status_hint == "exists" and "name" in refused.value.fields
    store = bench.fleet.store(NAME)
    assert store and store.title == REQUEST.title
    assert bench.kinds(NAME) == ["operation.queued"]


def test_a_store_that_failed_may_be_deployed_with_other_values(bench: Bench) -> None:
    first = bench.desk.deploy(REQUEST)
    run(bench, State.FAILED)
    assert status(bench) is Status.FAILED
    second = bench.desk.deploy(replace(REQUEST, plan="large"))
    assert second.id != first.id
    store = bench.fleet.store(NAME)
    assert store and (store.plan, store.operation, store.status) == ("large", second.id, Status.QUEUED)


def test_a_full_queue_refuses_deploys_but_no_delete(bench: Bench) -> None:
    for number in range(bench.settings.queue_limit):
        bench.desk.deploy(request(f"shop-{number}"))
    with pytest.raises(Refusal) as refused:
        bench.desk.deploy(request("one-more"))
    assert refused.value.status_hint == "full"
    assert bench.fleet.store("one-more") is None
    assert bench.desk.delete("shop-0").kind is Kind.DELETE


def test_a_key_makes_a_repeated_request_one_operation(bench: Bench) -> None:
    first = bench.desk.deploy(REQUEST, "key-1")
    run(bench, State.FAILED)
    assert bench.desk.deploy(REQUEST, "key-1").id == first.id
    assert bench.desk.deploy(REQUEST, "key-2").id != first.id
    with pytest.raises(Refusal, match="another request"):
        bench.desk.deploy(request("other"), "key-1")
    with pytest.raises(Refusal, match="another request"):
        bench.desk.delete(NAME, "key-1")


def test_delete_supersedes_a_create_that_waits(bench: Bench) -> None:
    create = bench.desk.deploy(REQUEST)
    removal = bench.desk.delete(NAME)
    canceled = bench.fleet.operation(create.id)
    assert canceled and canceled.state is State.CANCELED and canceled.finished_at
    assert [op.id for op in bench.fleet.queue()] == [removal.id]
    assert status(bench) is Status.DELETING
    assert bench.desk.delete(NAME).id == removal.id
    run(bench)
    assert status(bench) is None
    assert bench.fleet.operations(NAME)[0].state is State.SUCCEEDED


def test_create_delete_create_at_once_ends_with_the_last_word(bench: Bench) -> None:
    bench.desk.deploy(REQUEST)
    bench.desk.delete(NAME)
    again = bench.desk.deploy(replace(REQUEST, title="Second"))
    run(bench)
    assert status(bench) is Status.QUEUED
    run(bench)
    store = bench.fleet.store(NAME)
    assert store and (store.status, store.title, store.operation) == (Status.READY, "Second", again.id)


def test_a_running_create_is_finished_before_the_delete(bench: Bench) -> None:
    bench.desk.deploy(REQUEST)
    claims = bench.worker("w")
    create = claims.claim()
    bench.desk.delete(NAME)
    assert create and status(bench) is Status.PROVISIONING
    claims.finish(create, State.SUCCEEDED, None, OUTPUTS)
    assert status(bench) is Status.DELETING
    run(bench)
    assert status(bench) is None


def test_retry_repeats_what_failed(bench: Bench) -> None:
    bench.desk.deploy(REQUEST)
    run(bench, State.STALLED)
    assert status(bench) is Status.STALLED
    assert bench.desk.retry(NAME).request == REQUEST
    with pytest.raises(Refusal) as refused:
        bench.desk.retry(NAME)
    assert refused.value.status_hint == "conflict"


def test_a_failed_delete_can_be_retried(bench: Bench) -> None:
    bench.desk.deploy(REQUEST)
    run(bench)
    bench.desk.delete(NAME)
    run(bench, State.FAILED)
    assert status(bench) is Status.FAILED
    assert bench.desk.retry(NAME).kind is Kind.DELETE
    run(bench)
    assert status(bench) is None


def test_a_ready_store_is_brought_up_to_date_with_what_it_is(bench: Bench) -> None:
    bench.desk.deploy(REQUEST)
    run(bench)
    update = bench.desk.update(NAME, "key")
    assert (update.kind, update.state, update.request) == (Kind.CREATE, State.QUEUED, REQUEST)
    assert bench.desk.update(NAME).id == update.id == bench.desk.update(NAME, "key").id
    run(bench)
    assert status(bench) is Status.READY
    assert bench.desk.update(NAME, "key").id == update.id != bench.desk.update(NAME).id


def test_an_update_that_failed_is_retried_and_one_called_off_changed_nothing(bench: Bench) -> None:
    bench.desk.deploy(REQUEST)
    run(bench)
    bench.desk.cancel(bench.desk.update(NAME).id)
    assert status(bench) is Status.READY
    bench.desk.update(NAME)
    run(bench, State.FAILED)
    with pytest.raises(Refusal, match="not ready"):
        bench.desk.update(NAME)
    assert bench.desk.retry(NAME).request == REQUEST


def test_what_is_not_ready_or_goes_or_is_the_terminals_is_not_updated(bench: Bench) -> None:
    made = bench.desk.deploy(REQUEST)
    assert bench.desk.update(NAME).id == made.id, "it is being made with all that is present"
    run(bench)
    bench.desk.delete(NAME)
    with pytest.raises(Refusal, match="not ready") as refused:
        bench.desk.update(NAME)
    assert refused.value.status_hint == "conflict"
    roster = Roster(bench.database, bench.journal)
    roster.sync([Existing("theirs", OUTPUTS)], roster.now())
    with pytest.raises(Refusal, match="terminal") as refused:
        bench.desk.update("theirs")
    assert "make store NAME=theirs" in refused.value.cure
    assert [operation.kind for operation in bench.fleet.queue()] == [Kind.DELETE]


def test_cancel_takes_only_what_waits(bench: Bench) -> None:
    operation = bench.desk.deploy(REQUEST)
    assert bench.desk.cancel(operation.id).state is State.CANCELED
    assert bench.desk.cancel(operation.id).state is State.CANCELED
    assert status(bench) is None
    assert bench.kinds(NAME) == ["operation.queued", "operation.canceled"]
    running = bench.desk.deploy(REQUEST)
    bench.worker("w").claim()
    with pytest.raises(Refusal) as refused:
        bench.desk.cancel(running.id)
    assert refused.value.status_hint == "conflict"


def test_a_store_whose_delete_was_given_up_between_two_attempts_can_be_deployed_again(bench: Bench) -> None:
    bench.desk.deploy(REQUEST)
    run(bench)
    removal = bench.desk.delete(NAME)
    claims = bench.worker("w")
    taken = claims.claim()
    assert taken
    claims.fail(taken, replace(BROKEN, retryable=True))
    assert bench.desk.cancel(removal.id).state is State.CANCELED
    again = bench.desk.deploy(REQUEST)
    assert (again.kind, again.state) == (Kind.CREATE, State.QUEUED)
    run(bench)
    assert status(bench) is Status.READY


def test_a_canceled_delete_leaves_the_store_as_it_was(bench: Bench) -> None:
    bench.desk.deploy(REQUEST)
    run(bench)
    bench.desk.cancel(bench.desk.delete(NAME).id)
    assert status(bench) is Status.READY


@pytest.mark.parametrize("ask", ["delete", "retry", "update"])
def test_a_store_that_is_not_there_is_missing(bench: Bench, ask: str) -> None:
    with pytest.raises(Refusal) as refused:
        getattr(bench.desk, ask)("nobody")
    assert refused.value.status_hint == "missing"
    assert bench.journal.last_id() == 0


def test_an_operation_that_is_not_there_is_missing(bench: Bench) -> None:
    with pytest.raises(Refusal) as refused:
        bench.desk.cancel("0" * 24)
    assert refused.value.status_hint == "missing"

"""The roster: rows follow what exists, but never an inventory that is out of date."""

from dataclasses import replace

from dashboard.model import Existing, State, Status
from dashboard.roster import Roster
from tests.dashboard.conftest import Bench
from tests.dashboard.samples import OUTPUTS, REQUEST, request

THEIRS = Existing("theirs", OUTPUTS, "woocommerce", "small", "Theirs", "a@b.c")


def make(bench: Bench, name: str) -> None:
    bench.desk.deploy(request(name))
    claims = bench.worker("w")
    taken = claims.claim()
    assert taken
    claims.finish(taken, State.SUCCEEDED, None, OUTPUTS)


def test_adopts_once_and_forgets(bench: Bench) -> None:
    roster = Roster(bench.database, bench.journal)
    for _ in range(2):
        roster.sync([THEIRS, replace(THEIRS, name="half", outputs=None)], roster.now())
    stores = {store.name: store for store in bench.fleet.stores()[0]}
    assert (stores["theirs"].status, stores["theirs"].made_by) == (Status.READY, "terminal")
    assert stores["half"].status is Status.FAILED
    assert bench.fleet.outputs("theirs") == OUTPUTS
    assert bench.kinds("theirs") == ["store.status"]
    roster.sync([], roster.now())
    assert bench.fleet.store("theirs") is None
    assert bench.kinds("theirs") == ["store.status"] * 2


def test_a_store_of_the_dashboard_that_the_terminal_destroyed_disappears(bench: Bench) -> None:
    make(bench, "a")
    roster = Roster(bench.database, bench.journal)
    bench.clock.move(1)
    roster.sync([], roster.now())
    assert bench.fleet.store("a") is None


def test_an_inventory_from_before_the_end_of_an_operation_changes_nothing(bench: Bench) -> None:
    roster = Roster(bench.database, bench.journal)
    asked = roster.now()
    make(bench, "a")
    roster.sync([], asked)
    assert bench.fleet.store("a")


def test_stores_in_work_and_failed_ones_stay(bench: Bench) -> None:
    claims, roster = bench.worker("w"), Roster(bench.database, bench.journal)
    bench.desk.deploy(request("failed"))
    taken = claims.claim()
    assert taken
    claims.finish(taken, State.FAILED)
    bench.desk.deploy(REQUEST)
    bench.clock.move(1)
    roster.sync([], roster.now())
    assert {store.name for store in bench.fleet.stores()[0]} == {"failed", REQUEST.name}


def test_a_store_that_was_seen_in_the_midst_of_its_destruction_does_not_stay_as_failed(bench: Bench) -> None:
    make(bench, "a")
    bench.clock.move(1)
    roster = Roster(bench.database, bench.journal)
    roster.sync([], roster.now())  # while `pulumi destroy` holds the stack
    bench.clock.move(1)
    half = replace(THEIRS, name="a", outputs=None)
    roster.sync([half], roster.now())  # what is left of it
    store = bench.fleet.store("a")
    assert store and store.status is Status.FAILED
    bench.clock.move(1)
    roster.sync([], roster.now())
    assert bench.fleet.store("a") is None


def test_a_store_of_the_terminal_whose_deletion_failed_here_stays(bench: Bench) -> None:
    claims, roster = bench.worker("w"), Roster(bench.database, bench.journal)
    roster.sync([replace(THEIRS, outputs=None)], roster.now())
    bench.clock.move(1)
    bench.desk.delete("theirs")
    taken = claims.claim()
    assert taken
    claims.finish(taken, State.FAILED)
    bench.clock.move(1)
    roster.sync([], roster.now())
    store = bench.fleet.store("theirs")
    assert store and store.status is Status.FAILED


def test_outputs_follow_the_terminal(bench: Bench) -> None:
    make(bench, "a")
    bench.clock.move(1)
    roster = Roster(bench.database, bench.journal)
    roster.sync([Existing("a", replace(OUTPUTS, chart_version="9"))], roster.now())
    store = bench.fleet.store("a")
    assert store and (store.chart_version, store.title) == ("9", "a")


def test_a_plan_that_the_terminal_chose_is_the_stores_and_stays_in_an_update(bench: Bench) -> None:
    make(bench, "a")
    bench.clock.move(1)
    roster = Roster(bench.database, bench.journal)
    roster.sync([Existing("a", OUTPUTS, "woocommerce", "large", "Another title", "")], roster.now())
    asked = bench.desk.update("a").request
    assert asked and (asked.plan, asked.title) == ("large", "Another title")
    assert asked.admin_email == request("a").admin_email


def test_a_store_of_the_terminal_can_be_deleted(bench: Bench) -> None:
    roster = Roster(bench.database, bench.journal)
    roster.sync([THEIRS], roster.now())
    bench.desk.cancel(bench.desk.delete("theirs").id)
    store = bench.fleet.store("theirs")
    assert store and store.status is Status.READY
    bench.desk.delete("theirs")
    bench.clock.move(1)
    claims = bench.worker("w")
    taken = claims.claim()
    assert taken
    claims.finish(taken, State.SUCCEEDED)
    assert bench.fleet.store("theirs") is None

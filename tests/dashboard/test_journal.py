"""The journal: order, replay, bounds."""

import threading

from dashboard.journal import Journal
from dashboard.model import Source
from tests.dashboard.conftest import Bench
from tests.dashboard.samples import event


def test_events_come_back_as_they_were_appended(bench: Bench) -> None:
    given = [event("one"), event("two", store="other"), event("three")]
    ids = bench.journal.append(given)
    found = bench.journal.after(0)
    assert [e.id for e in found] == ids == sorted(ids)
    assert [(e.message, e.at, e.source, e.data) for e in found] == [(e.message, e.at, e.source, {}) for e in given]
    assert [e.message for e in bench.journal.after(ids[0], "nike-shoes")] == ["three"]
    assert [e.message for e in bench.journal.after(0, None, 2)] == ["one", "two"]
    assert [e.message for e in bench.journal.recent("nike-shoes", 1)] == ["three"]
    assert (bench.journal.oldest_id(), bench.journal.last_id()) == (ids[0], ids[-1])


def test_an_empty_journal_has_no_ids(bench: Bench) -> None:
    assert (bench.journal.oldest_id(), bench.journal.last_id(), bench.journal.append([])) == (0, 0, [])


def test_a_noisy_source_pushes_out_only_itself(bench: Bench) -> None:
    journal = Journal(bench.database, limit=10)
    journal.append([event("begun", source=Source.OPERATION), event("other", store="other")])
    for number in range(30):
        journal.append([event(f"noise {number}")])
    noise = journal.recent("nike-shoes", 100, Source.KUBERNETES)
    assert [e.message for e in noise] == [f"noise {n}" for n in range(29, 19, -1)]
    assert [e.message for e in journal.recent("nike-shoes", 100, Source.OPERATION)] == ["begun"]
    assert [e.message for e in journal.recent("other")] == ["other"]


def test_ids_are_never_used_twice(bench: Bench) -> None:
    journal = Journal(bench.database, limit=1)
    seen = [journal.append([event(str(number))])[0] for number in range(5)]
    assert len(set(seen)) == 5


def test_ids_become_visible_in_order_while_many_write(bench: Bench) -> None:
    """A reader that goes on from the last id it saw misses nothing."""
    writers = [
        threading.Thread(target=lambda n=n: [bench.journal.append([event(f"{n}/{i}")]) for i in range(20)])
        for n in range(4)
    ]
    for writer in writers:
        writer.start()
    seen: list[int] = []
    while any(writer.is_alive() for writer in writers) or len(seen) < bench.journal.last_id():
        seen += [e.id for e in bench.journal.after(seen[-1] if seen else 0)]
    for writer in writers:
        writer.join()
    assert len(seen) == 80


def test_the_store_tells_its_last_event(bench: Bench) -> None:
    from tests.dashboard.samples import REQUEST

    bench.desk.deploy(REQUEST)
    bench.journal.append([event("pulling the image")])
    store = bench.fleet.store(REQUEST.name)
    assert store and store.last_event == "pulling the image" and store.last_event_at == event("").at

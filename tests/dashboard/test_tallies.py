"""Tallies: what was forgotten goes on counting in the metrics."""

import threading
from contextlib import closing

import pytest
from sqlalchemy import select

from dashboard.database import open_database
from dashboard.metrics import scrape
from dashboard.model import State
from dashboard.pruning import Pruning
from dashboard.services import Services, open_services
from dashboard.tables import meta
from dashboard.tallies import KEY, forgotten
from tests.dashboard.conftest import Bench, MakeBench
from tests.dashboard.history import DAY, HOUR, claim, fail_often, prune, run
from tests.dashboard.samples import OUTPUTS, request


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    """A bench that keeps two ended operations per store beside those of the last day."""
    return make_bench(operations_limit_per_store=2, keep_hours=24, gone_days=30)


def metrics(services: Services) -> dict[str, float]:
    """Name -> value, to the millisecond."""
    lines = [line.rsplit(" ", 1) for line in scrape(services).decode().splitlines() if not line.startswith("#")]
    return {name: round(float(value), 3) for name, value in lines}


def test_metrics_go_on_counting_what_was_forgotten(bench: Bench) -> None:
    fail_often(bench, 5)
    bench.desk.deploy(request("slow"))
    bench.clock.move(45)
    claims = bench.worker("w")
    taken = claim(claims)
    bench.clock.move(200)
    claims.finish(taken, State.SUCCEEDED, None, OUTPUTS)
    bench.desk.delete("slow")
    run(bench)
    bench.clock.move(31 * DAY)
    services = open_services(bench.settings, bench.database)
    before = metrics(services)
    assert len(prune(bench)) == 5
    assert metrics(services) == before
    assert before['storefleet_operations_total{kind="create",result="failed"}'] == 5
    assert before['storefleet_operation_wait_seconds_bucket{kind="create",le="60.0"}'] == 6
    assert before['storefleet_operation_seconds_sum{kind="create"}'] == 200
    fail_often(bench, 3, "more")
    bench.clock.move(31 * DAY)
    between = metrics(services)
    assert len(prune(bench)) == 1 and metrics(services) == between != before


def test_counts_by_other_buckets_are_not_mixed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_often(bench, 5)
    bench.clock.move(25 * HOUR)
    prune(bench)
    monkeypatch.setattr("dashboard.tallies.BUCKETS", (1, 2))
    with bench.database.read() as reader:
        assert reader.execute(select(meta.c.value).where(meta.c.key == KEY)).scalar()
        assert forgotten(reader) == {}


def test_workers_that_prune_at_once_count_everything_once(bench: Bench) -> None:
    fail_often(bench, 20)
    bench.clock.move(25 * HOUR)
    found: list[str] = []

    def work() -> None:
        with closing(open_database(bench.settings.database_url, bench.clock)) as database:
            found.extend(Pruning(database, bench.settings).look())

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == len(set(found)) == 18
    assert sum(bench.fleet.ended().values()) == 20

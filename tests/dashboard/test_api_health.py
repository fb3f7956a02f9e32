"""Probes and metrics."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from dashboard.claims import Claims
from dashboard.metrics import scrape
from dashboard.model import Failure, State
from dashboard.operations import Desk
from dashboard.problems import Problem
from dashboard.services import Services, open_services
from dashboard.tables import meta
from tests.dashboard.conftest import MakeBench
from tests.dashboard.samples import OUTPUTS, request
from tests.dashboard.web import Web, problem_of, running_web

FAILED = Failure("ImagePull", "the image cannot be pulled", "check its name")


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with running_web(tmp_path) as web:
        yield web


def test_readiness_tells_about_workers(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.fleet.ALIVE_SECONDS", 3600.0)  # a busy machine must not make the sign of life old
    assert web.client.get("/healthz").json() == {"status": "alive"}
    assert web.client.get("/readyz").json() == {"status": "degraded", "database": "answers", "workers": 0}
    claims = Claims(web.services.database, web.services.journal, web.services.settings, "w")
    claims.beat("host", 1)
    assert web.client.get("/readyz").json() == {"status": "ready", "database": "answers", "workers": 1}


def test_a_foreign_schema_is_not_ready(web: Web) -> None:
    with web.services.database.write() as connection:
        connection.execute(update(meta).where(meta.c.key == "schema_version").values(value="999"))
    assert "999" in problem_of(web.client.get("/readyz"), 503)["detail"]


def test_metrics_over_http(web: Web) -> None:
    answer = web.client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'storefleet_operations_total{kind="create",result="succeeded"} 0.0' in answer.text


@pytest.fixture
def services(make_bench: MakeBench) -> Services:
    """Services over each kind of database, with a clock that stands still."""
    bench = make_bench()
    # The real tables of the program; the desk is the bench's, whose clock the test moves.
    services = open_services(bench.settings, bench.database)
    claims, clock = bench.worker("w"), bench.clock
    for name, state, wait, duration in (("a-shop", State.SUCCEEDED, 1, 4), ("b-shop", State.FAILED, 100, 3000)):
        Desk(bench.database, bench.journal, bench.settings).deploy(request(name))
        clock.move(wait)
        taken = claims.claim()
        assert taken
        clock.move(duration)
        failed = state is State.FAILED
        claims.finish(taken, state, FAILED if failed else None, None if failed else OUTPUTS)
    bench.desk.deploy(request("c-shop"))
    clock.move(7)
    return services


def test_metrics_from_the_database(services: Services) -> None:
    lines = scrape(services).decode().splitlines()
    expected = [
        'storefleet_operations_total{kind="create",result="succeeded"} 1.0',
        'storefleet_operations_total{kind="create",result="failed"} 1.0',
        'storefleet_operations_total{kind="delete",result="canceled"} 0.0',
        'storefleet_operation_seconds_bucket{kind="create",le="2.0"} 0.0',
        'storefleet_operation_seconds_bucket{kind="create",le="5.0"} 1.0',
        'storefleet_operation_seconds_bucket{kind="create",le="+Inf"} 2.0',
        'storefleet_operation_seconds_count{kind="create"} 2.0',
        'storefleet_operation_wait_seconds_bucket{kind="create",le="60.0"} 1.0',
        'storefleet_operation_wait_seconds_bucket{kind="create",le="120.0"} 2.0',
        'storefleet_queue_operations{state="queued"} 1.0',
        'storefleet_queue_operations{state="running"} 0.0',
        "storefleet_queue_oldest_seconds 7.0",
        'storefleet_stores{status="ready"} 1.0',
        'storefleet_stores{status="failed"} 1.0',
        'storefleet_stores{status="unreachable"} 0.0',
        "storefleet_stream_clients 0.0",
        "storefleet_workers_alive 0.0",
    ]
    assert [line for line in expected if line not in lines] == []
    (total,) = (line for line in lines if line.startswith('storefleet_operation_seconds_sum{kind="create"}'))
    assert float(total.split()[-1]) == pytest.approx(3004, abs=0.01)


def test_readiness_without_database(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    from dashboard.health import _ready

    def away() -> None:
        raise OperationalError("select secret", {}, Exception("canary"))

    monkeypatch.setattr(services.database, "read", away)
    with pytest.raises(Problem) as refused:
        _ready(services)
    assert (refused.value.status, refused.value.reason) == (503, "database")

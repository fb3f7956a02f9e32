"""The fleet: pages, search, sorting, counts."""

import pytest

from dashboard.model import State, Status
from tests.dashboard.conftest import Bench, MakeBench
from tests.dashboard.samples import NOW, OUTPUTS, REQUEST, request


@pytest.fixture
def crowd(make_bench: MakeBench) -> Bench:
    """Seven stores: `shop-0` is ready, `shop-1` failed, the others wait."""
    bench = make_bench()
    for number in range(7):
        bench.desk.deploy(request(f"shop-{number}", title=f"Title {9 - number}"))
        bench.clock.move(1)
    claims = bench.worker("w")
    for state in (State.SUCCEEDED, State.FAILED):
        taken = claims.claim()
        assert taken
        claims.finish(taken, state, None, OUTPUTS if state is State.SUCCEEDED else None)
    return bench


def names(bench: Bench, **question: object) -> list[str]:
    found, _ = bench.fleet.stores(**question)  # type: ignore[arg-type]
    return [store.name[-1] for store in found]


def test_pages(crowd: Bench) -> None:
    page, total = crowd.fleet.stores(offset=4, limit=2)
    assert ([store.name for store in page], total) == (["shop-4", "shop-5"], 7)


def test_search_in_name_and_title_whatever_the_case(crowd: Bench) -> None:
    assert names(crowd, search="SHOP-3") == ["3"]
    assert names(crowd, search="title 9") == ["0"]
    assert names(crowd, search="%") == []


def test_filters(crowd: Bench) -> None:
    assert names(crowd, status={Status.READY, Status.FAILED}) == ["0", "1"]
    assert names(crowd, engine="medusa") == []
    assert names(crowd, engine="woocommerce", status={Status.FAILED}) == ["1"]


def test_sorting(crowd: Bench) -> None:
    assert names(crowd, sort="-name") == list("6543210")
    assert names(crowd, sort="-created") == list("6543210")
    assert names(crowd, sort="status") == list("1234560")
    assert names(crowd, sort="-last_event")[:2] == ["0", "1"]
    with pytest.raises(ValueError, match="cannot sort"):
        names(crowd, sort="admin_email")


def test_counts(crowd: Bench) -> None:
    counts = crowd.fleet.counts()
    assert set(counts) == set(Status)
    assert (counts[Status.READY], counts[Status.FAILED], counts[Status.QUEUED]) == (1, 1, 5)
    assert set(crowd.fleet.ended().values()) == {1}
    assert len(crowd.fleet.queue()) == 5


def test_outputs_are_kept_after_success(crowd: Bench) -> None:
    assert crowd.fleet.outputs("shop-0") == OUTPUTS.__class__(
        **{**OUTPUTS.__dict__, "settings": dict(REQUEST.settings)}
    )
    assert crowd.fleet.outputs("shop-1") is None
    assert crowd.fleet.outputs("nobody") is None


def test_a_snapshot_replaces_the_one_before(bench: Bench) -> None:
    assert bench.fleet.snapshot("a") is None
    bench.fleet.put_snapshot("a", {"pods": [1]}, NOW)
    bench.fleet.put_snapshot("a", {"pods": [], "claims": [], "why": None}, NOW)
    assert bench.fleet.snapshot("a") == {"pods": [], "claims": [], "why": None, "at": "2026-01-01T00:00:00Z"}

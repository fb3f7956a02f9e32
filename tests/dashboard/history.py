"""Gives stores a past, for tests of what is forgotten of it."""

from dashboard.claims import Claims
from dashboard.model import Failure, Operation, State
from dashboard.pruning import Pruning
from tests.dashboard.conftest import Bench
from tests.dashboard.samples import OUTPUTS, REQUEST, request

HOUR, DAY = 3600.0, 86400.0
BROKEN = Failure("ImagePull", "the image cannot be pulled", "check its name")


def prune(bench: Bench) -> list[str]:
    """One pass; the ids of what it forgot."""
    return Pruning(bench.database, bench.settings).look()


def run(bench: Bench, state: State = State.SUCCEEDED) -> Operation:
    """A worker takes the next operation and ends it."""
    claims = bench.worker("w")
    taken = claim(claims)
    is_made = state is State.SUCCEEDED and taken.request is not None
    claims.finish(taken, state, None if state is State.SUCCEEDED else BROKEN, OUTPUTS if is_made else None)
    return taken


def claim(claims: Claims) -> Operation:
    taken = claims.claim()
    assert taken
    return taken


def fail_often(bench: Bench, times: int, name: str = REQUEST.name) -> list[str]:
    """The ids of `times` failed attempts to make a store, one a second."""
    ids = [bench.desk.deploy(request(name)).id]
    run(bench, State.FAILED)
    for _ in range(times - 1):
        bench.clock.move(1)
        ids.append(bench.desk.retry(name).id)
        run(bench, State.FAILED)
    return ids


def cancel_often(bench: Bench, times: int) -> list[str]:
    """The ids of `times` deletes of the store that were canceled before they began."""
    return [bench.desk.cancel(bench.desk.delete(REQUEST.name).id).id for _ in range(times)]

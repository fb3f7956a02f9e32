"""Prometheus metrics, computed from the database at each scrape, so that every web process tells the same."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Float, Select, case, cast, extract, func, select
from sqlalchemy.sql import ColumnElement

from dashboard.model import ENDED, Kind, State
from dashboard.services import Services
from dashboard.tables import operations
from dashboard.tallies import BUCKETS, forgotten

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def scrape(services: Services) -> bytes:
    """All metrics in Prometheus' text format; raises `SQLAlchemyError` when the database does not answer."""
    registry = CollectorRegistry()
    registry.register(_Collector(services))
    return generate_latest(registry)


class _Collector(Collector):
    def __init__(self, services: Services) -> None:
        self._services = services

    def describe(self) -> Iterator[Metric]:
        # Nothing: the registry would otherwise collect once more to learn the names.
        return iter(())

    def collect(self) -> Iterator[Metric]:
        fleet = self._services.fleet
        yield _operations(fleet.ended())
        queue = fleet.queue()
        depth = GaugeMetricFamily("storefleet_queue_operations", "Operations that wait or run", labels=["state"])
        for state in (State.QUEUED, State.RUNNING):
            depth.add_metric([state], sum(operation.state == state for operation in queue))
        yield depth
        stores = GaugeMetricFamily("storefleet_stores", "Stores by status", labels=["status"])
        for status, count in fleet.counts().items():
            stores.add_metric([status], count)
        yield stores
        alive = sum(worker.alive for worker in fleet.workers())
        yield GaugeMetricFamily("storefleet_workers_alive", "Workers heard of lately", value=alive)
        streams = self._services.broadcast.clients
        yield GaugeMetricFamily("storefleet_stream_clients", "Open event streams of this process", value=streams)
        with self._services.database.read() as connection:
            waiting = [operation.created_at for operation in queue if operation.state == State.QUEUED]
            oldest = (self._services.database.now(connection) - min(waiting)).total_seconds() if waiting else 0.0
            yield GaugeMetricFamily("storefleet_queue_oldest_seconds", "How long the first has waited", value=oldest)
            yield from _times(connection)


def _operations(ended: Mapping[tuple[Kind, State], int]) -> Metric:
    family = CounterMetricFamily("storefleet_operations", "Operations that ended", labels=["kind", "result"])
    for kind in Kind:
        for state in sorted(ENDED):
            # Also those that never happened: an absent series cannot be watched.
            family.add_metric([kind, state], ended.get((kind, state), 0))
    return family


def _times(connection: Connection) -> Iterator[Metric]:
    is_ended = operations.c.state.in_(ENDED) & operations.c.started_at.is_not(None)
    duration = HistogramMetricFamily("storefleet_operation_seconds", "From start to end", labels=["kind"])
    wait = HistogramMetricFamily("storefleet_operation_wait_seconds", "From request to start", labels=["kind"])
    started = operations.c.started_at.is_not(None)
    times = (
        ("duration", duration, operations.c.started_at, operations.c.finished_at, is_ended),
        ("wait", wait, operations.c.created_at, operations.c.started_at, started),
    )
    former = forgotten(connection)
    for name, family, begin, end, where in times:
        seconds = _seconds(connection, begin, end)
        query: Select[*tuple[Any, ...]] = select(
            operations.c.kind,
            func.sum(seconds),
            func.count(),
            *(func.sum(case((seconds <= bound, 1), else_=0)) for bound in BUCKETS),
        )
        found = {row[0]: row[1:] for row in connection.execute(query.where(where).group_by(operations.c.kind)).all()}
        for kind in Kind:
            past = [former[f"{name}/{kind}/{part}"] for part in ("sum", "count", *BUCKETS)]
            total, count, *below = (a + (b or 0) for a, b in zip(past, found.get(kind, [0] * len(past)), strict=True))
            if count:
                family.add_metric([kind], _cumulative(below, count), sum_value=float(total))
        yield family


def _cumulative(below: Sequence[float], count: float) -> list[tuple[str, float]]:
    bounds = [(f"{float(bound)}", float(number)) for bound, number in zip(BUCKETS, below, strict=True)]
    return [*bounds, ("+Inf", float(count))]


def _seconds(connection: Connection, begin: ColumnElement[object], end: ColumnElement[object]) -> ColumnElement[float]:
    if connection.dialect.name == "postgresql":
        return cast(extract("epoch", end) - extract("epoch", begin), Float)
    return (func.julianday(end) - func.julianday(begin)) * 86400.0

"""What is there: stores, operations, queue, workers, snapshots. Reads only, but for snapshots."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, case, delete, func, insert, or_, select

from dashboard import rows, tallies
from dashboard.database import Database
from dashboard.model import ENDED, JSON, Kind, Operation, Outputs, State, Status, Store, WorkerBeat
from dashboard.tables import operations, snapshots, stores, workers
from dashboard.transitions import ACTIVE

ALIVE_SECONDS = 30.0
SORTS = ("name", "status", "engine", "created", "last_event")
# What needs attention comes first.
_STATUS_ORDER = (
    Status.FAILED, Status.STALLED, Status.UNREACHABLE,
    Status.PROVISIONING, Status.DELETING, Status.QUEUED, Status.READY,
)  # fmt: skip


class Fleet:
    """Questions that the pages and the API ask."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def stores(
        self,
        search: str = "",
        status: AbstractSet[Status] = frozenset(),
        engine: str = "",
        sort: str = "name",
        offset: int = 0,
        limit: int = 50,
    ) -> tuple[list[Store], int]:
        """One page of stores and how many match in all.

        `search` is a part of name or title, whatever its case; an empty `status` or `engine` means
        any; `sort` is one of `SORTS`, with "-" before it for the other direction. Raises
        `ValueError` for another `sort`.
        """
        where = _matching(search, status, engine)
        with self._database.read() as reader:
            total = reader.execute(select(func.count()).select_from(stores).where(*where)).scalar_one()
            page = _sorted(select(stores).where(*where), sort).offset(offset).limit(limit)
            return [rows.store(row) for row in reader.execute(page).mappings()], total

    def store(self, name: str) -> Store | None:
        """The store `name`."""
        with self._database.read() as reader:
            row = reader.execute(select(stores).where(stores.c.name == name)).mappings().one_or_none()
        return rows.store(row) if row else None

    def outputs(self, name: str) -> Outputs | None:
        """What the store told when it was last ready; None before its first success."""
        with self._database.read() as reader:
            row = reader.execute(select(stores).where(stores.c.name == name)).mappings().one_or_none()
        if row is None or not row["admin_secret_name"]:
            return None
        return Outputs(**{name: row[name] for name in Outputs.__dataclass_fields__})

    def operation(self, id: str) -> Operation | None:
        """The operation `id`."""
        with self._database.read() as reader:
            row = reader.execute(select(operations).where(operations.c.id == id)).mappings().one_or_none()
        return rows.operation(row) if row else None

    def operations(self, store: str, limit: int = 20) -> list[Operation]:
        """The newest operations of a store, newest first; they outlive it."""
        query = select(operations).where(operations.c.store == store).order_by(operations.c.seq.desc()).limit(limit)
        return self._operations(query)

    def queue(self) -> list[Operation]:
        """What runs and waits, in the order of the queue."""
        return self._operations(select(operations).where(operations.c.state.in_(ACTIVE)).order_by(operations.c.seq))

    def counts(self) -> Mapping[Status, int]:
        """How many stores have each status; every status is there."""
        query = select(stores.c.status, func.count().label("n")).group_by(stores.c.status)
        with self._database.read() as reader:
            found = reader.execute(query).mappings().all()
        return dict.fromkeys(Status, 0) | {Status(row["status"]): row["n"] for row in found}

    def ended(self) -> Mapping[tuple[Kind, State], int]:
        """How many operations ended, by kind and end, also those that were forgotten since."""
        query = select(operations.c.kind, operations.c.state, func.count().label("n"))
        query = query.where(operations.c.state.not_in(ACTIVE)).group_by(operations.c.kind, operations.c.state)
        with self._database.read() as reader:
            found = {(Kind(row["kind"]), State(row["state"])): row["n"] for row in reader.execute(query).mappings()}
            former = tallies.forgotten(reader)
        pairs = ((kind, state) for kind in Kind for state in ENDED)
        counts = {pair: found.get(pair, 0) + int(former[f"ended/{pair[0]}/{pair[1]}"]) for pair in pairs}
        return {pair: count for pair, count in counts.items() if count}

    def workers(self) -> list[WorkerBeat]:
        """Every worker that was heard of lately, the newest sign of life first."""
        with self._database.read() as reader:
            limit = self._database.now(reader) - timedelta(seconds=ALIVE_SECONDS)
            found = reader.execute(select(workers).order_by(workers.c.beat_at.desc())).mappings().all()
        return [WorkerBeat(**row, alive=row["beat_at"] > limit) for row in found]

    def put_snapshot(self, store: str, document: JSON, at: datetime) -> None:
        """Keep how the store looks in the cluster, in place of what was kept before."""
        with self._database.write() as writer:
            writer.execute(delete(snapshots).where(snapshots.c.store == store))
            writer.execute(insert(snapshots).values(store=store, document=document, at=at))

    def snapshot(self, store: str) -> JSON | None:
        """How the store looked last: {"pods": […], "claims": […], "why": … | None, "at": ISO 8601}."""
        with self._database.read() as reader:
            row = reader.execute(select(snapshots).where(snapshots.c.store == store)).mappings().one_or_none()
        if row is None:
            return None
        return {**row["document"], "at": row["at"].isoformat().replace("+00:00", "Z")}

    def _operations(self, query: Select[tuple[object, ...]]) -> list[Operation]:
        with self._database.read() as reader:
            return [rows.operation(row) for row in reader.execute(query).mappings()]


def _matching(search: str, status: AbstractSet[Status], engine: str) -> Sequence[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if search:
        where.append(or_(*(c.icontains(search, autoescape=True) for c in (stores.c.name, stores.c.title))))
    if status:
        where.append(stores.c.status.in_(sorted(status)))
    if engine:
        where.append(stores.c.engine == engine)
    return where


def _sorted(query: Select[tuple[object, ...]], sort: str) -> Select[tuple[object, ...]]:
    column, descending = sort.removeprefix("-"), sort.startswith("-")
    if column not in SORTS:
        raise ValueError(f"cannot sort by {column!r}; choose one of {', '.join(SORTS)}")
    order: ColumnElement[object] = {
        "status": case({status: place for place, status in enumerate(_STATUS_ORDER)}, value=stores.c.status),
        "created": stores.c.created_at,
        # On PostgreSQL an absent time would sort above all others.
        "last_event": func.coalesce(stores.c.last_event_at, stores.c.created_at),
        "engine": stores.c.engine,
        "name": stores.c.name,
    }[column]
    return query.order_by(order.desc() if descending else order.asc(), stores.c.name)

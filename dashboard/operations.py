"""The desk: takes requests, puts them into the queue. What it returns is committed."""

import hashlib
import json
import secrets
from collections.abc import Mapping

from sqlalchemy import RowMapping, insert, or_, select

from dashboard import rows
from dashboard.database import Database
from dashboard.journal import Journal
from dashboard.model import Kind, Operation, Request, State, Status
from dashboard.refusal import Refusal
from dashboard.settings import Settings
from dashboard.tables import keys, operations, stores
from dashboard.transitions import ACTIVE, Change


class Desk:
    """Puts operations into the queue. Does not judge names and values: the catalogue does, before.

    `key` is a client's Idempotency-Key: the same key with the same request returns the same
    operation, with another request it is refused.
    """

    def __init__(self, database: Database, journal: Journal, settings: Settings) -> None:
        self._database = database
        self._journal = journal
        self._settings = settings

    def deploy(self, request: Request, key: str | None = None) -> Operation:
        """Queue the making of a store; the same request twice is one operation.

        A store that failed or stalled may be deployed again with other values. Raises `Refusal`:
        "exists" for a name in use, "full", "conflict" for a key in use.
        """
        print_ = _fingerprint(Kind.CREATE, request.name, rows.request_columns(request))
        with self._database.write() as connection:
            change = Change(connection, self._journal, self._database.now(connection))
            if known := self._by_key(change, key, print_):
                return known
            if same := self._same_deploy(change, request):
                return self._remember(change, key, print_, same)
            self._refuse_when_full(change)
            self._put_store(change, request)
            return self._remember(change, key, print_, self._queue(change, Kind.CREATE, request.name, request))

    def delete(self, name: str, key: str | None = None) -> Operation:
        """Queue the removal of a store; its creates that wait are canceled. Never refused as full.

        Raises `Refusal`: "missing", "conflict" for a key in use.
        """
        print_ = _fingerprint(Kind.DELETE, name, {})
        with self._database.write() as connection:
            change = Change(connection, self._journal, self._database.now(connection))
            if known := self._by_key(change, key, print_):
                return known
            self._require_store(change, name)
            last = change.newest(name, operations.c.state.in_(ACTIVE))
            if last and last["kind"] == Kind.DELETE:
                return self._remember(change, key, print_, rows.operation(last))
            removal = self._queue(change, Kind.DELETE, name, None)
            waiting = select(operations).where(
                operations.c.store == name, operations.c.state == State.QUEUED, operations.c.kind == Kind.CREATE
            )
            for row in connection.execute(waiting).mappings().all():
                change.end(row, State.CANCELED, None, None)
            return self._remember(change, key, print_, removal)

    def retry(self, name: str, key: str | None = None) -> Operation:
        """Queue once more what failed or stalled last.

        Raises `Refusal`: "missing", "full", "conflict" when nothing failed or a key is in use.
        """
        print_ = _fingerprint("retry", name, {})
        with self._database.write() as connection:
            change = Change(connection, self._journal, self._database.now(connection))
            if known := self._by_key(change, key, print_):
                return known
            self._require_store(change, name)
            last = change.newest(name)
            if last is None or last["state"] not in (State.FAILED, State.STALLED, State.CANCELED):
                raise Refusal("conflict", f"nothing of {name!r} has failed", "look at its newest operation")
            self._refuse_when_full(change)
            request = Request(**last["request"]) if last["request"] else None
            return self._remember(change, key, print_, self._queue(change, Kind(last["kind"]), name, request))

    def update(self, name: str, key: str | None = None) -> Operation:
        """Queue the bringing up to date of a store that is ready: what it is to be stays, made with the present
        charts, images and platform. One that waits or runs already is that operation.

        Raises `Refusal`: "missing", "full", "conflict" for a store that is not ready, or that a terminal made,
        whose whole configuration is not known here, and for a key in use.
        """
        print_ = _fingerprint("update", name, {})
        with self._database.write() as connection:
            change = Change(connection, self._journal, self._database.now(connection))
            if known := self._by_key(change, key, print_):
                return known
            store = self._require_store(change, name)
            if store["made_by"] == "terminal":
                cure = f"bring it up to date where it was made: make store NAME={name}"
                raise Refusal("conflict", f"{name!r} was made in a terminal", cure)
            active = change.newest(name, operations.c.state.in_(ACTIVE))
            if active and active["kind"] == Kind.CREATE:
                return self._remember(change, key, print_, rows.operation(active))
            if store["status"] != Status.READY:
                raise Refusal("conflict", f"{name!r} is not ready", "wait until it is; what failed can be retried")
            self._refuse_when_full(change)
            return self._remember(change, key, print_, self._queue(change, Kind.CREATE, name, rows.request(store)))

    def cancel(self, operation_id: str) -> Operation:
        """Take an operation that waits out of the queue; a canceled one stays as it is.

        Raises `Refusal`: "missing", "conflict" when it runs or has ended.
        """
        with self._database.write() as connection:
            change = Change(connection, self._journal, self._database.now(connection))
            row = change.row(operation_id)
            if row is None:
                raise Refusal("missing", "there is no such operation", "take the id from the operation's Location")
            if row["state"] == State.RUNNING:
                cure = "wait until it has ended, then delete the store" if row["kind"] == Kind.CREATE else "wait"
                raise Refusal("conflict", "the operation is running and cannot be canceled", cure)
            if row["state"] == State.QUEUED:
                change.end(row, State.CANCELED, None, None)
            elif row["state"] != State.CANCELED:
                raise Refusal("conflict", f"the operation has {row['state']} already", "nothing is left to cancel")
            return rows.operation(_existing(change.row(operation_id)))

    def _queue(self, change: Change, kind: Kind, name: str, request: Request | None) -> Operation:
        new_id = secrets.token_hex(12)
        change.connection.execute(insert(operations).values(
            id=new_id, store=name, kind=kind, state=State.QUEUED, created_at=change.at,
            request=rows.request_columns(request) if request else None,
        ))  # fmt: skip
        row = _existing(change.row(new_id))
        change.set_store(name, operation=new_id)
        change.tell(row, "queued", "waits for its turn")
        change.settle(name)
        return rows.operation(row)

    def _same_deploy(self, change: Change, request: Request) -> Operation | None:
        """The operation that is this deploy already; raises `Refusal` when the name is in use."""
        store = change.connection.execute(select(stores).where(stores.c.name == request.name)).mappings().one_or_none()
        # What was canceled before it began never happened; what was canceled between two attempts left something.
        last = change.newest(request.name, or_(operations.c.state != State.CANCELED, operations.c.attempt > 0))
        if store is None or (last and last["kind"] == Kind.DELETE and last["state"] in ACTIVE):
            return None
        if last is None or last["state"] in (State.FAILED, State.STALLED, State.CANCELED):
            if store["made_by"] == "terminal" and last is None:
                raise _exists(request.name)
            return None
        if last["request"] == rows.request_columns(request):
            return rows.operation(last)
        raise _exists(request.name)

    def _put_store(self, change: Change, request: Request) -> None:
        columns = rows.request_columns(request)
        known = change.connection.execute(select(stores.c.name).where(stores.c.name == request.name)).first()
        if known:
            change.set_store(request.name, **columns, made_by="dashboard")
        else:
            change.connection.execute(insert(stores).values(**columns, status="queued", created_at=change.at))

    def _refuse_when_full(self, change: Change) -> None:
        if change.queue_length() >= self._settings.queue_limit:
            raise Refusal("full", "too many operations wait already", "try again in a minute")

    def _require_store(self, change: Change, name: str) -> RowMapping:
        row = change.connection.execute(select(stores).where(stores.c.name == name)).mappings().one_or_none()
        if row is None:
            raise Refusal("missing", f"there is no store {name!r}", "look at the list of stores")
        return row

    def _by_key(self, change: Change, key: str | None, print_: str) -> Operation | None:
        if key is None:
            return None
        known = change.connection.execute(select(keys).where(keys.c.key == key)).mappings().one_or_none()
        if known is None:
            return None
        if known["fingerprint"] != print_:
            raise Refusal("conflict", "this Idempotency-Key was used for another request", "use a new key")
        row = change.row(known["operation"])
        return rows.operation(row) if row else None

    def _remember(self, change: Change, key: str | None, print_: str, operation: Operation) -> Operation:
        if key is not None:
            change.connection.execute(
                insert(keys).values(key=key, fingerprint=print_, operation=operation.id, created_at=change.at)
            )
        return operation


def _existing(row: RowMapping | None) -> RowMapping:
    if row is None:
        raise LookupError("an operation vanished within one transaction")
    return row


def _exists(name: str) -> Refusal:
    message = f"the name {name!r} is taken"
    return Refusal("exists", message, "choose another name, or delete that store first", {"name": message})


def _fingerprint(kind: str, name: str, values: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps([kind, name, values], sort_keys=True).encode()).hexdigest()

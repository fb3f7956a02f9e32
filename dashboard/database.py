"""One database for all processes: SQLite by default, PostgreSQL by URL, the same code for both.

Writers come one after the other, over all processes: `BEGIN IMMEDIATE` on SQLite, an advisory lock
on PostgreSQL. So a check and the write that rests on it cannot be torn apart, and events become
visible in the order of their ids. A write takes about a millisecond; nobody may do slow work in it.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, insert, select, text
from sqlalchemy.engine import make_url

from dashboard.tables import SCHEMA_VERSION, meta, metadata

LOCK_KEY = 0x53544F5245  # "STORE": any number that no other user of the same PostgreSQL takes
BUSY_MILLISECONDS = 20_000

Clock = Callable[[], datetime]


class DatabaseUnusable(Exception):
    """The database cannot be used as it is; the text names cause and cure."""


class Database:
    """Connections to one database; safe to share between threads, not over a fork."""

    def __init__(self, engine: Engine, clock: Clock | None = None) -> None:
        self.engine = engine
        self._writer = engine.execution_options(storefleet_writes=True)
        self._clock = clock

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view; never waits for a writer."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The only writer, until the block ends: commits then, rolls back on an exception."""
        with self._writer.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
            yield connection

    def now(self, connection: Connection) -> datetime:
        """The time that leases are measured with: the server's, so that workers' clocks may differ."""
        if self._clock:
            return self._clock()
        if connection.dialect.name == "postgresql":
            moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
            return moment.astimezone(UTC)
        return datetime.now(UTC)

    def close(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def open_database(url: str, clock: Clock | None = None) -> Database:
    """Open the database at `url` and create its tables if it has none.

    Several processes may do so at once. `clock` replaces the time, for tests. Raises
    `DatabaseUnusable` when its tables are of another version.
    """
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    is_file = parsed.get_backend_name() == "sqlite"
    if is_file and not parsed.database:
        raise DatabaseUnusable("a database in memory cannot be shared by processes; name a file in the URL")
    path = Path(parsed.database or "")
    if is_file:
        path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, pool_size=10, max_overflow=60, pool_pre_ping=not is_file)
    if is_file:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    database = Database(engine, clock)
    try:
        with _alone(path) if is_file else nullcontext():
            _create_tables(database)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """SQLite does not wait for a lock while it switches a new file to WAL, so processes queue here."""
    with path.with_name(path.name + ".opening").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # the driver begins no transaction by itself
    for pragma in (f"busy_timeout={BUSY_MILLISECONDS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("storefleet_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _create_tables(database: Database) -> None:
    with database.write() as connection:
        metadata.create_all(connection)
        found = connection.execute(select(meta.c.value).where(meta.c.key == "schema_version")).scalar()
        if found is None:
            connection.execute(insert(meta).values(key="schema_version", value=SCHEMA_VERSION))
        elif found != SCHEMA_VERSION:
            raise DatabaseUnusable(
                f"the dashboard's database has schema version {found}, this program needs {SCHEMA_VERSION}; "
                "run the release that wrote it, or point STOREFLEET_DASHBOARD_DATABASE_URL at a new database"
            )

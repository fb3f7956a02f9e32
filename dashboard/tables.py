"""The tables. Raise `SCHEMA_VERSION` with every change of them."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

SCHEMA_VERSION = "1"


class Utc(TypeDecorator[datetime]):
    """Aware datetimes in UTC, also on SQLite, which knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a timestamp without time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()
# SQLite numbers rows by itself only in a column of exactly this type.
_Number = BigInteger().with_variant(Integer, "sqlite")

meta = Table("meta", metadata, Column("key", String(40), primary_key=True), Column("value", Text, nullable=False))

stores = Table(
    "stores", metadata,
    Column("name", String(63), primary_key=True),
    Column("engine", String(63), nullable=False, default=""),
    Column("plan", String(63), nullable=False, default=""),
    Column("title", Text, nullable=False, default=""),
    Column("admin_email", Text, nullable=False, default=""),
    Column("settings", JSON, nullable=False, default=dict),
    Column("status", String(20), nullable=False, index=True),
    Column("url", Text, nullable=False, default=""),
    Column("namespace", String(63), nullable=False, default=""),
    Column("notice", Text, nullable=False, default=""),
    Column("chart_version", String(63), nullable=False, default=""),
    Column("admin_secret_name", Text, nullable=False, default=""),
    Column("admin_secret_key", Text, nullable=False, default=""),
    Column("created_at", Utc, nullable=False, index=True),
    Column("ready_at", Utc),
    Column("last_event", Text, nullable=False, default=""),
    Column("last_event_at", Utc),
    Column("operation", String(24)),
    Column("made_by", String(20), nullable=False, default="dashboard"),
)  # fmt: skip

operations = Table(
    "operations", metadata,
    Column("seq", _Number, primary_key=True, autoincrement=True),  # the order of the queue
    Column("id", String(24), nullable=False, unique=True),
    Column("store", String(63), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("request", JSON(none_as_null=True)),
    Column("created_at", Utc, nullable=False),
    Column("started_at", Utc),
    Column("finished_at", Utc),
    Column("attempt", Integer, nullable=False, default=0),
    Column("excused", Integer, nullable=False, default=0),  # attempts that were handed over, not failed
    Column("not_before", Utc),
    Column("reason", String(63), nullable=False, default=""),
    Column("message", Text, nullable=False, default=""),
    Column("cure", Text, nullable=False, default=""),
    Column("done", Integer, nullable=False, default=0),
    Column("total", Integer, nullable=False, default=0),
    Column("step", Text, nullable=False, default=""),
    Column("worker", String(63)),
    Column("lease_until", Utc),
    Column("process", JSON(none_as_null=True)),  # the child that runs it: host, boot, pid, start time
    sqlite_autoincrement=True,
)  # fmt: skip
Index("operations_store", operations.c.store, operations.c.seq)
Index(
    "one_running_per_store", operations.c.store, unique=True,
    sqlite_where=operations.c.state == "running", postgresql_where=operations.c.state == "running",
)  # fmt: skip

keys = Table(  # Idempotency-Key of a client -> what it asked for and what came of it
    "idempotency_keys", metadata,
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("operation", String(24), nullable=False),
    Column("created_at", Utc, nullable=False, index=True),
)  # fmt: skip

events = Table(
    "events", metadata,
    Column("id", _Number, primary_key=True, autoincrement=True),
    Column("at", Utc, nullable=False),
    Column("store", String(63), nullable=False),
    Column("operation", String(24)),
    Column("source", String(12), nullable=False),
    Column("level", String(8), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("object", Text, nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
    Column("message", Text, nullable=False, default=""),
    Column("count", Integer, nullable=False, default=1),
    Column("data", JSON, nullable=False, default=dict),
    sqlite_autoincrement=True,
)  # fmt: skip
Index("events_store", events.c.store, events.c.source, events.c.id)

workers = Table(
    "workers", metadata,
    Column("id", String(63), primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("beat_at", Utc, nullable=False),
)  # fmt: skip

snapshots = Table(
    "snapshots", metadata,
    Column("store", String(63), primary_key=True),
    Column("document", JSON, nullable=False),
    Column("at", Utc, nullable=False),
)  # fmt: skip

"""What the dashboard's tests share: a database per back end, a clock that only the test moves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.claims import Claims
from dashboard.database import Database, open_database
from dashboard.fleet import Fleet
from dashboard.journal import Journal
from dashboard.operations import Desk
from dashboard.settings import Settings
from tests.dashboard import postgresql

BACK_ENDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


class Clock:
    """A time that stands still until the test moves it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def move(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Bench:
    """All parts over one fresh database."""

    settings: Settings
    clock: Clock
    database: Database
    journal: Journal
    desk: Desk
    fleet: Fleet

    def worker(self, name: str) -> Claims:
        return Claims(self.database, self.journal, self.settings, name)

    def kinds(self, store: str) -> list[str]:
        return [event.kind for event in self.journal.after(0, store)]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgresql.Server]:
    """Debian's PostgreSQL with a data folder of its own."""
    with postgresql.running() as server:
        yield server


@pytest.fixture(params=BACK_ENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once per back end."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'dashboard.db'}"
    server: postgresql.Server = request.getfixturevalue("server")
    return server.new_database()


MakeSettings = Callable[..., Settings]
MakeBench = Callable[..., Bench]


@pytest.fixture
def make_settings(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeSettings:
    """Settings over the empty database; arguments replace defaults."""
    monkeypatch.delenv("STOREFLEET_VAR", raising=False)

    def make(**values: object) -> Settings:
        return Settings.model_validate({"var": tmp_path, "database_url": url, "provisioner": "fake", **values})

    return make


@pytest.fixture
def make_bench(make_settings: MakeSettings) -> Iterator[MakeBench]:
    """A bench over the empty database; arguments replace settings."""
    opened: list[Database] = []

    def make(**values: object) -> Bench:
        settings, clock = make_settings(**values), Clock()
        database = open_database(settings.database_url, clock)
        opened.append(database)
        journal = Journal(database, settings.journal_limit_per_store)
        return Bench(settings, clock, database, journal, Desk(database, journal, settings), Fleet(database))

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    """A bench whose queue is full with five operations."""
    return make_bench(queue_limit=5)

"""Opening the database, and that a write is all or nothing."""

import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from dashboard.database import DatabaseUnusable, open_database
from dashboard.fleet import Fleet
from dashboard.tables import meta
from tests.dashboard.conftest import Bench
from tests.dashboard.samples import REQUEST


def test_many_may_open_a_new_database_at_once(url: str) -> None:
    opened = []
    threads = [threading.Thread(target=lambda: opened.append(open_database(url))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 8
    for database in opened:
        database.close()


def test_another_schema_is_refused_with_a_cure(bench: Bench) -> None:
    with bench.database.write() as connection:
        connection.execute(update(meta).values(value="0"))
    with pytest.raises(DatabaseUnusable, match="schema version 0.*DATABASE_URL"):
        open_database(bench.settings.database_url)


def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(DatabaseUnusable, match="name a file"):
        open_database("sqlite://")


def test_a_write_that_fails_leaves_nothing(bench: Bench) -> None:
    with pytest.raises(RuntimeError), bench.database.write() as connection:
        connection.execute(insert(meta).values(key="half", value="done"))
        raise RuntimeError
    with bench.database.read() as connection:
        assert connection.execute(select(meta.c.key).where(meta.c.key == "half")).first() is None


def test_what_was_accepted_is_there_for_the_next_process(bench: Bench) -> None:
    operation = bench.desk.deploy(REQUEST)
    bench.database.close()
    with closing(open_database(bench.settings.database_url)) as database:
        assert Fleet(database).operation(operation.id) == operation


def test_a_reader_does_not_wait_for_the_writer(bench: Bench) -> None:
    bench.desk.deploy(REQUEST)
    with bench.database.write() as connection:
        connection.execute(insert(meta).values(key="x", value="y"))
        assert bench.fleet.store(REQUEST.name)


def test_sqlite_is_durable(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'd.db'}")
    with database.read() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    assert (mode, synchronous) == ("wal", 2)
    database.close()

"""The broadcast: replay and live meet without gap or repetition; slow clients go, nobody listening costs nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard import broadcast, sse
from dashboard.broadcast import Broadcast, StreamsFull
from dashboard.database import open_database
from dashboard.journal import Journal
from dashboard.model import Event, Level, NewEvent, Source
from tests.dashboard.samples import NOW
from tests.dashboard.web import PATIENCE


def event(number: int, store: str = "nike-shoes", message: str = "") -> NewEvent:
    return NewEvent(NOW, store, None, Source.KUBERNETES, Level.NORMAL, "kubernetes.event", "Pod/a", "", message)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    database = open_database(f"sqlite:///{tmp_path / 'dashboard.db'}")
    yield Journal(database)
    database.close()


@pytest.fixture(autouse=True)
def no_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    """None comes between the events, however slow the machine is."""
    monkeypatch.setattr(broadcast, "HEARTBEAT_SECONDS", 3600.0)


def ids(data: bytes) -> list[int]:
    return [int(line[4:]) for line in data.decode().splitlines() if line.startswith("id: ")]


def run(story: Coroutine[Any, Any, None]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(PATIENCE):
            await story

    asyncio.run(limited())


async def collect(stream: AsyncIterator[bytes], enough: Callable[[bytes], bool]) -> bytes:
    data = b""
    async for chunk in stream:
        data += chunk
        if enough(data):
            break
    return data


def test_nothing_is_lost_or_repeated_while_events_flow_and_clients_come_and_go(journal: Journal) -> None:
    async def story() -> None:
        hub = Broadcast(journal, limit=100)
        written: list[int] = []

        async def write() -> None:
            for number in range(60):
                written.extend(await asyncio.to_thread(journal.append, [event(number, "ab"[number % 2])]))

        async def follow(store: str | None, wanted: int) -> list[int]:
            """Read a few events, leave, come back with the last id, until all are there."""
            seen: list[int] = []
            while len(seen) < wanted:
                client = await hub.join(store)
                stream, missing = hub.stream(client, (seen or [0])[-1]), min(7, wanted - len(seen))
                data = await collect(stream, lambda data, missing=missing: len(ids(data)) >= missing)  # type: ignore[misc]
                hub.leave(client)
                seen.extend(ids(data))
            return seen

        async with hub.running():
            writer = asyncio.create_task(write())
            followers = (follow(None, 60), follow(None, 60), follow("a", 30), follow("b", 30))
            found = await asyncio.gather(*followers)
            await writer
        assert found[0] == found[1] == written
        assert found[2] == written[0::2] and found[3] == written[1::2]

    run(story())


def test_what_comes_between_joining_and_replaying_is_sent_once(journal: Journal) -> None:
    old = journal.append([event(0), event(1)])

    async def story() -> None:
        hub = Broadcast(journal, limit=1)
        async with hub.running():
            client = await hub.join(None)
            new = await asyncio.to_thread(journal.append, [event(2)])
            while client.batches.empty():
                await asyncio.sleep(0.01)
            stream = hub.stream(client, 0)
            assert [ids(await anext(stream)) for _ in range(3)] == [[], old, new]

    run(story())


def test_a_long_replay_comes_in_pages(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast, "PAGE", 10)
    written = [journal.append([event(number)])[0] for number in range(35)]

    async def story() -> None:
        hub = Broadcast(journal, limit=1)
        async with hub.running():
            client = await hub.join(None)
            data = await collect(hub.stream(client, 0), lambda data: len(ids(data)) >= 35)
            assert ids(data) == written
            with pytest.raises(StreamsFull):
                await hub.join(None)

    run(story())


@pytest.mark.parametrize(("after", "is_told"), [(1, True), (10_000, True), (0, False), (25, False)])
def test_a_replay_that_cannot_be_complete_says_so(tmp_path: Path, after: int, is_told: bool) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'dashboard.db'}")
    journal = Journal(database, limit=10)
    for number in range(30):
        journal.append([event(number)])

    async def story() -> None:
        hub = Broadcast(journal, limit=1)
        async with hub.running():
            client = await hub.join(None)
            journal.append([event(0)])
            data = await collect(hub.stream(client, after), lambda data: 31 in ids(data))
            assert (b"replay.incomplete" in data) == is_told

    run(story())
    database.close()


def test_a_quiet_stream_has_heartbeats(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast, "HEARTBEAT_SECONDS", 0.0)

    async def story() -> None:
        hub = Broadcast(journal, limit=2)
        async with hub.running():
            streams = [hub.stream(await hub.join(store), None) for store in (None, "quiet")]
            for stream in streams:
                await collect(stream, lambda data: data.count(b": still here") >= 2)

    run(story())


def test_a_slow_client_loses_its_stream_and_no_other(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast, "QUEUE_LIMIT", 3)
    monkeypatch.setattr(broadcast, "POLL_SECONDS", 0.0)

    async def story() -> None:
        hub = Broadcast(journal, limit=2)
        async with hub.running():
            slow, fast = await hub.join(None), await hub.join(None)
            stream, seen, written = hub.stream(fast, None), b"", []
            while not slow.is_slow:
                written += await asyncio.to_thread(journal.append, [event(0)])
                while written[-1] not in ids(seen):
                    seen += await anext(stream)
            assert hub.clients == 1 and slow.batches.qsize() == 1
            assert await collect(hub.stream(slow, None), lambda _: False) == sse.OPENING
            assert ids(seen) == written
            # It comes back with the last id that it has, and misses nothing.
            again = await hub.join(None)
            data = await collect(hub.stream(again, written[0]), lambda data: written[-1] in ids(data))
            assert ids(data) == written[1:]

    run(story())


def test_nobody_listening_means_nobody_reads_the_journal(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []
    after = journal.after

    def counted(*args: Any) -> list[Event]:
        reads.append(1)
        return after(*args)

    monkeypatch.setattr(journal, "after", counted)
    monkeypatch.setattr(broadcast, "POLL_SECONDS", 0.0)

    async def story() -> None:
        hub = Broadcast(journal, limit=1)
        async with hub.running():
            client = await hub.join(None)
            while len(reads) < 3:
                await asyncio.sleep(0.01)
            hub.leave(client)
            await asyncio.to_thread(journal.append, [event(0)])
            seen = -1
            while seen != len(reads):
                seen = len(reads)
                await asyncio.sleep(0.1)
            # What came meanwhile is no news to the next client.
            client = await hub.join(None)
            new = await asyncio.to_thread(journal.append, [event(0)])
            assert ids(await collect(hub.stream(client, None), lambda data: bool(ids(data)))) == new

    run(story())

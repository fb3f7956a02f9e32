"""The stream of events: replay and live without gap or repetition, bounded, ended in order."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard import api_events, broadcast, sse
from dashboard.broadcast import Broadcast, StreamsFull
from dashboard.database import open_database
from dashboard.journal import Journal
from dashboard.model import Event, Level, NewEvent, Source
from tests.dashboard.samples import NOW
from tests.dashboard.web import PATIENCE, Web, problem_of, running_web, wait_until


def event(number: int, store: str = "nike-shoes", message: str = "") -> NewEvent:
    return NewEvent(NOW, store, None, Source.KUBERNETES, Level.NORMAL, "kubernetes.event", "Pod/a", "", message)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    database = open_database(f"sqlite:///{tmp_path / 'dashboard.db'}")
    yield Journal(database)
    database.close()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with running_web(tmp_path, stream_limit=3) as web:
        yield web


def ids(data: bytes) -> list[int]:
    return [int(line[4:]) for line in data.decode().splitlines() if line.startswith("id: ")]


def read(lines: Iterator[str], count: int) -> list[int]:
    """The ids of the next `count` events."""
    found: list[int] = []
    while len(found) < count:
        line = next(lines)
        if line.startswith("id: "):
            found.append(int(line[4:]))
    return found


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


def test_wire_format() -> None:
    found = Event(
        id=7, at=NOW, store="a", operation=None, source=Source.ENGINE, level=Level.ERROR, kind="engine.step",
        message="two\nlines\r\n\ndata: forged ü", data={"n": [1]},
    )  # fmt: skip
    frame = sse.encode([found])
    identity, kind, data, *rest = frame.decode("ascii").split("\n")
    assert (identity, kind, rest) == ("id: 7", "event: engine.step", ["", ""])
    document = json.loads(data.removeprefix("data: "))
    assert document["message"] == found.message and document["data"] == {"n": [1]}
    assert document["at"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("0", 0), ("", None), ("-1", None), ("7x", None), ("٧", None), ("9" * 40, None)]
)
def test_last_event_id(text: str, number: int | None) -> None:
    assert sse.read_id(text) == number


def test_replay_then_live_over_http(web: Web) -> None:
    first = [web.say(str(number)) for number in range(3)]
    with web.client.stream("GET", "/api/events", headers={"Last-Event-ID": str(first[0])}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        lines = answer.iter_lines()
        assert read(lines, 2) == first[1:]
        later = [web.say("live"), web.say("live too")]
        assert read(lines, 2) == later
    wait_until(lambda: web.services.broadcast.clients == 0)


def test_without_an_id_only_what_comes(web: Web) -> None:
    web.say("old")
    with web.client.stream("GET", "/api/events") as answer:
        lines = answer.iter_lines()
        assert next(lines).startswith("retry: ")
        new = web.say("new")
        assert read(lines, 1) == [new]


def test_after_counts_where_no_header_is(web: Web) -> None:
    first, second = web.say("1"), web.say("2")
    for header, expected in (({}, first), ({"Last-Event-ID": str(first)}, second), ({"Last-Event-ID": "x"}, first)):
        with web.client.stream("GET", "/api/events?after=0", headers=header) as answer:
            assert read(answer.iter_lines(), 1) == [expected]


def test_one_store_only(web: Web) -> None:
    web.say("other", store="other")
    mine = web.say("mine")
    with web.client.stream("GET", "/api/events?store=nike-shoes&after=0") as answer:
        lines = answer.iter_lines()
        assert read(lines, 1) == [mine]
        web.say("other", store="other")
        live = web.say("live")
        assert read(lines, 1) == [live]


def test_too_many_streams_are_refused(web: Web) -> None:
    with web.client.stream("GET", "/api/events"), web.client.stream("GET", "/api/events"):
        with web.client.stream("GET", "/api/events"):
            wait_until(lambda: web.services.broadcast.clients == 3)
            assert b"storefleet_stream_clients 3.0" in web.client.get("/metrics").content
            answer = web.client.get("/api/events")
            problem_of(answer, 503)
            assert answer.headers["retry-after"]
        wait_until(lambda: web.services.broadcast.clients == 2)
        with web.client.stream("GET", "/api/events") as again:
            assert again.status_code == 200


def test_a_server_that_stops_ends_its_streams(tmp_path: Path) -> None:
    rest: list[str] = []
    with running_web(tmp_path) as web:
        opened = threading.Event()

        def listen() -> None:
            with httpx.stream("GET", f"{web.url}/api/events", timeout=PATIENCE, trust_env=False) as answer:
                lines = answer.iter_lines()
                next(lines)
                opened.set()
                rest.extend(lines)

        listener = threading.Thread(target=listen)
        listener.start()
        assert opened.wait(PATIENCE)
        web.server.should_exit = True
        listener.join(PATIENCE)
        assert not listener.is_alive() and rest == [""]


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


def test_a_client_that_reads_nothing_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast, "QUEUE_LIMIT", 3)
    monkeypatch.setattr(api_events, "GRACE_SECONDS", 0.1)
    with running_web(tmp_path) as web, closing(socket.socket()) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.settimeout(PATIENCE)
        deaf.connect(("127.0.0.1", int(web.url.rpartition(":")[2])))
        deaf.sendall(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_until(lambda: web.services.broadcast.clients == 1)

        def is_gone() -> bool:
            web.services.journal.append([event(0, message="x" * 100_000)] * 10)
            return web.services.broadcast.clients == 0

        wait_until(is_gone)
        # The others are served meanwhile, and the connection ends once what was sent is read.
        assert web.client.get("/api/stores").status_code == 200
        while deaf.recv(1 << 20):
            pass


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

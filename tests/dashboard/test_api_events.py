"""The stream of events: replay and live without gap or repetition, bounded, ended in order."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from dashboard import api_events, broadcast, sse
from dashboard.model import Event, Level, NewEvent, Source
from tests.dashboard.samples import NOW
from tests.dashboard.web import PATIENCE, Web, problem_of, running_web, wait_until


def event(number: int, store: str = "nike-shoes", message: str = "") -> NewEvent:
    return NewEvent(NOW, store, None, Source.KUBERNETES, Level.NORMAL, "kubernetes.event", "Pod/a", "", message)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with running_web(tmp_path, stream_limit=3) as web:
        yield web


@pytest.fixture(autouse=True)
def no_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    """None comes between the lines, however slow the machine is."""
    monkeypatch.setattr(broadcast, "HEARTBEAT_SECONDS", 3600.0)


def read(lines: Iterator[str], count: int) -> list[int]:
    """The ids of the next `count` events."""
    found: list[int] = []
    while len(found) < count:
        line = next(lines)
        if line.startswith("id: "):
            found.append(int(line[4:]))
    return found


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


@pytest.mark.long
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
        # The others are served meanwhile, and the stream ends once what was sent is read: with its connection or,
        # when all of it fitted into the kernel's buffers, with its last chunk.
        assert web.client.get("/api/stores").status_code == 200
        end = b""
        while not end.endswith(b"0\r\n\r\n") and (more := deaf.recv(1 << 20)):
            end = (end + more)[-5:]

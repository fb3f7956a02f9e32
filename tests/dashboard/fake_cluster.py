"""A small API server over real HTTP whose every answer the test decides."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

JSON = dict[str, Any]


@dataclass
class Answer:
    """One answer: a status and its body; a list among the lines is sent as one garbled line."""

    status: int = 200
    lines: list[JSON | str] = field(default_factory=list)
    hold: bool = False  # keep the watch open after the lines


@dataclass
class FakeCluster:
    """Answers lists from `objects`, watches from `watches` (per path, in order), then with an open, silent one."""

    objects: dict[str, list[JSON]] = field(default_factory=dict)
    watches: dict[str, list[Answer]] = field(default_factory=dict)
    lists: dict[str, list[Answer]] = field(default_factory=dict)
    page: int = 500
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def count(self, path: str, **query: str) -> int:
        """How often `path` was asked for with these parameters."""
        with self.lock:
            return sum(p == path and query.items() <= q.items() for p, q in self.asked)

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        with self.lock:
            self.asked.append((path, query))
            scripted = (self.watches if "watch" in query else self.lists).get(path)
            if scripted:
                return scripted.pop(0)
            if "watch" in query:
                return Answer(hold=True)
            begin, size = int(query.get("continue", "0")), min(self.page, int(query.get("limit", "500")))
            found = self.objects.get(path, [])
            more = str(begin + size) if begin + size < len(found) else ""
            metadata = {"resourceVersion": "100", **({"continue": more} if more else {})}
            return Answer(lines=[{"metadata": metadata, "items": found[begin : begin + size]}])


@contextmanager
def running(cluster: FakeCluster) -> Iterator[FakeCluster]:
    """The cluster on a free port of the loopback; open watches are ended with it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(url.query).items()}
            answer = cluster.answer(url.path, query)
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Connection", "close")
            self.end_headers()
            for line in answer.lines:
                text = line if isinstance(line, str) else json.dumps(line)
                self.wfile.write(text.encode() + b"\n")
            self.wfile.flush()
            if answer.hold:
                cluster.closing.wait(60)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    cluster.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield cluster
    finally:
        cluster.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()

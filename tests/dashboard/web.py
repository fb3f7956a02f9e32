"""A real web process in a thread, on a port of its own, over a fresh database."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from dashboard.app import create_app
from dashboard.claims import Claims
from dashboard.database import open_database
from dashboard.model import Failure, Level, NewEvent, Operation, Outputs, Source, State
from dashboard.services import Services, open_services
from dashboard.serving import WebServer, make_server
from dashboard.settings import ROOT, Settings
from tests.dashboard.samples import NOW, OUTPUTS

PATIENCE = 60.0
"""Seconds that anything may take on a busy machine before a test gives up."""


@dataclass(frozen=True)
class Web:
    """The running process, a client for it, and its parts for looking behind it."""

    url: str
    client: httpx.Client
    services: Services
    server: WebServer

    def deploy(self, name: str, **fields: object) -> httpx.Response:
        return self.client.post("/api/stores", json={"name": name, **fields})

    def finish(self, state: State, outputs: Outputs | None = OUTPUTS, failure: Failure | None = None) -> Operation:
        """Let a worker take the next operation and end it."""
        claims = Claims(self.services.database, self.services.journal, self.services.settings, "w")
        taken = claims.claim()
        assert taken
        claims.finish(taken, state, failure, outputs)
        return taken

    def everything(self) -> dict[str, Any]:
        """All that a refused request must leave as it was."""
        return {"stores": self.services.fleet.stores()[1], "last": self.services.journal.last_id()}

    def say(self, message: str, store: str = "nike-shoes") -> int:
        """Append one event to the journal, as a worker does."""
        event = NewEvent(
            NOW, store, None, Source.KUBERNETES, Level.NORMAL, "kubernetes.event", "Pod/web-1", "", message
        )
        return self.services.journal.append([event])[0]


def make_settings(folder: Path, **values: object) -> Settings:
    """Settings over a fresh SQLite file in `folder`, with the real program's tables."""
    defaults = {"var": folder, "database_url": f"sqlite:///{folder / 'dashboard.db'}", "port": 0, "provisioner": "fake"}
    return Settings.model_validate({**defaults, "program": ROOT / "stores", **values})


@contextmanager
def running_web(folder: Path, **values: object) -> Iterator[Web]:
    """The web process with these settings; stopped gracefully at the end."""
    settings = make_settings(folder, **values)
    database = open_database(settings.database_url)
    services = open_services(settings, database)
    server = make_server(create_app(settings, services), settings, services)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive())
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False) as client:
            yield Web(url, client, services, server)
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        database.close()
    assert not thread.is_alive(), "the server did not stop"


def wait_until(condition: Any) -> None:
    """Poll `condition` until it holds; fails after `PATIENCE`."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        time.sleep(0.02)


def problem_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document, checked for what every one must have."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = json.loads(answer.text)
    assert document["status"] == status
    assert document["detail"] and document["cure"] and document["type"].startswith("urn:storefleet:problem:")
    assert "Traceback" not in answer.text and "dashboard/" not in answer.text
    return document

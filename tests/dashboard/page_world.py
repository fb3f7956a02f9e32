"""A dashboard with a store in every state, for tests of the pages: real database and app, no worker."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import insert

from dashboard import tables
from dashboard.app import create_app
from dashboard.broadcast import Broadcast
from dashboard.catalogue import Catalogue
from dashboard.csrf import Csrf
from dashboard.database import Database, open_database
from dashboard.fleet import Fleet
from dashboard.journal import Journal
from dashboard.model import Kind, Level, NewEvent, Source, State, Status
from dashboard.operations import Desk
from dashboard.page_errors import error_pages
from dashboard.page_routes import page_routes
from dashboard.problems import Problem
from dashboard.remote import Credentials, Remote
from dashboard.services import Services
from dashboard.settings import Settings

WEB = "Pod/web-7d9f8c6b5d-x2x9k"
PULL = 'Back-off pulling image "docker.io/storefleet/wordpress:9f31"'


class Browser:
    """A browser without JavaScript: asks for HTML, keeps cookies, sends forms. No port, no thread of its own."""

    def __init__(self, app: FastAPI) -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(
            transport=transport, base_url="http://localhost", headers={"accept": "text/html"}, follow_redirects=True
        )

    def get(self, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._client.get(path, **more))

    def post(self, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._client.post(path, **more))


class Vault(Remote):
    """Stands in for the worker's endpoint."""

    def __init__(self) -> None:
        super().__init__("", "")

    def credentials(self, name: str) -> Credentials:
        if name == "old-harbour":
            raise Problem(503, "worker-away", "The worker does not answer", "Start it")
        return Credentials("admin", "correct-horse-battery")


def make_services(folder: Path) -> Services:
    """Services on an empty SQLite database in `folder`."""
    settings = Settings.model_validate({"STOREFLEET_VAR": folder, "database_url": f"sqlite:///{folder / 'pages.db'}"})
    database = open_database(settings.database_url)
    journal = Journal(database)
    return Services(
        settings=settings,
        database=database,
        journal=journal,
        desk=Desk(database, journal, settings),
        fleet=Fleet(database),
        catalogue=make_catalogue(),
        remote=Vault(),
        broadcast=Broadcast(journal, limit=50),
        csrf=Csrf("secret of the tests"),
    )


def make_app(services: Services) -> FastAPI:
    """The whole web application on `services`."""
    return create_app(services.settings, services, [page_routes(services)], error_pages())


def make_catalogue() -> Catalogue:
    """Two engines with two plans; the name `taken-word` is reserved."""
    row = SimpleNamespace
    plans = {
        "small": row(title="Small", summary="Up to 50 orders a day: 256 MiB for the shop, 5 GiB of files"),
        "large": row(title="Large", summary="Up to 1,000 orders a day: 1 GiB for the shop, 20 GiB of files"),
    }
    wishes = (
        row(name="currency", label="Currency", help="In what visitors pay", kind="choice",
            choices=("EUR", "USD"), default="EUR"),
        row(name="samples", label="Sample products", help="A few to begin with", kind="boolean", choices=(),
            default="true"),
        row(name="theme", label="Theme", help="The look of the shop", kind="text", choices=(), default="storefront"),
    )  # fmt: skip
    engines = {
        "woocommerce": row(title="WooCommerce", summary="A shop on WordPress, ready to sell from its own pages",
                           minimum={}, wishes=wishes, secret_wishes=()),
        "medusa": row(title="Medusa", summary="A headless shop with an API, for a storefront of your own",
                      minimum={}, wishes=wishes[:1], secret_wishes=()),
    }  # fmt: skip
    return Catalogue(
        engines,
        plans,
        lambda name: "" if name.replace("-", "").isalnum() and name.islower() else f"{name!r} cannot be a store's name",
        lambda plan, engine, minimum: "" if plan in plans else f"{plan!r} is not a plan; known are: small, large",
        lambda minimum: list(plans),
        lambda known, given: {},
        {"woocommerce": "9.9.9"},
    )


def add_worker(database: Database, now: datetime) -> None:
    """A worker that is alive."""
    with database.write() as writer:
        writer.execute(insert(tables.workers).values(id="worker-1", host="host", pid=1, started_at=now, beat_at=now))


def add_store(database: Database, name: str, status: Status, at: datetime, **more: Any) -> None:
    """One row of the list."""
    values = {
        "name": name, "engine": "woocommerce", "plan": "small", "title": name.replace("-", " ").title(),
        "admin_email": "owner@example.com", "settings": {}, "status": status, "created_at": at,
        "namespace": f"store-{name}", "url": f"http://{name}.127.0.0.1.nip.io", "chart_version": "0.4.0",
        "made_by": "dashboard", "last_event_at": at, **more,
    }  # fmt: skip
    with database.write() as writer:
        writer.execute(insert(tables.stores).values(**values))


def add_operation(database: Database, store: str, kind: Kind, state: State, at: datetime, **more: Any) -> str:
    """One row of the queue; returns its id."""
    number = f"{abs(hash((store, kind, state, at))):024x}"[-24:]
    began = at if state is not State.QUEUED else None
    values = {"id": number, "store": store, "kind": kind, "state": state, "created_at": at, "started_at": began, **more}
    with database.write() as writer:
        writer.execute(insert(tables.operations).values(**values))
    return number


def seed(services: Services, now: datetime | None = None) -> None:
    """A store in each state, each with what its page shows."""
    now = now or datetime.now(UTC)
    database = services.database
    add_worker(database, now)
    _ready(services, now)
    _provisioning(services, now)
    _failed(services, now)
    ago = {name: now - timedelta(minutes=minutes) for name, minutes in
           {"amber-lamps": 1, "kite-surf": 300, "velvet-moon": 700, "old-harbour": 90000}.items()}  # fmt: skip
    add_store(database, "amber-lamps", Status.QUEUED, ago["amber-lamps"], url="", chart_version="",
              last_event="waits for its turn")  # fmt: skip
    add_operation(database, "amber-lamps", Kind.CREATE, State.QUEUED, ago["amber-lamps"])
    add_store(database, "kite-surf", Status.DELETING, ago["kite-surf"], last_event="deleting the release")
    add_operation(database, "kite-surf", Kind.DELETE, State.RUNNING, now - timedelta(seconds=9),
                  done=3, total=8, step="release", attempt=1)  # fmt: skip
    add_store(database, "velvet-moon", Status.STALLED, ago["velvet-moon"], last_event="attempts are used up")
    add_operation(database, "velvet-moon", Kind.CREATE, State.STALLED, ago["velvet-moon"], attempt=3, reason="Locked",
                  finished_at=ago["velvet-moon"], message="A terminal holds the lock of this store since 09:12",
                  cure="End pulumi there, or run: pulumi cancel --stack velvet-moon")  # fmt: skip
    add_store(database, "old-harbour", Status.UNREACHABLE, ago["old-harbour"], made_by="terminal", engine="medusa",
              last_event="the cluster does not answer")  # fmt: skip


def _say(services: Services, store: str, *said: tuple[datetime, Source, Level, str, str, str, str, int],
         operation: str | None = None) -> None:  # fmt: skip
    services.journal.append([
        NewEvent(at, store, operation, source, level, kind, object, reason, message, count)
        for at, source, level, kind, object, reason, message, count in said
    ])  # fmt: skip


def _ready(services: Services, now: datetime) -> None:
    at = now - timedelta(days=3)
    add_store(services.database, "nike-shoes", Status.READY, at, ready_at=at + timedelta(seconds=13),
              title="Nike Shoes & <b>More</b>", settings={"currency": "EUR"},
              notice="WooCommerce is not in this image (add it, connected: make fetch-vendor images)")  # fmt: skip
    done = add_operation(services.database, "nike-shoes", Kind.CREATE, State.SUCCEEDED, at, attempt=1,
                         finished_at=at + timedelta(seconds=13))  # fmt: skip
    own, normal = Source.OPERATION, Level.NORMAL
    _say(services, "nike-shoes", (at, own, normal, "operation.queued", "", "", "waits for its turn", 1),
         (at, own, normal, "operation.started", "", "", "", 1),
         (at, own, normal, "operation.succeeded", "", "", "answers after 13 s", 1), operation=done)  # fmt: skip
    pods = [{"name": f"{part}-0", "component": part, "phase": "Running", "ready": True, "restarts": 0}
            for part in ("web", "database")]  # fmt: skip
    services.fleet.put_snapshot("nike-shoes", {"pods": pods, "claims": [], "why": None}, now)


def _provisioning(services: Services, now: datetime) -> None:
    at = now - timedelta(seconds=42)
    add_store(services.database, "paper-boats", Status.PROVISIONING, at, title="Paper Boats", chart_version="", url="")
    runs = add_operation(services.database, "paper-boats", Kind.CREATE, State.RUNNING, at, attempt=1,
                         done=7, total=11, step="waiting for Deployment/web")  # fmt: skip
    normal, warning = Level.NORMAL, Level.WARNING
    own, engine, cluster = Source.OPERATION, Source.ENGINE, Source.KUBERNETES
    steps = [("Namespace::namespace", "created"), ("ResourceQuota::quota", "created"), ("Secret::secrets", "created"),
             ("NetworkPolicy::default-deny", "created"), ("Release::release", "creating")]  # fmt: skip
    _say(services, "paper-boats",
         (at, own, normal, "operation.queued", "", "", "waits for its turn", 1),
         (at, own, normal, "operation.started", "", "", "attempt 1", 1),
         *((at, engine, normal, "engine.step", f"kubernetes:core/v1:{object}", word, "", 1) for object, word in steps),
         operation=runs)  # fmt: skip
    seconds = timedelta(seconds=1)
    readiness = "Readiness probe failed: HTTP probe failed with statuscode: 503"
    _say(services, "paper-boats",
         (at + 4 * seconds, cluster, normal, "kubernetes.event", "Pod/database-0", "Scheduled", "Assigned to node", 1),
         (at + 5 * seconds, cluster, normal, "kubernetes.event", "Pod/database-0", "Started", "Started container", 1),
         (at + 6 * seconds, cluster, normal, "kubernetes.event", WEB, "Pulled", "Image already present on machine", 1),
         (at + 9 * seconds, cluster, warning, "kubernetes.event", WEB, "Unhealthy", readiness, 1),
         (at + 29 * seconds, cluster, warning, "kubernetes.event", WEB, "Unhealthy", readiness, 5))  # fmt: skip
    pods = [{"name": "database-0", "component": "database", "phase": "Running", "ready": True, "restarts": 0},
            {"name": WEB[4:], "component": "web", "phase": "Running", "ready": False, "restarts": 1,
             "reason": "Unhealthy", "message": "HTTP 503 from /healthz"}]  # fmt: skip
    services.fleet.put_snapshot("paper-boats", {"pods": pods, "claims": [], "why": None}, now)


def _failed(services: Services, now: datetime) -> None:
    at = now - timedelta(minutes=12)
    add_store(services.database, "tea-clipper", Status.FAILED, at, url="", chart_version="", engine="medusa")
    failed = add_operation(services.database, "tea-clipper", Kind.CREATE, State.FAILED, at, reason="ImagePull",
                           message="Deployment/web did not become ready", cure="Look at the pod", done=8, total=11,
                           finished_at=at + timedelta(minutes=4))  # fmt: skip
    _say(services, "tea-clipper",
         (at, Source.OPERATION, Level.NORMAL, "operation.started", "", "", "", 1),
         (at, Source.OPERATION, Level.ERROR, "operation.failed", "", "ImagePull", "Deployment/web did not start", 1),
         (at, Source.ENGINE, Level.ERROR, "engine.step", "kubernetes:helm.sh/v3:Release::release", "failed",
          "the release did not become ready", 1), operation=failed)  # fmt: skip
    _say(services, "tea-clipper", (at, Source.KUBERNETES, Level.WARNING, "kubernetes.event", WEB, "BackOff", PULL, 14))
    pod = {"name": WEB[4:], "component": "web", "phase": "Pending", "ready": False, "restarts": 0,
           "reason": "ImagePullBackOff", "message": PULL}  # fmt: skip
    why = {"object": WEB, "reason": "ImagePull", "message": PULL, "since": "",
           "cure": "Build the image and load it into the cluster: make images"}  # fmt: skip
    services.fleet.put_snapshot("tea-clipper", {"pods": [pod], "claims": [], "why": why}, now)

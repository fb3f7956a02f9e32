"""How fast the dashboard's list is with many stores: the server's time, the page's size, the browser's first paint.

`python -m benchmarks.pages [STORES]` (1,000) with the project's Python; needs `make testtools` for the browser.
A real server on loopback over SQLite, one client. Server: time from request to the last byte. First paint: from the
start of the navigation, median of the loads, the cache empty at the first one only.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import httpx
from sqlalchemy import insert

from dashboard import tables
from dashboard.app import create_app
from dashboard.database import Database, open_database
from dashboard.model import Status
from dashboard.page_errors import error_pages
from dashboard.page_routes import page_routes
from dashboard.services import open_services
from dashboard.serving import make_server
from dashboard.settings import Settings
from tests.browser.eyes import start_browser

ASKED = ("/", "/?page=20", "/?q=99", "/?status=failed&sort=-last_event", "/live")
REQUESTS = 60
LOADS = 7
PAINT = "return performance.getEntriesByName('first-contentful-paint').map(e => e.startTime)[0] ?? 0"


@contextmanager
def dashboard(folder: Path, stores: int) -> Iterator[str]:
    """The address of a dashboard that has `stores` stores, in all states."""
    values = {"STOREFLEET_VAR": folder, "port": 0, "database_url": f"sqlite:///{folder / 'pages.db'}"}
    settings = Settings.model_validate(values)
    with closing(open_database(settings.database_url)) as database:
        fill(database, stores)
        services = open_services(settings, database)
        app = create_app(settings, services, [page_routes(services)], error_pages())
        server = make_server(app, settings, services)
        thread = Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def fill(database: Database, stores: int) -> None:
    """Rows as the worker would have left them."""
    now, states = datetime.now(UTC), list(Status)
    rows = [
        {
            "name": f"store-number-{number}", "engine": "woocommerce", "plan": "small", "title": f"Store {number}",
            "admin_email": "owner@example.com", "settings": {}, "status": states[number % len(states)],
            "url": f"http://store-number-{number}.127.0.0.1.nip.io", "namespace": f"store-store-number-{number}",
            "chart_version": "0.4.0", "created_at": now - timedelta(minutes=number), "made_by": "dashboard",
            "last_event": "Readiness probe failed: HTTP probe failed with statuscode: 503", "last_event_at": now,
        }
        for number in range(stores)
    ]  # fmt: skip
    with database.write() as writer:
        writer.execute(insert(tables.stores), rows)


def measure_server(address: str) -> None:
    """Print the server's times for each of the addresses."""
    with httpx.Client(base_url=address, trust_env=False, headers={"accept": "text/html"}) as client:
        for path in ASKED:
            client.get(path)
            taken, size = [], 0
            for _ in range(REQUESTS):
                begin = time.perf_counter()
                size = len(client.get(path).raise_for_status().content)
                taken.append((time.perf_counter() - begin) * 1000)
            tail = statistics.quantiles(taken, n=100)[98]
            print(f"{path:38} median {statistics.median(taken):6.1f} ms   p99 {tail:6.1f} ms   {size / 1024:5.0f} KiB")


def measure_paint(address: str, folder: Path) -> None:
    """Print when chromium first paints the list."""
    browser = start_browser(folder)
    try:
        paints = []
        for _ in range(LOADS):
            browser.get(address)
            paints.append(float(browser.execute_script(PAINT)))
        later = statistics.median(paints[1:])
        print(f"first contentful paint: {paints[0]:.0f} ms with an empty cache, then {later:.0f} ms")
    finally:
        browser.quit()


def main() -> int:
    """Print all figures."""
    stores = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder, dashboard(Path(folder), stores) as address:
        print(f"{stores:,} stores, one client, SQLite")
        measure_server(address)
        measure_paint(address, Path(folder) / "chromium")
    return 0


if __name__ == "__main__":
    sys.exit(main())

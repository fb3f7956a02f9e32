"""One server and one browser for a module: the real web process in a thread, Debian's chromium."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver

from dashboard.services import Services
from dashboard.serving import make_server
from tests.browser.eyes import Window, start_browser
from tests.dashboard.page_world import make_app, make_services, seed
from tests.dashboard.web import PATIENCE, wait_until


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    made = make_services(tmp_path_factory.mktemp("dashboard"))
    seed(made)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboard.fleet.ALIVE_SECONDS", 86400.0)  # the seed's worker lives on
        yield made
    made.database.close()


@contextmanager
def serving(services: Services) -> Iterator[str]:
    """The address of a web process on these services."""
    server = make_server(make_app(services), services.settings.model_copy(update={"port": 0}), services)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive())
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
    assert not thread.is_alive(), "the server did not stop"


@pytest.fixture(scope="module")
def address(services: Services) -> Iterator[str]:
    """Where the dashboard answers."""
    with serving(services) as url:
        yield url


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    folder: Path = tmp_path_factory.mktemp("chromium")
    browser = start_browser(folder)
    yield browser
    browser.quit()


@pytest.fixture
def window(chromium: webdriver.Chrome, address: str) -> Window:
    """The browser as a new visitor has it: light, wide, with JavaScript, nothing blocked."""
    made = Window(chromium, address)
    made.reset()
    return made

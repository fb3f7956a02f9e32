"""A picture of each state of the pages, for people to look at: `var/screenshots`, which CI keeps as an artefact."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from selenium import webdriver

from dashboard.services import Services
from tests.browser.conftest import serving
from tests.browser.eyes import Window
from tests.dashboard.page_world import add_worker, make_services, seed
from toolbox.paths import VAR

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]
FOLDER = VAR / "screenshots"
LOOKS = {"light": ("light", 1280), "dark": ("dark", 1280), "phone": ("light", 390)}
STORES = {
    "queued": "amber-lamps", "deleting": "kite-surf", "ready": "nike-shoes", "unreachable": "old-harbour",
    "provisioning": "paper-boats", "failed": "tea-clipper", "stalled": "velvet-moon",
}  # fmt: skip


def page(path: str) -> Callable[[Window], None]:
    """Opens a page and waits for what it says."""

    def show(window: Window) -> None:
        window.open(path)
        window.find("#main h1, #main h2, #main table")

    return show


def refused(window: Window) -> None:
    """A form that the server did not take."""
    window.open("/new")
    window.find("#name").send_keys("x!")
    window.find(".deploy .button.go").click()
    window.until_text("#refused", "cannot be deployed")


def lost(window: Window) -> None:
    """A list whose live updates are interrupted."""
    window.block("*/api/events*")
    window.open("/")
    window.until_text("#lost", "interrupted")


def revealed(window: Window) -> None:
    """A store whose credentials were asked for."""
    window.open("/stores/nike-shoes")
    window.find("[data-reveal] button").click()
    window.until_text("#credentials", "correct-horse-battery")


STATES = {
    "list": page("/"), "nothing-found": page("/?q=zzz"), "form": page("/new"), "unknown-page": page("/nowhere"),
    "form-refused": refused, "connection-lost": lost, "credentials": revealed,
    **{f"store-{status}": page(f"/stores/{name}") for status, name in STORES.items()},
}  # fmt: skip


def take(window: Window, state: str, show: Callable[[Window], None]) -> None:
    """Save the state in each look; none may be blank, nor a dark one light."""
    pictures = {}
    for look, (scheme, width) in LOOKS.items():
        window.reset()
        window.look(scheme, width)
        show(window)
        file = FOLDER / f"{state}-{look}.png"
        assert window.picture(file) > 200
        pictures[look] = file.read_bytes()
        ground = window.run("return getComputedStyle(document.documentElement).backgroundColor")
        brightness = sum(int(part) for part in ground.strip("rgba()").split(",")[:3]) / 3
        assert (brightness < 128) == (scheme == "dark"), f"{look}: {ground}"
    assert all(len(picture) > 10_000 for picture in pictures.values())


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_its_picture(window: Window, state: str) -> None:
    take(window, state, STATES[state])


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Services]:
    """A dashboard of the test's own, with an empty database."""
    services = make_services(tmp_path)
    yield services
    services.database.close()


def take_alone(services: Services, chromium: webdriver.Chrome, state: str, path: str) -> str:
    """Save a state of a dashboard that is served for it alone; what its page says."""
    with serving(services) as url:
        window = Window(chromium, url)
        take(window, state, page(path))
        said = window.text()
        window.reset()
    return said


def test_a_fleet_without_stores_has_its_picture(chromium: webdriver.Chrome, alone: Services) -> None:
    add_worker(alone.database, datetime.now(UTC))
    assert "Deploy the first store" in take_alone(alone, chromium, "no-store-yet", "/")


def test_a_shop_without_its_certificate_has_its_picture(chromium: webdriver.Chrome, alone: Services) -> None:
    seed(alone)
    why = {
        "object": "Certificate/web-tls", "reason": "CertificatePending", "since": "",
        "message": "Certificate/web-tls is not issued yet, so browsers warn of the shop: Waiting for HTTP-01 challenge "
        "propagation: wrong status code '404', expected '200'",
        "cure": "The shop's host name has to lead to this cluster, and port 80 has to be open to the world",
    }  # fmt: skip
    seen = alone.fleet.snapshot("nike-shoes") or {}
    alone.fleet.put_snapshot("nike-shoes", {**seen, "why": why}, datetime.now(UTC))
    said = take_alone(alone, chromium, "store-without-certificate", "/stores/nike-shoes")
    assert "The shop runs, but browsers warn of it" in said

"""The operator's password over HTTP: asked for, checked, and not to be guessed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard.app import create_app
from dashboard.database import open_database
from dashboard.page_errors import error_pages
from dashboard.page_routes import page_routes
from dashboard.password import client_address
from dashboard.services import open_services
from dashboard.throttle import OWN_BURST
from tests.dashboard.page_world import Browser
from tests.dashboard.web import Web, make_settings, problem_of, running_web

PASSWORD = "sésame:öffne"
RIGHT = httpx.BasicAuth("anyone", PASSWORD)
REFILL_SECONDS = 3600.0


@pytest.fixture(autouse=True)
def no_refill(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the real allowance could refill within a test."""
    monkeypatch.setattr("dashboard.throttle.OWN_SECONDS", REFILL_SECONDS)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with running_web(tmp_path, operator_password=PASSWORD, proxies=1) as web:
        yield web


def ask(web: Web, password: str, address: str = "203.0.113.1", path: str = "/api/stores") -> httpx.Response:
    """A request that comes by a proxy from `address`."""
    return web.client.get(path, auth=("x", password), headers={"x-forwarded-for": address})


def exhaust(web: Web, address: str = "203.0.113.1") -> None:
    for number in range(OWN_BURST):
        problem_of(ask(web, f"guess {number}", address), 401)


def test_the_password_is_asked_for(web: Web) -> None:
    before = web.everything()
    problem_of(web.client.get("/api/stores"), 401)
    for wrong in (("a", ""), ("a", "sésame"), (PASSWORD, "")):
        answer = web.client.post("/api/stores", json={"name": "nike-shoes"}, auth=wrong)
        problem_of(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Basic ")
    for header in ("Bearer x", "Basic !!!", "Basic /w==", "Basic"):
        problem_of(web.client.get("/metrics", headers={"authorization": header}), 401)
    assert web.everything() == before
    assert web.client.get("/api/stores", auth=RIGHT).status_code == 200
    assert {web.client.get(path).status_code for path in ("/healthz", "/readyz")} == {200}
    page = web.client.get("/", headers={"accept": "text/html"})
    assert page.status_code == 401 and page.headers["content-type"].startswith("text/html")


def test_after_too_many_guesses_none_is_looked_at(web: Web) -> None:
    exhaust(web)
    for password in ("another guess", PASSWORD):
        refused = ask(web, password)
        problem = problem_of(refused, 429)
        assert problem["type"].endswith(":guessing")
        assert 0 < int(refused.headers["retry-after"]) <= REFILL_SECONDS
        assert "www-authenticate" not in refused.headers  # a browser would ask at once for another
    assert ask(web, PASSWORD, "203.0.113.2").status_code == 200
    assert web.client.get("/api/stores", auth=RIGHT).status_code == 200  # past the proxy
    problem_of(web.client.get("/api/stores", headers={"x-forwarded-for": "203.0.113.1"}), 401)
    assert ask(web, "wrong", path="/healthz").status_code == 200


def test_a_client_that_writes_the_header_itself_is_known_all_the_same(web: Web) -> None:
    for number in range(OWN_BURST):
        problem_of(ask(web, f"guess {number}", f"198.51.100.{number}, 203.0.113.1"), 401)
    problem_of(ask(web, "guess", "198.51.100.99, 203.0.113.1"), 429)


def test_without_a_proxy_the_header_is_not_believed(tmp_path: Path) -> None:
    with running_web(tmp_path, operator_password=PASSWORD) as web:
        for number in range(OWN_BURST):
            problem_of(ask(web, f"guess {number}", f"203.0.113.{number}"), 401)
        problem_of(ask(web, PASSWORD, "203.0.113.99"), 429)


def test_people_get_a_page(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, operator_password=PASSWORD)
    database = open_database(settings.database_url)
    services = open_services(settings, database)
    app = create_app(settings, services, [page_routes(services)], error_pages())
    known, stranger = Browser(app), Browser(app)
    known.get("/")  # which hands out the cookie
    assert known.get("/", auth=RIGHT).status_code == 200
    for number in range(OWN_BURST):
        assert "This dashboard is locked" in stranger.get("/", auth=("x", f"guess {number}")).text
    page = stranger.get("/", auth=RIGHT)
    assert page.status_code == 429 and "retry-after" in page.headers
    assert "Too many wrong passwords" in page.text and "queue" not in page.text
    # The same address, but a browser that has shown the password before: nobody else uses its allowance up.
    assert known.get("/", auth=RIGHT).status_code == 200
    database.close()


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, [], "10.0.0.1"),
        (0, ["203.0.113.1"], "10.0.0.1"),
        (1, [], "10.0.0.1"),
        (1, ["203.0.113.1"], "203.0.113.1"),
        (1, ["198.51.100.1, 203.0.113.1"], "203.0.113.1"),
        (1, ["198.51.100.1", "203.0.113.1"], "203.0.113.1"),
        (2, ["198.51.100.1, 203.0.113.1, 10.0.0.2"], "203.0.113.1"),
        (2, ["203.0.113.1"], "203.0.113.1"),
    ],
)
def test_who_the_client_is(proxies: int, forwarded: list[str], address: str) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope: dict[str, Any] = {"type": "http", "client": ("10.0.0.1", 1), "headers": headers}
    assert client_address(scope, proxies) == address

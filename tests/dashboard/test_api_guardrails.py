"""Guardrails: Host, cross-site requests, headers, tokens of forms."""

import asyncio
from collections.abc import Iterator
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse

from dashboard.app import create_app
from dashboard.csrf import FIELD, Csrf
from dashboard.database import open_database
from dashboard.guardrails import HEADERS, allowed_hosts
from dashboard.problems import Problem
from dashboard.services import open_services
from tests.dashboard.web import Web, make_settings, problem_of, running_web

BODY = {"name": "nike-shoes"}
MACHINES = ["/healthz", "/readyz", "/metrics"]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with running_web(tmp_path_factory.mktemp("web"), public_url="https://dashboard.example.com") as web:
        yield web


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "a@127.0.0.1@b", "[::1", "evil:8088"])
def test_foreign_hosts_are_refused(web: Web, host: str) -> None:
    before = web.everything()
    problem_of(web.client.post("/api/stores", json=BODY, headers={"host": host}), 400)
    assert web.everything() == before
    # Probes and scrapes come by an address that nobody can know beforehand.
    assert {web.client.get(path, headers={"host": host}).status_code for path in MACHINES} == {200}


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:8088", "[::1]:8088", "dashboard.example.com", "api.example.com"]
)
def test_own_hosts_are_served(web: Web, host: str) -> None:
    assert web.client.get("/api/stores", headers={"host": host}).status_code == 200


def test_hosts_of_a_dashboard_without_public_url() -> None:
    assert allowed_hosts("0.0.0.0", "") == {"localhost", "127.0.0.1", "::1"}
    assert "10.0.0.7" in allowed_hosts("10.0.0.7", "")
    assert allowed_hosts("::", "http://shops.example.com:8443") == {
        "localhost",
        "127.0.0.1",
        "::1",
        "shops.example.com",
    }


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},  # a shop on a sibling host
        {"sec-fetch-site": "same-site", "origin": "https://dashboard.example.com"},
        {"origin": "https://evil.example"},
        {"origin": "https://nike-shoes.example.com"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://127.0.0.1:1"},  # another program on this machine
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/stores"), ("DELETE", "/api/stores/x"), ("POST", "/api/stores/x/retry")]
)
def test_other_sites_change_nothing(web: Web, headers: dict[str, str], method: str, path: str) -> None:
    before = web.everything()
    problem_of(web.client.request(method, path, json=BODY, headers=headers), 403)
    assert web.everything() == before
    assert web.client.get("/api/stores", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {"origin": "own"}, {"origin": "public"}],
)
def test_own_pages_and_programs_pass(web: Web, headers: dict[str, str]) -> None:
    own = {"own": web.url, "public": "https://dashboard.example.com"}
    sent = {name: own.get(value, value) for name, value in headers.items()}
    problem_of(web.client.delete("/api/stores/no-such-store", headers=sent), 404)


@pytest.mark.parametrize("path", ["/healthz", "/api/stores", "/api/stores/none", "/api/nothing", "/api/openapi.json"])
def test_headers_are_on_every_answer(web: Web, path: str) -> None:
    answer = web.client.get(path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert "no-store" in answer.headers["cache-control"]
    assert "server" not in answer.headers and "set-cookie" not in answer.headers
    refused = web.client.get(path, headers={"host": "evil.example"})
    assert {name: refused.headers.get(name) for name in HEADERS} == HEADERS


def test_the_policy_allows_no_inline_code() -> None:
    policy = HEADERS["content-security-policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "http:" not in policy and "*" not in policy


def test_no_transport_header_without_tls(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_web(tmp_path_factory.mktemp("plain")) as web:
        assert "strict-transport-security" not in web.client.get("/healthz").headers


def test_who_comes_without_tls_is_sent_to_it(web: Web) -> None:
    def ask(path: str, proto: str, method: str = "GET") -> httpx.Response:
        headers = {"host": "api.example.com:80", "x-forwarded-proto": proto}
        return web.client.request(method, path, headers=headers, follow_redirects=False)

    sent = ask("/stores/nike-shoes?from=a%20b", "http")
    assert sent.status_code == 308
    assert sent.headers["location"] == "https://api.example.com/stores/nike-shoes?from=a%20b"
    document = problem_of(ask("/api/stores", "http", "POST"), 400)
    assert document["type"].endswith("no-tls")
    assert [ask(path, "http").status_code for path in MACHINES] == [200, 200, 200]
    assert ask("/api/stores", "https").status_code == 200


def test_no_password_is_asked_for_without_tls(tmp_path_factory: pytest.TempPathFactory) -> None:
    public = {"public_url": "https://dashboard.example.com", "operator_password": "correct-horse"}
    headers = {"host": "dashboard.example.com", "x-forwarded-proto": "http"}
    with running_web(tmp_path_factory.mktemp("sealed"), **public) as web:
        assert web.client.get("/", headers=headers, follow_redirects=False).status_code == 308
        assert web.client.get("/", headers={**headers, "x-forwarded-proto": "https"}).status_code == 401


def test_a_dashboard_without_tls_asks_nobody_to_come_with_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_web(tmp_path_factory.mktemp("plain")) as web:
        assert web.client.get("/api/stores", headers={"x-forwarded-proto": "http"}).status_code == 200


def test_documentation_needs_nothing_from_elsewhere(web: Web) -> None:
    assert web.client.get("/api/openapi.json").status_code == 200
    assert {web.client.get(path).status_code for path in ("/docs", "/redoc", "/api/docs")} == {404}


def request_of(browser: str) -> Request:
    return Request({"type": "http", "storefleet.browser": browser})


def test_tokens_belong_to_one_browser() -> None:
    csrf, token = Csrf("secret"), Csrf("secret").token(request_of("one"))
    assert csrf.is_valid(request_of("one"), token)
    assert not csrf.is_valid(request_of("two"), token)
    assert not Csrf("other").is_valid(request_of("one"), token)
    assert not Csrf("").is_valid(request_of("one"), Csrf("").token(request_of("one")))
    assert not any(csrf.is_valid(request_of("one"), wrong) for wrong in ("", "ä", token[:-1], token.upper() + "x"))


def form_pages(csrf: Csrf) -> APIRouter:
    router = APIRouter()

    @router.get("/form", response_class=HTMLResponse)
    def form(request: Request) -> str:
        return csrf.token(request)

    @router.post("/form")
    def send(request: Request, csrf_token: Annotated[str, Form()] = "") -> str:
        assert FIELD == "csrf_token"
        if not csrf.is_valid(request, csrf_token):
            raise Problem(403, "form", "wrong token", "load the page again")
        return "sent"

    @router.get("/broken")
    def broken() -> None:
        raise RuntimeError("canary-secret")

    return router


@pytest.fixture(params=["", "https://dashboard.example.com"])
def client(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[httpx.AsyncClient]:
    settings = make_settings(tmp_path_factory.mktemp("forms"), public_url=request.param)
    database = open_database(settings.database_url)
    services = open_services(settings, database)
    app = create_app(settings, services, [form_pages(services.csrf)])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    yield httpx.AsyncClient(transport=transport, base_url=request.param or "http://127.0.0.1")
    database.close()


async def fill_form(client: httpx.AsyncClient) -> None:
    page = await client.get("/form")
    cookie = page.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert cookie.startswith("__Host-") == ("Secure" in cookie) == (client.base_url.scheme == "https")
    again = await client.get("/form")
    assert again.text == page.text and "set-cookie" not in again.headers
    assert (await client.post("/form", data={"csrf_token": page.text})).text == '"sent"'
    assert (await client.post("/form", data={"csrf_token": "0" * 64})).status_code == 403
    assert (await client.post("/form", data={})).status_code == 403
    wrong_type = await client.post("/form", json={"csrf_token": page.text})
    assert wrong_type.status_code == 415
    client.cookies.clear()
    planted = await client.post("/form", data={"csrf_token": page.text}, headers={"cookie": "storefleet-browser=short"})
    assert planted.status_code == 403


async def break_page(client: httpx.AsyncClient) -> None:
    for accept in ("text/html", "application/json"):
        answer = await client.get("/broken", headers={"accept": accept})
        assert answer.status_code == 500
        assert "canary" not in answer.text and "RuntimeError" not in answer.text and "log" in answer.text
    page = await client.get("/<script>", headers={"accept": "text/html"})
    assert page.status_code == 404 and "<script>" not in page.text


@pytest.mark.parametrize("story", [fill_form, break_page], ids=["form", "defect"])
def test_pages(client: httpx.AsyncClient, story: object) -> None:
    async def tell() -> None:
        async with client:
            await story(client)  # type: ignore[operator]

    asyncio.run(tell())

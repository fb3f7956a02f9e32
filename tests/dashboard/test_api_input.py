"""Bad input of every field: a 4xx that says cause and cure, and nothing is changed."""

import json
from collections.abc import Callable, Iterator

import pytest

from dashboard.guardrails import BODY_LIMIT
from dashboard.model import State
from tests.dashboard.web import Web, problem_of, running_web

GOOD = {"name": "good-name", "engine": "woocommerce", "plan": "small", "title": "Good", "admin_email": "a@example.com"}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with running_web(tmp_path_factory.mktemp("web")) as web:
        assert web.deploy("taken-name").status_code == 202
        yield web


@pytest.mark.parametrize(
    "name", ["Nike", "ab", "-abc", "abc-", "a--b", "a.b", "a/b", "ä-shop", "a\nb", "x" * 31, "1ab"]
)
def test_illegal_names(web: Web, name: str) -> None:
    before = web.everything()
    document = problem_of(web.client.post("/api/stores", json={**GOOD, "name": name}), 422)
    assert "cannot be a store's name" in document["fields"]["name"]
    assert web.everything() == before


@pytest.mark.parametrize(
    "name", ["dashboard", "api", "www", "admin", "default", "platform", "localhost", "kube-system"]
)
def test_reserved_names(web: Web, name: str) -> None:
    before = web.everything()
    document = problem_of(web.client.post("/api/stores", json={**GOOD, "name": name}), 422)
    assert "reserved" in document["fields"]["name"]
    assert web.everything() == before


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("engine", "magento", "is not an engine; known are: "),
        ("plan", "gigantic", "is not a plan; choose one of: small"),
        ("title", "two\nlines", "cannot be printed"),
        ("title", "\ud800", "unicode"),
        ("title", "x" * 81, "longer than 80"),
        ("title", "x" * 2000, "at most 200"),
        ("title", 7, "should be a valid string"),
        ("title", None, "should be a valid string"),
        ("admin_email", "nobody", "is not an e-mail address"),
        ("admin_email", "a@b\r\nBcc: c@d", "is not an e-mail address"),
        ("admin_email", "a@" + "b" * 400, "at most 300"),
        ("settings", ["a"], "should be a valid dictionary"),
        ("settings", {"no-such-setting": "x"}, ""),
        ("colour", "red", "there is no such field"),
        ("name", "", "at least 1"),
        ("name", None, "should be a valid string"),
    ],
)
def test_bad_fields(web: Web, field: str, value: object, text: str) -> None:
    before = web.everything()
    # Python's own encoder writes half a surrogate pair as an escape, as a hostile client would.
    body = json.dumps({**GOOD, field: value})
    answer = web.client.post("/api/stores", content=body, headers={"content-type": "application/json"})
    document = problem_of(answer, 422)
    key = "settings.no-such-setting" if field == "settings" and isinstance(value, dict) else field
    assert text in document["fields"][key]
    assert web.everything() == before


def test_a_field_whose_name_is_no_text(web: Web) -> None:
    before = web.everything()
    body = b'{"name": "good-name", "\\ud800": "x", "settings": {"\\udfff": "y"}}'
    problem_of(web.client.post("/api/stores", content=body, headers={"content-type": "application/json"}), 422)
    assert web.everything() == before


def test_every_bad_field_is_named_at_once(web: Web) -> None:
    body = {"name": "Bad", "engine": "magento", "title": "a\nb", "admin_email": "x"}
    assert set(problem_of(web.client.post("/api/stores", json=body), 422)["fields"]) == set(body)


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"{", 400), (b"", 422), (b"[]", 422), (b'"x"', 422), (b"null", 422), (b"\xff\xfe", 400), (b"[" * 60_000, 400)],
    ids=["cut", "empty", "list", "text", "null", "not-utf8", "nested"],
)
def test_bodies_that_are_no_request(web: Web, content: bytes, status: int) -> None:
    before = web.everything()
    answer = web.client.post("/api/stores", content=content, headers={"content-type": "application/json"})
    problem_of(answer, status)
    assert web.everything() == before


@pytest.mark.parametrize("given", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_wrong_content_types(web: Web, given: str) -> None:
    before = web.everything()
    answer = web.client.post("/api/stores", content=b'{"name": "other-name"}', headers={"content-type": given})
    assert "application/json" in problem_of(answer, 415)["cure"]
    assert web.everything() == before


def chunks() -> Iterator[bytes]:
    for _ in range(BODY_LIMIT // 1024 + 1):
        yield b" " * 1024


@pytest.mark.parametrize("content", [b" " * (BODY_LIMIT + 1), chunks], ids=["announced", "in chunks"])
def test_huge_bodies(web: Web, content: bytes | Callable[[], Iterator[bytes]]) -> None:
    before = web.everything()
    body = content() if callable(content) else content
    answer = web.client.post("/api/stores", content=body, headers={"content-type": "application/json"})
    assert "64 KiB" in problem_of(answer, 413)["detail"]
    assert web.everything() == before


def test_a_body_at_the_limit_is_read(web: Web) -> None:
    body = b'{"name": "Bad"' + b" " * (BODY_LIMIT - 15) + b"}"
    assert len(body) == BODY_LIMIT
    problem_of(web.client.post("/api/stores", content=body, headers={"content-type": "application/json"}), 422)


def test_a_name_that_is_taken(web: Web) -> None:
    before = web.everything()
    document = problem_of(web.deploy("taken-name", title="Another shop"), 409)
    assert "taken" in document["fields"]["name"] and "another name" in document["cure"]
    assert web.everything() == before


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "offset=-1", "sort=colour", "status=happy", "page=2", "search=%00"]
)
def test_bad_queries(web: Web, query: str) -> None:
    assert problem_of(web.client.get(f"/api/stores?{query}"), 422)["fields"]


@pytest.mark.parametrize("key", [b"", b"x" * 201, b"a b", "ä".encode()])
def test_bad_idempotency_keys(web: Web, key: bytes) -> None:
    before = web.everything()
    answer = web.client.post("/api/stores", json=GOOD, headers={b"Idempotency-Key": key})
    assert "Idempotency-Key" in problem_of(answer, 422)["fields"]
    assert web.everything() == before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/stores/no-such-store", 404),
        ("DELETE", "/api/stores/no-such-store", 404),
        ("POST", "/api/stores/no-such-store/retry", 404),
        ("POST", "/api/stores/no-such-store/credentials", 404),
        ("GET", "/api/operations/" + "0" * 24, 404),
        ("POST", "/api/operations/" + "0" * 24 + "/cancel", 404),
        ("GET", "/api/operations/short", 422),
        ("GET", "/api/stores/%00", 422),
        ("DELETE", "/api/stores/..%2f..", 404),
        ("GET", "/api/no-such-thing", 404),
        ("PUT", "/api/stores", 405),
        ("GET", "/api/events?store=A", 422),
        ("GET", "/api/events?after=-1", 422),
    ],
)
def test_what_is_not_there(web: Web, method: str, path: str, status: int) -> None:
    before = web.everything()
    problem_of(web.client.request(method, path), status)
    assert web.everything() == before


def test_retry_of_what_did_not_fail(web: Web) -> None:
    before = web.everything()
    problem_of(web.client.post("/api/stores/taken-name/retry"), 409)
    assert web.everything() == before
    assert web.services.fleet.queue()[0].state == State.QUEUED

"""The API's good days: deploy, look, delete, retry, cancel; and its queue when it is full."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from dashboard.model import Failure, State
from tests.dashboard.web import Web, problem_of, running_web

FAILED = Failure("ImagePull", "the image cannot be pulled", "check its name")


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with running_web(tmp_path, queue_limit=3) as web:
        yield web


def test_deploy_watch_and_delete(web: Web) -> None:
    accepted = web.deploy("nike-shoes", admin_email="owner@example.com")
    assert accepted.status_code == 202
    location = accepted.headers["location"]
    assert location == f"/api/operations/{accepted.json()['id']}"
    assert web.client.get(location).json() == accepted.json()
    assert accepted.json()["state"] == "queued" and accepted.json()["created_at"].endswith("Z")
    web.finish(State.SUCCEEDED)
    assert web.client.get(location).json()["state"] == "succeeded"
    store = web.client.get("/api/stores/nike-shoes").json()
    assert (store["status"], store["title"], store["snapshot"]) == ("ready", "Nike Shoes", None)
    removal = web.client.delete("/api/stores/nike-shoes")
    assert removal.status_code == 202 and removal.json()["kind"] == "delete"
    assert web.client.get(removal.headers["location"]).status_code == 200
    web.finish(State.SUCCEEDED, None)
    problem_of(web.client.get("/api/stores/nike-shoes"), 404)


def test_the_same_deploy_twice_is_one_store(web: Web) -> None:
    first, second = web.deploy("nike-shoes"), web.deploy("nike-shoes")
    assert first.json()["id"] == second.json()["id"]
    assert web.client.get("/api/stores").json()["total"] == 1


def test_idempotency_key(web: Web) -> None:
    header = {"Idempotency-Key": "one"}
    body = {"name": "nike-shoes"}
    first = web.client.post("/api/stores", json=body, headers=header)
    web.finish(State.FAILED, None, FAILED)
    assert web.client.post("/api/stores", json=body, headers=header).headers["location"] == first.headers["location"]
    problem_of(web.client.post("/api/stores", json={"name": "other"}, headers=header), 409)
    again = [web.client.post("/api/stores/nike-shoes/retry", headers={"Idempotency-Key": "two"}) for _ in range(2)]
    assert [answer.status_code for answer in again] == [202, 202]
    assert again[0].headers["location"] == again[1].headers["location"] != first.headers["location"]


def test_create_delete_create_ends_with_a_store(web: Web) -> None:
    first = web.deploy("nike-shoes").json()["id"]
    web.client.delete("/api/stores/nike-shoes")
    last = web.deploy("nike-shoes")
    assert last.status_code == 202 and last.json()["id"] != first
    assert web.client.get(f"/api/operations/{first}").json()["state"] == "canceled"
    while web.services.fleet.queue():
        kind = web.services.fleet.queue()[0].kind
        web.finish(State.SUCCEEDED, **({} if kind == "create" else {"outputs": None}))
    assert web.client.get("/api/stores/nike-shoes").json()["status"] == "ready"


def test_a_failure_says_why_and_can_be_retried(web: Web) -> None:
    web.deploy("nike-shoes")
    failed = web.finish(State.FAILED, None, FAILED)
    document = web.client.get(f"/api/operations/{failed.id}").json()
    assert (document["reason"], document["message"], document["cure"]) == (
        "ImagePull",
        "the image cannot be pulled",
        "check its name",
    )
    assert web.client.post("/api/stores/nike-shoes/retry").status_code == 202


def test_only_what_waits_can_be_canceled(web: Web) -> None:
    location = web.deploy("nike-shoes").headers["location"]
    assert web.client.post(f"{location}/cancel").json()["state"] == "canceled"
    location = web.deploy("other-shoes").headers["location"]
    web.finish(State.SUCCEEDED)
    problem_of(web.client.post(f"{location}/cancel"), 409)


def test_a_full_queue_says_when_to_come_back(web: Web) -> None:
    for number in range(3):
        assert web.deploy(f"shop-{number}").status_code == 202
    before = web.everything()
    answer = web.deploy("one-more")
    problem_of(answer, 429)
    assert int(answer.headers["retry-after"]) > 0
    assert web.everything() == before


def test_list_searches_filters_sorts_and_pages(web: Web) -> None:
    for number in range(3):
        web.deploy(f"shop-{number}", title=f"Title {number}")
    web.finish(State.SUCCEEDED)

    def names(query: str) -> list[str]:
        return [store["name"] for store in web.client.get(f"/api/stores?{query}").json()["items"]]

    assert names("") == ["shop-0", "shop-1", "shop-2"]
    assert names("search=TITLE+1") == ["shop-1"]
    assert names("status=ready") == ["shop-0"]
    assert names("status=ready&status=queued&sort=-name") == ["shop-2", "shop-1", "shop-0"]
    assert names("engine=nothing") == []
    page = web.client.get("/api/stores?offset=1&limit=1").json()
    assert ([store["name"] for store in page["items"]], page["total"]) == (["shop-1"], 3)


def test_names_while_typing(web: Web) -> None:
    web.deploy("nike-shoes")
    assert web.client.get("/api/names/adidas").json() == {"name": "adidas", "available": True, "problem": ""}
    assert "taken" in web.client.get("/api/names/nike-shoes").json()["problem"]
    assert "reserved" in web.client.get("/api/names/dashboard").json()["problem"]
    assert not web.client.get("/api/names/Nike").json()["available"]


def test_engines_tell_plans(web: Web) -> None:
    engine = web.client.get("/api/engines").json()["woocommerce"]
    assert engine["title"] and [plan["name"] for plan in engine["plans"]][0] == "small"


def test_a_database_that_is_away_is_a_problem_without_details(web: Web) -> None:
    web.services.database.engine.dispose()
    path = Path(str(web.services.database.engine.url.database))
    path.rename(path.with_suffix(".away"))
    path.mkdir()
    for answer in (web.deploy("nike-shoes"), web.client.get("/readyz"), web.client.get("/metrics")):
        document = problem_of(answer, 503)
        assert "sqlite" not in answer.text.lower() and "database" in document["detail"]
    assert web.client.get("/healthz").status_code == 200


class Worker(BaseHTTPRequestHandler):
    """The worker's private endpoint, as far as the web sees it."""

    answer = (200, b'{"user": "admin", "password": "canary-password"}')

    def do_POST(self) -> None:
        known = self.headers["authorization"] == "Bearer canary-token"
        status, body = self.answer if known else (401, b"{}")
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def worker() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Worker)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_credentials_come_from_the_worker_and_stay_nowhere(
    tmp_path: Path, worker: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    secrets = {"worker_token": "canary-token", "operator_password": "canary-operator"}
    with running_web(tmp_path, worker_url=worker, **secrets) as web:
        web.client.auth = ("anyone", "canary-operator")
        web.deploy("nike-shoes")
        answer = web.client.post("/api/stores/nike-shoes/credentials")
        assert answer.json() == {"user": "admin", "password": "canary-password"}
        assert answer.headers["cache-control"] == "no-store"
        paths = ["/api/stores", "/api/stores/nike-shoes", "/metrics", "/readyz", "/api/openapi.json", "/api/engines"]
        told = "".join(web.client.get(path).text for path in paths)
        told += repr(web.services) + "".join(str(event) for event in web.services.journal.after(0))
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert "canary" not in told and b"canary" not in kept and "canary" not in caplog.text


@pytest.mark.parametrize(
    ("answer", "status"),
    [((404, b"{}"), 404), ((500, b"canary"), 503), ((200, b"canary"), 503), ((200, b"[]"), 503), ((302, b""), 503)],
)
def test_a_worker_that_cannot_tell(
    tmp_path: Path, worker: str, answer: tuple[int, bytes], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Worker, "answer", answer)
    with running_web(tmp_path, worker_url=worker, worker_token="canary-token") as web:
        web.deploy("nike-shoes")
        refused = web.client.post("/api/stores/nike-shoes/credentials")
        problem_of(refused, status)
        assert "canary" not in refused.text


def test_a_worker_that_is_away_or_not_configured(tmp_path: Path) -> None:
    for number, url in enumerate(("", "http://127.0.0.1:9")):
        folder = tmp_path / str(number)
        folder.mkdir()
        with running_web(folder, worker_url=url) as web:
            web.deploy("nike-shoes")
            answer = web.client.post("/api/stores/nike-shoes/credentials")
            assert "worker" in problem_of(answer, 503)["detail"]

"""What `make demo` prints, and how it says why it cannot go on."""

import email.message
import http.server
import io
import threading
import urllib.error
from collections.abc import Mapping
from typing import Any

import pytest

from commands import api, demo
from toolbox.errors import UserError

QUEUED: Mapping[str, Any] = {
    "id": "0" * 24, "store": "x", "state": "queued", "message": "", "reason": "", "cure": "",
    "progress": {"done": 0, "total": 0, "step": ""},
}  # fmt: skip


def test_a_line_for_each_change_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    running = {**QUEUED, "state": "running", "progress": {"done": 1, "total": 6, "step": "Secret"}}
    answers = iter([QUEUED, running, running, {**QUEUED, "state": "failed", "message": "no image"}])
    monkeypatch.setattr(api, "ask", lambda method, path: next(answers))
    monkeypatch.setattr("commands.api.time.sleep", lambda seconds: None)
    told: list[str] = []
    assert api.follow(QUEUED, told.append)["state"] == "failed"
    assert told == ["queued", "running 1/6 Secret", "failed: no image"]


@pytest.mark.parametrize(
    ("name", "engine", "made"), [("", "", "nike-shoes"), ("", "medusa", "nike-shoes-medusa"), ("x", "medusa", "x")]
)
def test_each_engine_asked_for_gets_a_store_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, engine: str, made: str
) -> None:
    asked = []

    def answer(method: str, path: str, body: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        asked.append((method, path, body))
        return {**QUEUED, "state": "succeeded"} if body else {"name": made, "url": "http://x", "notice": ""}

    monkeypatch.setattr(demo, "ask", answer)
    monkeypatch.setattr("commands.demo.dashboard.start", lambda: None)
    monkeypatch.setattr(demo, "external_kubeconfig", lambda: "somebody's own cluster")
    demo.demo(name, engine)
    wish = {"name": made, "title": "Nike Shoes"} | ({"engine": engine} if engine else {})
    assert asked == [("POST", "/api/stores", wish), ("GET", f"/api/stores/{made}", None)]
    assert f"{made} is ready" in capsys.readouterr().out


class Starting(http.server.BaseHTTPRequestHandler):
    """A shop behind an ingress controller that has no pod for it at first."""

    left = 2

    def do_GET(self) -> None:
        cls = type(self)
        assert self.headers["Host"] == "nike.test"
        cls.left, status = cls.left - 1, 503 if cls.left else 200
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_a_store_that_is_still_starting_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commands.demo.time.sleep", lambda seconds: None)
    monkeypatch.setattr(Starting, "left", 2)
    told: list[str] = []
    with http.server.HTTPServer(("127.0.0.1", 0), Starting) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        demo.wait_until_it_answers(f"http://nike.test:{server.server_port}", told.append)
        server.shutdown()
        thread.join()
        port = server.server_port
    assert (Starting.left, told) == (-1, ["its pods are starting"])
    with pytest.raises(UserError, match="does not answer"):
        demo.wait_until_it_answers(f"http://nike.test:{port}", told.append)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"title": "Taken", "detail": "the name is taken", "cure": "choose another"}', "the name is taken"),
        (b"<html>", "HTTP status 409"),
    ],
)
def test_a_refusal_is_told_in_the_words_of_the_api(body: bytes, says: str) -> None:
    refused = urllib.error.HTTPError("http://x", 409, "Conflict", email.message.Message(), io.BytesIO(body))
    with refused:
        problem = api.problem(refused)
    assert says in problem.cause and "{" not in str(problem)


def test_a_dashboard_that_is_away_is_told_with_a_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOREFLEET_DASHBOARD_PORT", "1")  # nobody listens there
    with pytest.raises(UserError, match="does not answer") as away:
        api.ask("GET", "/api/stores/x")
    assert "make dashboard" in away.value.cure

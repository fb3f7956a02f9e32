"""What a client reads when something is refused or fails: RFC 9457, cause and cure, never a traceback."""

import json
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from dashboard.refusal import Refusal

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
"""What Retry-After says: about the time in which a queue moves on, or a database comes back."""
_STATUS = {"exists": 409, "missing": 404, "full": 429, "conflict": 409, "invalid": 422}
_log = logging.getLogger("dashboard.web")


@dataclass(eq=False)  # not frozen: context managers write __traceback__ while an exception passes
class Problem(Exception):
    """A refusal: `message` says why in one sentence, `cure` what to do; `fields` is field -> message.

    `reason` is a stable lower-case word for programs, the end of the problem's `type`.
    """

    status: int
    reason: str
    message: str
    cure: str
    fields: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The status in words."""
        return HTTPStatus(self.status).phrase

    def document(self, path: str) -> dict[str, object]:
        """The RFC 9457 members, and `cure` and `fields` as extensions."""
        document: dict[str, object] = {
            "type": f"urn:storefleet:problem:{self.reason}",
            "title": self.title,
            "status": self.status,
            "detail": self.message,
            "instance": path,
            "cure": self.cure,
        }
        return {**document, "fields": dict(self.fields)} if self.fields else document


ErrorPage = Callable[[Request, Problem], Response]
"""Renders a problem for people; the pages bring it."""


def respond(scope: Scope, problem: Problem) -> Response:
    """The problem as the client wants it: a page for a browser's navigation, else JSON."""
    headers = {"cache-control": "no-store", **problem.headers}
    path = str(scope["path"])
    if path.startswith("/api/") or "text/html" not in Headers(scope=scope).get("accept", ""):
        # ASCII only: what is quoted may hold half a surrogate pair, which UTF-8 cannot carry.
        return Response(json.dumps(problem.document(path)), problem.status, headers, MEDIA_TYPE)
    page: ErrorPage = getattr(scope["app"].state, "error_page", plain_page) if "app" in scope else plain_page
    response = page(Request(scope), problem)
    response.status_code = problem.status
    response.headers.update(headers)
    return response


def plain_page(_: Request, problem: Problem) -> Response:
    """A page without a look, for when the designed one is not there."""
    lines = "".join(f"<li>{escape(name)}: {escape(text)}</li>" for name, text in problem.fields.items())
    body = f"<h1>{escape(problem.title)}</h1><p>{escape(problem.message)}</p><p>{escape(problem.cure)}</p>"
    title = f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(problem.title)}</title>"
    return HTMLResponse(f"{title}{body}<ul>{lines}</ul><p><a href='/'>All stores</a></p>", problem.status)


def from_refusal(refusal: Refusal) -> Problem:
    """The queue's refusal with its HTTP status; 429 says when to come back."""
    status = _STATUS[refusal.status_hint]
    headers = {"retry-after": str(RETRY_SECONDS)} if status == 429 else {}
    return Problem(status, refusal.status_hint, refusal.message, refusal.cure, refusal.fields, headers)


def install(app: FastAPI, page: ErrorPage) -> None:
    """Answer every refusal and failure with a problem; unexpected ones are logged under a number that is shown."""
    app.state.error_page = page

    def on_problem(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, Problem)
        return respond(request.scope, problem)

    def on_refusal(request: Request, refusal: Exception) -> Response:
        assert isinstance(refusal, Refusal)
        return respond(request.scope, from_refusal(refusal))

    def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return respond(request.scope, _from_http(error, request))

    def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return respond(request.scope, from_validation(error))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(SQLAlchemyError, _on_database)
    app.add_exception_handler(Exception, _on_unexpected)


def _from_http(error: HTTPException, request: Request) -> Problem:
    headers = dict(error.headers or {})
    if error.status_code == 404:
        return Problem(404, "missing", f"There is nothing at {request.url.path}", "Check the address", headers=headers)
    if error.status_code == 405:
        allowed = headers.get("Allow") or headers.get("allow") or "another method"
        message = f"{request.method} is not possible at {request.url.path}"
        return Problem(405, "method", message, f"Use {allowed}", headers=headers)
    return Problem(error.status_code, "refused", str(error.detail), "Check the request", headers=headers)


def from_validation(error: RequestValidationError) -> Problem:
    """400 when the body is no JSON, else 422 with one message for each field."""
    problems = error.errors()
    if any(problem["type"] == "json_invalid" for problem in problems):
        return Problem(400, "json", "The body is not JSON", 'Send one JSON object in UTF-8, such as {"name": "x"}')
    fields = {_field(problem["loc"]): _sentence(problem) for problem in problems}
    listed = "; ".join(f"{name}: {text}" for name, text in fields.items())
    return Problem(422, "invalid", f"The request cannot be accepted. {listed}", "Correct these fields", fields)


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location[1:]) or str(location[0])


def _sentence(problem: Mapping[str, object]) -> str:
    if problem["type"] == "extra_forbidden":
        return "there is no such field"
    if problem["type"] == "missing":
        return "is needed"
    return str(problem["msg"]).removeprefix("Value error, ").removeprefix("Input ")


def _on_database(request: Request, error: Exception) -> Response:
    # The text of the error may hold the statement's values, so only its kind is logged.
    _log.error("database failed during %s: %s", request.method, type(error).__name__)
    retry = {"retry-after": str(RETRY_SECONDS)}
    cure = "Try again in a moment; with the same Idempotency-Key nothing is done twice"
    return respond(request.scope, Problem(503, "database", "The database does not answer", cure, headers=retry))


def _on_unexpected(request: Request, error: Exception) -> Response:
    number = secrets.token_hex(4)
    _log.error("failure %s: %s during %s", number, type(error).__name__, request.method)
    cure = f"Try again; the dashboard's log has the details under {number}"
    return respond(request.scope, Problem(500, "defect", "Something went wrong on our side", cure))

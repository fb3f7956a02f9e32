"""The pages: what a browser asks for and what it gets. Each works without JavaScript."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import jinja2
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from dashboard.csrf import FIELD
from dashboard.page_assets import Assets
from dashboard.page_list import PAGE_SIZE, SORTS, Page, make_page, page_count, read_question
from dashboard.problems import Problem
from dashboard.services import Services

Typed = Mapping[str, str]


@dataclass(frozen=True)
class Stage:
    """What every page needs: the services, the templates, the files."""

    services: Services
    templates: jinja2.Environment
    assets: Assets

    def render(self, request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """Fill `template`; the token of forms and the time are always there."""
        context = {"csrf": self.services.csrf.token(request), "now": datetime.now(UTC), **context}
        return HTMLResponse(self.templates.get_template(template).render(context), status)

    def worker_away(self) -> bool:
        """Whether no worker gave a sign of life lately."""
        return not any(beat.alive for beat in self.services.fleet.workers())

    def check_form(self, request: Request, typed: Typed) -> None:
        """Refuse a form that this dashboard did not give to this browser."""
        if not self.services.csrf.is_valid(request, typed.get(FIELD, "")):
            message = "The form is too old, or was made for another browser"
            raise Problem(403, "form", message, "Load the page again and send the form once more")


async def read_form(request: Request) -> Typed:
    """The form's fields, the first value of each; files are refused by the guardrails before."""
    async with request.form() as form:
        return {key: value for key, value in reversed(form.multi_items()) if isinstance(value, str)}


FormFields = Annotated[Typed, Depends(read_form)]


def new_key() -> str:
    """An idempotency key for one rendered form: pressing its button twice is one request."""
    return secrets.token_hex(16)


def list_routes(stage: Stage) -> APIRouter:
    """The list of stores, its live fragment, and the pages' own files."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def stores(request: Request) -> Response:
        page = _find(stage, request)
        engines = [(name, str(engine.get("title") or name)) for name, engine in stage.services.catalogue.engines().items()]
        return stage.render(
            request, "list.html", page=page, engines=engines, sorts=SORTS, worker_away=stage.worker_away()
        )

    @router.get("/live")
    def live(request: Request) -> Response:
        return stage.render(request, "list_live.html", page=_find(stage, request), worker_away=stage.worker_away())

    @router.get("/operations/{operation}")
    def operation(operation: str) -> Response:
        found = stage.services.fleet.operation(operation)
        if found is None:
            raise HTTPException(404)
        return RedirectResponse(f"/stores/{found.store}", 303)

    @router.get("/static/{version}/{name:path}")
    def static(request: Request, version: str, name: str) -> Response:
        response = stage.assets.response(request, version, name)
        if response is None:
            raise HTTPException(404)
        return response

    return router


def _find(stage: Stage, request: Request) -> Page:
    question = read_question(request.query_params, request.query_params.getlist("status"))
    fleet = stage.services.fleet

    def ask(number: int) -> tuple[list[Any], int]:
        start = (number - 1) * PAGE_SIZE
        return fleet.stores(question.search, question.status, question.engine, question.sort, start, PAGE_SIZE)

    stores, total = ask(question.page)
    if not stores and total:
        # The page shrank under a reader, or the link is old: show the last page instead of nothing.
        question = question.at(page_count(total))
        stores, total = ask(question.page)
    return make_page(question, stores, total, fleet.counts(), datetime.now(UTC))

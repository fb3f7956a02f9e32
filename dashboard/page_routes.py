"""The pages: what a browser asks for and what it gets. Each works without JavaScript."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from dashboard.model import Store
from dashboard.page_assets import make_templates, read_assets
from dashboard.page_list import PAGE_SIZE, SORTS, Page, make_page, page_count, read_question
from dashboard.page_new_routes import new_routes
from dashboard.page_stage import Stage
from dashboard.page_store_routes import store_routes
from dashboard.services import Services


def page_routes(services: Services) -> APIRouter:
    """All pages and the files that they need."""
    assets = read_assets()
    stage = Stage(services, make_templates(assets), assets)
    router = APIRouter(include_in_schema=False)
    for part in (list_routes(stage), new_routes(stage), store_routes(stage)):
        router.include_router(part)
    return router


def list_routes(stage: Stage) -> APIRouter:
    """The list of stores, its live fragment, and the pages' own files."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def stores(request: Request) -> Response:
        page = _find(stage, request)
        engines = [
            (name, str(engine.get("title") or name)) for name, engine in stage.services.catalogue.engines().items()
        ]
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

    def ask(number: int) -> tuple[list[Store], int]:
        start = (number - 1) * PAGE_SIZE
        return fleet.stores(question.search, question.status, question.engine, question.sort, start, PAGE_SIZE)

    stores, total = ask(question.page)
    if not stores and total:
        # The page shrank under a reader, or the link is old: show the last page instead of nothing.
        question = question.at(page_count(total))
        stores, total = ask(question.page)
    return make_page(question, stores, total, fleet.counts(), datetime.now(UTC))

"""One store: its page, the live part of it, and what a person can do to it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from dashboard.model import Kind, Operation, Source, State
from dashboard.page_stage import FormFields, Stage, new_key
from dashboard.page_store import View, make_view
from dashboard.page_text import age
from dashboard.problems import Problem, from_refusal
from dashboard.refusal import Refusal

Deed = Callable[[str, str | None], Operation]
EVENTS = {Source.KUBERNETES: 300, Source.ENGINE: 200, Source.OPERATION: 100}
"""How many of the newest events of each source a page is made from."""


def store_routes(stage: Stage) -> APIRouter:
    """GET /stores/{name} and …/live; POST …/retry, …/update, …/delete, …/credentials."""
    router = APIRouter(include_in_schema=False)

    @router.get("/stores/{name}")
    def store(request: Request, name: str) -> Response:
        return show(stage, request, name)

    @router.get("/stores/{name}/live")
    def live(request: Request, name: str) -> Response:
        return show(stage, request, name, template="store_live.html")

    _add_deeds(router, stage)
    _add_credentials(router, stage)
    return router


def _add_deeds(router: APIRouter, stage: Stage) -> None:
    desk = stage.services.desk

    def done(request: Request, name: str, typed: Mapping[str, str], deed: Deed) -> Response:
        try:
            deed(name, typed.get("key") or None)
        except Refusal as refusal:
            return show(stage, request, name, from_refusal(refusal).status, refused=refusal)
        return RedirectResponse(f"/stores/{name}", 303)

    @router.post("/stores/{name}/retry")
    def retry(request: Request, name: str, typed: FormFields) -> Response:
        stage.check_form(request, typed)
        return done(request, name, typed, desk.retry)

    @router.post("/stores/{name}/update")
    def update(request: Request, name: str, typed: FormFields) -> Response:
        stage.check_form(request, typed)
        return done(request, name, typed, desk.update)

    @router.post("/stores/{name}/delete")
    def delete(request: Request, name: str, typed: FormFields) -> Response:
        stage.check_form(request, typed)
        if typed.get("confirm", "").strip() != name:
            return show(stage, request, name, 422, confirm_wrong=f"Nothing was deleted: the text is not {name}")
        return done(request, name, typed, desk.delete)


def _add_credentials(router: APIRouter, stage: Stage) -> None:
    @router.post("/stores/{name}/credentials")
    def credentials(request: Request, name: str, typed: FormFields) -> Response:
        stage.check_form(request, typed)
        view = find_view(stage, name)
        try:
            found = stage.services.remote.credentials(name)
        except Problem as problem:
            return show(stage, request, name, problem.status, refused=problem)
        shown = (("Shop", view.row.url), ("User", found.user), ("Password", found.password))
        return show(stage, request, name, credentials=[pair for pair in shown if pair[1]])


def show(
    stage: Stage, request: Request, name: str, status: int = 200, template: str = "store.html", **more: Any
) -> Response:
    """The page of the store `name`, or its live part; `more` is what a form's arrival adds to it."""
    extra = {"refused": None, "confirm_wrong": "", "credentials": None, **more}
    context = {"view": find_view(stage, name), "key": new_key(), "name": name, **extra}
    return stage.render(request, template, status, worker_away=stage.worker_away(), **context)


def find_view(stage: Stage, name: str) -> View:
    """The view of the store `name`; raises `Problem` 404 if there is none, and says if there was one."""
    services = stage.services
    found = services.fleet.store(name)
    if found is None:
        raise _missing(stage, name)
    events = [e for source, limit in EVENTS.items() for e in services.journal.recent(name, limit, source)]
    operations = services.fleet.operations(name, 20)
    chart = services.catalogue.chart_version(found.engine)
    return make_view(found, operations, events, services.fleet.snapshot(name), datetime.now(UTC), chart)


def _missing(stage: Stage, name: str) -> Problem:
    last = next(iter(stage.services.fleet.operations(name, 1)), None)
    if last and last.kind is Kind.DELETE and last.state is State.SUCCEEDED and last.finished_at:
        ago = age(last.finished_at, datetime.now(UTC))
        return Problem(
            404, "gone", f"{name} was deleted {ago} ago", "Nothing of it is left, and its name is free again"
        )
    return Problem(404, "missing", f"There is no store {name[:60]}", "Check the address, or look through the list")

"""Deploying a store: the form, and its arrival. While a name is typed, the form's script asks the API about it."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from dashboard.page_new import Form, make_form, read_request
from dashboard.page_stage import FormFields, Stage, new_key
from dashboard.problems import from_refusal
from dashboard.refusal import Refusal


def new_routes(stage: Stage) -> APIRouter:
    """GET /new, POST /stores."""
    router = APIRouter(include_in_schema=False)
    services = stage.services

    def show(request: Request, form: Form, status: int = 200) -> Response:
        return stage.render(request, "new.html", status, form=form)

    @router.get("/new")
    def new(request: Request) -> Response:
        return show(request, make_form(services.catalogue.engines(), request.query_params, new_key()))

    @router.post("/stores")
    def deploy(request: Request, typed: FormFields) -> Response:
        stage.check_form(request, typed)
        engines = services.catalogue.engines()
        try:
            wanted = services.catalogue.accept(read_request(typed, engines))
            operation = services.desk.deploy(wanted, typed.get("key") or None)
        except Refusal as refusal:
            summary, cure = _headline(refusal)
            form = make_form(engines, typed, new_key(), refusal.fields, summary, cure)
            return show(request, form, from_refusal(refusal).status)
        return RedirectResponse(f"/stores/{operation.store}", 303)

    return router


def _headline(refusal: Refusal) -> tuple[str, str]:
    # Messages that belong to fields stand beside these, so the headline only says where to look.
    if refusal.status_hint != "invalid" or not refusal.fields:
        return refusal.message, refusal.cure
    marked = "field that is marked" if len(refusal.fields) == 1 else f"{len(refusal.fields)} fields that are marked"
    return "This store cannot be deployed as it is written here", f"Correct the {marked} below"

"""Deploying a store: the form, the check of a name while it is typed, and the form's arrival."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from dashboard.model import Request as StoreRequest
from dashboard.operations import Refusal
from dashboard.page_new import Form, make_form, read_request
from dashboard.page_stage import FormFields, Stage, Typed, new_key
from dashboard.problems import from_refusal


def new_routes(stage: Stage) -> APIRouter:
    """GET /new, GET /new/name, POST /stores."""
    router = APIRouter(include_in_schema=False)
    services = stage.services

    def show(request: Request, form: Form, status: int = 200) -> Response:
        return stage.render(request, "new.html", status, form=form)

    @router.get("/new")
    def new(request: Request) -> Response:
        return show(request, make_form(services.catalogue.engines(), request.query_params, new_key()))

    @router.get("/new/name")
    def check_name(name: str = "") -> Response:
        return JSONResponse({"name": name[:60], "problem": _name_problem(stage, name[:60].strip())})

    @router.post("/stores")
    def deploy(request: Request, typed: FormFields) -> Response:
        stage.check_form(request, typed)
        engines = services.catalogue.engines()
        wanted = read_request(typed, engines)
        errors = _errors(stage, wanted)
        if errors:
            summary = "This store cannot be deployed as it is written here"
            form = make_form(engines, typed, new_key(), errors, summary, _first_hint(errors))
            return show(request, form, 422)
        try:
            operation = services.desk.deploy(wanted, typed.get("key") or None)
        except Refusal as refusal:
            form = make_form(engines, typed, new_key(), refusal.fields, refusal.message, refusal.cure)
            return show(request, form, from_refusal(refusal).status)
        return RedirectResponse(f"/stores/{operation.store}", 303)

    return router


def _errors(stage: Stage, wanted: StoreRequest) -> dict[str, str]:
    errors = dict(stage.services.catalogue.check(wanted))
    if not wanted.name:
        errors["name"] = "Type a name for the store"
    return errors


def _first_hint(errors: Typed) -> str:
    return "Correct the field that is marked" if len(errors) == 1 else "Correct the fields that are marked"


def _name_problem(stage: Stage, name: str) -> str:
    if not name:
        return ""
    if problem := stage.services.catalogue.name_problem(name):
        return problem
    return f"There is a store {name} already; choose another name" if stage.services.fleet.store(name) else ""

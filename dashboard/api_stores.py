"""Stores: list, look, deploy, update, delete, retry; and what can be asked for."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response

from dashboard import model, shapes
from dashboard.api_common import IdempotencyKey, StoreName, accepted, queued, refusals
from dashboard.problems import Problem
from dashboard.services import Services


def store_routes(services: Services) -> APIRouter:
    """Everything about stores."""
    router = APIRouter(tags=["stores"])
    _add_reading(router, services)
    _add_changing(router, services)
    _add_choosing(router, services)
    return router


def _add_reading(router: APIRouter, services: Services) -> None:
    @router.get("/stores", summary="One page of stores", responses=refusals(422))
    def list_stores(query: Annotated[shapes.StoreQuery, Query()]) -> shapes.StoreList:
        found, total = services.fleet.stores(
            query.search, frozenset(query.status), query.engine, query.sort, query.offset, query.limit
        )
        items = [shapes.store(store) for store in found]
        return shapes.StoreList(items=items, total=total, offset=query.offset, limit=query.limit)

    @router.get("/stores/{name}", summary="One store", responses=refusals(404, 422))
    def show_store(name: StoreName) -> shapes.StoreDetail:
        store = services.fleet.store(name)
        if store is None:
            raise _missing(name)
        return shapes.StoreDetail(**shapes.store(store).model_dump(), snapshot=services.fleet.snapshot(name))

    @router.post(
        "/stores/{name}/credentials",
        summary="Reveal the administrator's login",
        responses=refusals(403, 404, 422),
    )
    def reveal_credentials(name: StoreName) -> shapes.Credentials:
        if services.fleet.store(name) is None:
            raise _missing(name)
        revealed = services.remote.credentials(name)
        return shapes.Credentials(user=revealed.user, password=revealed.password)


def _add_changing(router: APIRouter, services: Services) -> None:
    @router.post("/stores", status_code=202, summary="Deploy a store", responses=accepted(409))
    def deploy(
        response: Response, body: Annotated[shapes.StoreRequest, Body()], key: IdempotencyKey = None
    ) -> shapes.Operation:
        request = services.catalogue.accept(model.Request(**body.model_dump()))
        return queued(response, services.desk.deploy(request, key))

    @router.delete(
        "/stores/{name}",
        status_code=202,
        summary="Delete a store with everything it has",
        responses=accepted(404, 409),
    )
    def delete(response: Response, name: StoreName, key: IdempotencyKey = None) -> shapes.Operation:
        return queued(response, services.desk.delete(name, key))

    @router.post(
        "/stores/{name}/retry",
        status_code=202,
        summary="Queue once more what failed last",
        responses=accepted(404, 409),
    )
    def retry(response: Response, name: StoreName, key: IdempotencyKey = None) -> shapes.Operation:
        return queued(response, services.desk.retry(name, key))

    @router.post(
        "/stores/{name}/update",
        status_code=202,
        summary="Bring a store up to date with the present charts, images and platform",
        responses=accepted(404, 409),
    )
    def update(response: Response, name: StoreName, key: IdempotencyKey = None) -> shapes.Operation:
        return queued(response, services.desk.update(name, key))


def _add_choosing(router: APIRouter, services: Services) -> None:
    @router.get("/engines", summary="What can be deployed: engines, plans, settings", responses=refusals())
    def list_engines() -> dict[str, shapes.Engine]:
        return {name: shapes.Engine(**engine) for name, engine in services.catalogue.engines().items()}

    @router.get("/names/{name}", summary="Whether a name can be had", responses=refusals(422))
    def check_name(name: str) -> shapes.NameCheck:
        problem = services.catalogue.name_problem(name)
        if not problem and services.fleet.store(name) is not None:
            problem = f"the name {name!r} is taken; choose another, or delete that store first"
        return shapes.NameCheck(name=name, available=not problem, problem=problem)


def _missing(name: str) -> Problem:
    return Problem(404, "missing", f"There is no store {name!r}", "GET /api/stores lists what there is")

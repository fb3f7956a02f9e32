"""The REST API, put together of its parts."""

from fastapi import APIRouter

from dashboard.api_events import event_routes
from dashboard.api_operations import operation_routes
from dashboard.api_stores import store_routes
from dashboard.services import Services

API_DESCRIPTION = (
    "Stores as a service: POST starts, GET watches. What changes something is answered with 202 and the `Location` "
    "of an operation, which is in the database by then. Errors are `application/problem+json` with a cause "
    "(`detail`) and a cure (`cure`)."
)


def api_routes(services: Services) -> APIRouter:
    """Everything under /api."""
    router = APIRouter(prefix="/api")
    for part in (store_routes, operation_routes, event_routes):
        router.include_router(part(services))
    return router

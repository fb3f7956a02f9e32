"""Operations: look at one, cancel one that waits."""

from fastapi import APIRouter

from dashboard import shapes
from dashboard.api_common import OperationId, refusals
from dashboard.problems import Problem
from dashboard.services import Services


def operation_routes(services: Services) -> APIRouter:
    """Everything about operations."""
    router = APIRouter(tags=["operations"])

    @router.get("/operations/{id}", summary="How an operation stands", responses=refusals(404, 422))
    def show_operation(id: OperationId) -> shapes.Operation:
        operation = services.fleet.operation(id)
        if operation is None:
            message = f"There is no operation {id!r}"
            cure = "Take the id from the Location of the answer that queued it; old ones are forgotten"
            raise Problem(404, "missing", message, cure)
        return shapes.operation(operation)

    @router.post(
        "/operations/{id}/cancel",
        summary="Take an operation that waits out of the queue",
        responses=refusals(403, 404, 409, 422),
    )
    def cancel_operation(id: OperationId) -> shapes.Operation:
        return shapes.operation(services.desk.cancel(id))

    return router

"""What the parts of the API share: parameters, and how refusals are described."""

from typing import Annotated, Any

from fastapi import Header, Path, Response

from dashboard import model, shapes
from dashboard.problems import MEDIA_TYPE

StoreName = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,63}$", description="the store's name", examples=["nike-shoes"])]
OperationId = Annotated[
    str, Path(pattern=r"^[0-9a-f]{24}$", description="from a Location", examples=["6c0f2b6f4e1d4a53b8d9a1c7"])
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,200}$",
        description="any text of yours: the same request with the same key is done once, however often it is sent",
    ),
]
_TEXTS = {
    400: "Not JSON, or a Host that is not ours",
    401: "The operator's password is asked for",
    403: "Sent by another site's page",
    404: "There is no such thing",
    408: "The body did not arrive in time",
    409: "The name is taken, or the present state does not allow it",
    413: "The body is larger than 64 KiB",
    415: "The body is not application/json",
    422: "A field cannot be accepted; `fields` says which and why",
    429: "The queue is full, or too many passwords were wrong; `Retry-After` says when to come back",
    503: "The database or the worker does not answer",
}
_LOCATION = {"Location": {"description": "where to watch the operation", "schema": {"type": "string"}}}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI description of these refusals and of those that any request can meet."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    met_by_any = {400, 401, 429, 503}
    return {status: {"description": _TEXTS[status], "content": content} for status in sorted({*met_by_any, *statuses})}


def accepted(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI description of a request that is queued, and of its refusals."""
    return {202: {"headers": _LOCATION}, **refusals(403, 408, 413, 415, 422, *statuses)}


def queued(response: Response, operation: model.Operation) -> shapes.Operation:
    """The answer to a request that is in the queue: its operation, and where to watch it."""
    response.headers["location"] = f"/api/operations/{operation.id}"
    return shapes.operation(operation)

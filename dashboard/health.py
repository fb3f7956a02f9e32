"""/healthz, /readyz and /metrics: what probes and Prometheus ask."""

from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from dashboard.metrics import CONTENT_TYPE, scrape
from dashboard.problems import Problem
from dashboard.services import Services
from dashboard.shapes import Healthy, Ready
from dashboard.tables import SCHEMA_VERSION, meta


def health_routes(services: Services) -> APIRouter:
    """Routes for machines; they need no password but for /metrics."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", summary="The process answers")
    async def healthz() -> Healthy:
        # Asks for nothing: a process that waits for its database must not be restarted for it.
        return Healthy(status="alive")

    @router.get("/readyz", summary="The database answers and a worker is alive")
    def readyz() -> Ready:
        return _ready(services)

    @router.get("/metrics", summary="Prometheus metrics", response_class=Response)
    def metrics() -> Response:
        return Response(scrape(services), media_type=CONTENT_TYPE)

    return router


def _ready(services: Services) -> Ready:
    """What readiness rests on; raises `Problem` 503 when the web can do nothing useful.

    A missing worker is told, not refused: the web still takes requests and shows what there is.
    """
    try:
        with services.database.read() as connection:
            version = connection.execute(select(meta.c.value).where(meta.c.key == "schema_version")).scalar()
        workers = [worker for worker in services.fleet.workers() if worker.alive]
    except SQLAlchemyError:
        raise Problem(503, "database", "The database does not answer", "Start it, or wait until it is back") from None
    if version != SCHEMA_VERSION:
        message = f"The database has schema version {version}, this program needs {SCHEMA_VERSION}"
        raise Problem(503, "schema", message, "Run the release that belongs to the database")
    return Ready(status="ready" if workers else "degraded", database="answers", workers=len(workers))

"""Events: the journal as a stream that can be taken up again."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dashboard.api_common import refusals
from dashboard.broadcast import Broadcast, Client, StreamsFull
from dashboard.problems import Problem
from dashboard.services import Services
from dashboard.sse import read_id

GRACE_SECONDS = 5.0
"""How long a stream that must end may take to say so; a client that reads nothing is cut off then."""
_log = logging.getLogger("dashboard.web")
_STREAM: dict[str, Any] = {
    "description": "Server-sent events: `id`, `event` (the event's kind), `data` (an Event as JSON). A comment every "
    "15 seconds. `replay.incomplete` says that older events are no longer kept.",
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}


def event_routes(services: Services) -> APIRouter:
    """The stream of events."""
    router = APIRouter(tags=["events"])

    @router.get(
        "/events",
        summary="Live events, from the last one that the client has",
        response_class=Response,
        responses={200: _STREAM, **refusals(422)},
    )
    async def stream_events(
        store: Annotated[str | None, Query(pattern=r"^[a-z0-9-]{1,63}$", description="only of this store")] = None,
        after: Annotated[int | None, Query(ge=0, lt=2**63, description="as Last-Event-ID, for a first request")] = None,
        last_event_id: Annotated[str, Header(max_length=40, description="the id of the last event received")] = "",
    ) -> Response:
        try:
            client = await services.broadcast.join(store)
        except StreamsFull:
            cure = "Close other pages of this dashboard, or come back later"
            raise Problem(503, "streams", "Too many streams are open", cure, headers={"retry-after": "5"}) from None
        known = read_id(last_event_id)
        return EventStream(services.broadcast, client, after if known is None else known)

    return router


class EventStream(Response):
    """Sends one client's stream until the client goes, is too slow, or the server stops."""

    media_type = "text/event-stream"

    def __init__(self, broadcast: Broadcast, client: Client, after: int | None) -> None:
        self.status_code = 200
        self.background = None
        # Nginx and its kin keep answers back until they are complete, unless told.
        self.init_headers({"cache-control": "no-store", "x-accel-buffering": "no"})
        self._broadcast = broadcast
        self._client = client
        self._after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sender = asyncio.create_task(self._send(send))
        watcher = asyncio.create_task(_until_gone(receive))
        loop = asyncio.get_running_loop()
        self._client.on_end = lambda: loop.call_later(GRACE_SECONDS, sender.cancel)
        try:
            await asyncio.wait({sender, watcher}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._broadcast.leave(self._client)
            sender.cancel()
            watcher.cancel()
            for ended in await asyncio.gather(sender, watcher, return_exceptions=True):
                # A client that is gone, or that was cut off, is no failure.
                if isinstance(ended, Exception) and not isinstance(ended, OSError):
                    _log.error("a stream failed: %s", type(ended).__name__)

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        chunks: AsyncIterator[bytes] = self._broadcast.stream(self._client, self._after)
        async for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

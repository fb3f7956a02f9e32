"""The HTTP server of the web process, with limits, and streams that end when it is asked to stop."""

import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from dashboard.services import Services
from dashboard.settings import Settings

KEEP_ALIVE_SECONDS = 30
GRACEFUL_SECONDS = 20
BACKLOG = 1024


class WebServer(uvicorn.Server):
    """Ends the event streams first: the server waits for open answers, and those would never end by themselves."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, let requests finish, end streams."""
        self._on_stop()
        await super().shutdown(sockets)


def make_server(app: FastAPI, settings: Settings, services: Services) -> WebServer:
    """A server for `app`, not started; `run()` blocks until SIGTERM or SIGINT and stops gracefully.

    Its own access log stays off: it would have a line for each probe, and names what people search for.
    """
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        h11_max_incomplete_event_size=32 * 1024,
        proxy_headers=False,  # the one place that asks for the client's address reads them itself: password.py
        server_header=False,
        access_log=False,
        log_config=None,
    )
    return WebServer(config, services.broadcast.close)

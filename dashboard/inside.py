"""The worker's private endpoint: what only the worker may read from the cluster, for the web process.

`POST /stores/<name>/credentials` with `Authorization: Bearer <token>` answers `{"user", "password"}`,
read from the cluster at that moment: nothing is kept, nothing is logged. 404 when there are none, 502
when the cluster does not give them. Listens where `worker_url` says: on loopback, or inside a cluster
behind a NetworkPolicy.
"""

import base64
import hmac
import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from dashboard.apiserver import ApiError, ApiServer
from dashboard.model import Outputs

PATH = re.compile(r"\A/stores/(?P<name>[a-z][a-z0-9-]{1,28}[a-z0-9])/credentials\Z")
Answer = tuple[int, dict[str, str]]


class Credentials:
    """Reads a store's login from the cluster. `outputs` and `login` say where it is and whose it is."""

    def __init__(
        self, cluster: ApiServer, outputs: Callable[[str], Outputs | None], login: Callable[[str], str]
    ) -> None:
        self._cluster, self._outputs, self._login = cluster, outputs, login

    def of(self, name: str) -> Answer:
        """HTTP status and document."""
        found = self._outputs(name)
        if found is None:
            return 404, {"message": f"the store {name} has no credentials yet"}
        try:
            secret = self._cluster.get(f"/api/v1/namespaces/{found.namespace}/secrets/{found.admin_secret_name}")
            if secret is None:
                return 404, {"message": f"the store {name} has no credentials any more"}
            password = base64.b64decode(secret["data"][found.admin_secret_key]).decode()
        except ApiError as error:
            return 502, {"message": f"the cluster did not give them: {error.reason or 'no reason'}"}
        except (KeyError, ValueError):
            return 502, {"message": "the secret has not the key that the store names"}
        return 200, {"user": self._login(name), "password": password}


class Inside:
    """The server, on a thread of its own; a companion of the worker."""

    def __init__(self, url: str, token: str, credentials: Credentials) -> None:
        """Raises `ValueError` for an empty token: everybody on this machine could read passwords then."""
        if not token:
            raise ValueError("the worker's endpoint needs a token; set STOREFLEET_DASHBOARD_WORKER_TOKEN")
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 0)
        self._token, self._credentials = token, credentials
        self._server: ThreadingHTTPServer | None = None

    @property
    def port(self) -> int:
        """Where it listens; 0 before `start`."""
        return int(self._server.server_address[1]) if self._server else 0

    def start(self) -> None:
        """Listen; returns at once. Raises `OSError` if the address is taken."""
        self._server = ThreadingHTTPServer(self._address, make_handler(self._token, self._credentials))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="inside", daemon=True).start()

    def stop(self) -> None:
        """Listen no more."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def make_handler(token: str, credentials: Credentials) -> type[BaseHTTPRequestHandler]:
    """A handler of requests that show `token`."""
    expected = f"Bearer {token}".encode()

    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # a client that says nothing
        server_version, sys_version = "storefleet", ""

        def do_POST(self) -> None:
            shown = (self.headers.get("Authorization") or "").encode("utf-8", "replace")
            path = PATH.match(self.path)
            if not hmac.compare_digest(shown, expected):
                self._answer(401, {"message": "show the worker's token"})
            elif path is None:
                self._answer(404, {"message": "there is nothing here"})
            else:
                self._answer(*credentials.of(path["name"]))

        def _answer(self, status: int, document: dict[str, str]) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *values: object) -> None:
            """Nothing: neither who asked nor for what."""

    return Handler

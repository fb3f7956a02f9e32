"""A small client of the Kubernetes API: get, list, watch, create, patch, delete, by raw path.

    api = ApiServer.connect()
    pods = api.list("/api/v1/namespaces/store-x/pods", labelSelector="…")
    for change in api.watch("/api/v1/events", pods["metadata"]["resourceVersion"]): …

Objects are the API's own JSON. No cache and no retries: whoever watches knows what a gap means to him.
An `ApiServer` may be used by several threads at once.
"""

import json
import sys
from collections.abc import Generator, Iterator
from types import ModuleType
from typing import Any

# Where click, rich and pygments happen to be installed, httpx imports a command line for itself, which takes longer
# than all the rest of it. An empty module in its place is what httpx finds where they are not.
sys.modules.setdefault("httpx._main", ModuleType("httpx._main"))

import httpx  # noqa: E402 - after the line above, which is about it

from dashboard.kubeconfig import Access, find_access  # noqa: E402 - the same

JSON = dict[str, Any]
SECONDS = 15.0
"""For every answer but a watch's; the API server itself gives up later."""

MERGE = "application/merge-patch+json"


class ApiError(Exception):
    """The API server refused. `status` is HTTP's (0: it did not answer), `reason` Kubernetes' word for it."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message


class Unreachable(ApiError):
    """The API server did not answer, or the connection broke."""

    def __init__(self, message: str) -> None:
        super().__init__(0, "Unreachable", message)


class Expired(ApiError):
    """410: the resource version is too old to watch from; list again."""


class _Token(httpx.Auth):
    def __init__(self, access: Access) -> None:
        self._access = access

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        file = self._access.token_file
        token = file.read_text().strip() if file else self._access.token
        if token:
            request.headers["Authorization"] = f"Bearer {token}"
        yield request


class ApiServer:
    """The API of one cluster. Raises `ApiError` and its kinds; no message holds a credential."""

    def __init__(self, access: Access, transport: httpx.BaseTransport | None = None) -> None:
        # The environment's proxies are for the internet.
        self._client = httpx.Client(
            base_url=access.server,
            verify=access.tls or False,
            auth=_Token(access),
            timeout=SECONDS,
            trust_env=False,
            transport=transport,
            headers={"User-Agent": "storefleet", "Accept": "application/json"},
        )

    @classmethod
    def connect(cls) -> "ApiServer":
        """By `KUBECONFIG`, the pod's ServiceAccount or the home folder; raises `NoCluster`."""
        return cls(find_access())

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def get(self, path: str) -> JSON | None:
        """The object, or None where there is none."""
        try:
            return self._call("GET", path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def list(self, path: str, **query: str) -> JSON:
        """The whole list document: `items`, and `metadata.resourceVersion` to watch from."""
        return self._call("GET", path, params=query)

    def create(self, path: str, document: JSON) -> JSON:
        """POST an object to its collection; 409 when it exists."""
        return self._call("POST", path, content=json.dumps(document))

    def patch(self, path: str, document: JSON) -> JSON:
        """JSON merge patch."""
        return self._call("PATCH", path, content=json.dumps(document), kind=MERGE)

    def delete(self, path: str) -> bool:
        """Delete in the background; False when there was nothing."""
        try:
            self._call("DELETE", path, params={"propagationPolicy": "Background"})
        except ApiError as error:
            if error.status == 404:
                return False
            raise
        return True

    def watch(self, path: str, resource_version: str = "", seconds: int = 300, **query: str) -> Iterator[JSON]:
        """Changes `{"type": "ADDED|MODIFIED|DELETED|BOOKMARK", "object": …}` until the server ends after `seconds`.

        Raises `Expired` when `resource_version` is too old (list again), `Unreachable` when the
        connection breaks. Closing the generator closes the connection.
        """
        asked = {"watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": str(seconds), **query}
        if resource_version:
            asked["resourceVersion"] = resource_version
        patience = httpx.Timeout(SECONDS, read=seconds + SECONDS)
        try:
            with self._client.stream("GET", path, params=asked, timeout=patience) as answer:
                if answer.is_error:
                    answer.read()
                _check(answer)
                for line in answer.iter_lines():
                    change: JSON = json.loads(line)
                    if change["type"] == "ERROR":
                        raise _error(int(change["object"].get("code", 500)), change["object"])
                    yield change
        except (httpx.TransportError, json.JSONDecodeError) as error:
            raise Unreachable(_said(error)) from None

    def _call(
        self, method: str, path: str, params: dict[str, str] | None = None, content: str = "", kind: str = ""
    ) -> JSON:
        headers = {"Content-Type": kind or "application/json"} if content else {}
        try:
            answer = self._client.request(method, path, params=params, content=content or None, headers=headers)
            _check(answer)
            document: JSON = answer.json()
        except (httpx.TransportError, json.JSONDecodeError) as error:
            raise Unreachable(_said(error)) from None
        return document


def _said(error: Exception) -> str:
    return f"the cluster does not answer ({type(error).__name__})"


def _check(answer: httpx.Response) -> None:
    if not answer.is_error:
        return
    try:
        status = answer.json()
    except ValueError:
        status = {}
    raise _error(answer.status_code, status if isinstance(status, dict) else {})


def _error(code: int, status: JSON) -> ApiError:
    kind = Expired if code == 410 else ApiError
    return kind(code, status.get("reason", ""), status.get("message", "") or f"HTTP {code}")

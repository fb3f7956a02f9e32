"""What every request passes before a route sees it: pure ASGI middlewares, each with one rule."""

import asyncio
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.problems import Problem, respond

BODY_LIMIT = 64 * 1024
"""Bytes of a request's body; the longest legal request has under 4 KiB."""
BODY_SECONDS = 20.0
"""How long a client may take to send its body."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PROBES = frozenset({"/healthz", "/readyz"})
SCRAPED = PROBES | {"/metrics"}
FORM = "application/x-www-form-urlencoded"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: with that, browsers send `Origin: null` with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class SecurityHeaders:
    """Puts `HEADERS` on every answer, and forbids caching where a route says nothing about it."""

    def __init__(self, app: ASGIApp, strict_transport: bool) -> None:
        self.app = app
        transport = {"strict-transport-security": "max-age=31536000"} if strict_transport else {}
        self.headers: Mapping[str, str] = {**HEADERS, **transport}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class HostAllowList:
    """Refuses (400) a Host that is not ours, so that no foreign name can be pointed at a local dashboard.

    The probes and the scrape are exempt: kubelet and Prometheus come by the pod's address.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self.app = app
        self.hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in SCRAPED:
            await self.app(scope, receive, send)
            return
        host = Headers(scope=scope).get("host", "")
        if host_name(host) in self.hosts:
            await self.app(scope, receive, send)
            return
        cure = "Open the dashboard by its own address, or set STOREFLEET_DASHBOARD_PUBLIC_URL to this one"
        problem = Problem(400, "host", "This dashboard does not answer to the Host of the request", cure)
        await respond(scope, problem)(scope, receive, send)


class SealedOnly:
    """With TLS: sends who came without, as the proxy before us says, to the same page with it, before any password.

    What a program sent without is refused (400): its password is known on the way by then, and should not seem to work.
    Probes come without a proxy. For hosts that `HostAllowList` has let through.
    """

    def __init__(self, app: ASGIApp, port: int | None) -> None:
        self.app = app
        self.port = f":{port}" if port else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in SCRAPED:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if headers.get("x-forwarded-proto") != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] in SAFE:
            path = scope["raw_path"].decode("ascii", "replace")
            query = b"?" + scope["query_string"] if scope["query_string"] else b""
            there = f"https://{host_name(headers['host'])}{self.port}{path}{query.decode('ascii', 'replace')}"
            await RedirectResponse(there, 308)(scope, receive, send)
            return
        cure = "Send it to the same address with https://, and with a new password if this one was sent"
        problem = Problem(400, "no-tls", "The request came without TLS", cure)
        await respond(scope, problem)(scope, receive, send)


class SameSite:
    """Refuses (403) what another site's page makes a browser send; programs send neither header and pass."""

    def __init__(self, app: ASGIApp, public_host: str) -> None:
        self.app = app
        self.public_host = public_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE or self._is_own(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        message = "The request was sent by a page of another site"
        problem = Problem(403, "cross-site", message, "Use the dashboard's own page, or a program such as curl")
        await respond(scope, problem)(scope, receive, send)

    def _is_own(self, headers: Headers) -> bool:
        if site := headers.get("sec-fetch-site"):
            # A shop is a sibling host, hence "same-site" is not enough.
            return site in {"same-origin", "none"}
        if (origin := headers.get("origin")) is None:
            return True
        return urlsplit(origin).netloc.lower() in {headers.get("host", "").lower(), self.public_host} - {""}


class BodyGuard:
    """Reads the body before a route does: 413 above `BODY_LIMIT`, 415 for a wrong type, 408 for a slow sender."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            body = await self._body(scope, receive)
            _check_type(scope, body)
        except Problem as problem:
            await respond(scope, problem)(scope, receive, send)
            return
        first = True

        async def receive_body() -> Message:
            nonlocal first
            if first:
                first = False
                return {"type": "http.request", "body": body, "more_body": False}
            return await receive()

        await self.app(scope, receive_body, send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdigit() or int(length) > BODY_LIMIT:
            raise _too_large()
        if scope["method"] in SAFE:
            return b""
        body = b""
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while (message := await receive())["type"] == "http.request":
                    body += bytes(message.get("body", b""))
                    if len(body) > BODY_LIMIT:
                        raise _too_large()
                    if not message.get("more_body"):
                        return body
        except TimeoutError:
            raise Problem(408, "slow", "The body did not arrive in time", "Send the request again") from None
        raise Problem(400, "incomplete", "The client went away before the body was complete", "Send it again")


def _check_type(scope: Scope, body: bytes) -> None:
    if scope["method"] in SAFE or not body:
        return
    wanted = "application/json" if scope["path"].startswith("/api/") else FORM
    given = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    if given != wanted:
        raise Problem(415, "content-type", "The body has the wrong content type", f"Send it as {wanted}")


def _too_large() -> Problem:
    message = f"The body is larger than {BODY_LIMIT // 1024} KiB"
    return Problem(413, "too-large", message, "Send only the fields of the request", headers={"connection": "close"})


def host_name(host: str) -> str:
    """A Host header without its port, lower case; "" when it is malformed."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def allowed_hosts(bind: str, public_url: str) -> frozenset[str]:
    """Loopback's names, the address listened on, and public_url's; beside dashboard.<domain> also api.<domain>."""
    public = host_name(urlsplit(public_url).netloc)
    api = {f"api.{public.removeprefix('dashboard.')}"} if public.startswith("dashboard.") else set()
    return frozenset({"localhost", "127.0.0.1", "::1", bind, public, *api} - {"", "0.0.0.0", "::"})

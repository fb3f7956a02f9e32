"""Tokens that tie a form to the browser it was sent to: the second line behind the Origin check."""

import hashlib
import hmac
import re
import secrets
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "storefleet-browser"
FIELD = "csrf_token"
"""The hidden field's name in every form."""
_IDENTIFIER = re.compile(r"\A[A-Za-z0-9_-]{32,64}\Z")


class Csrf:
    """Makes and checks tokens: HMAC-SHA256 of the browser's random cookie.

    Guarantees: a token is good for the browser that it was made for, across restarts and among several web
    processes that share `secret`. Without a secret the key is random, and a restart asks for one reload.
    Non-goal: telling people apart; the cookie says nothing but "the same browser".
    """

    def __init__(self, secret: str) -> None:
        seed = secret.encode() or secrets.token_bytes(32)
        self._key = hmac.digest(seed, b"storefleet forms", "sha256")

    def token(self, request: Request) -> str:
        """The value of the hidden field `csrf_token` for a form in the answer to `request`."""
        return self._token(str(request.scope["storefleet.browser"]))

    def is_valid(self, request: Request, token: str) -> bool:
        """Whether `token` was made for the browser that sends `request`."""
        return hmac.compare_digest(self.token(request).encode(), token.encode())

    def _token(self, browser: str) -> str:
        return hmac.new(self._key, browser.encode(), hashlib.sha256).hexdigest()


class BrowserCookie:
    """ASGI middleware: knows the browser by a random cookie, and hands one to a browser that has none.

    Only HTML answers set it, so API clients and streams never see it.
    """

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self.app = app
        # A browser takes a __Host- cookie only from this very host: a shop on a sibling host cannot plant one.
        self.name = f"__Host-{COOKIE}" if secure else COOKIE
        self.attributes = "Path=/; HttpOnly; SameSite=Strict" + ("; Secure" if secure else "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        known = _cookie(Headers(scope=scope), self.name)
        browser = scope["storefleet.browser"] = known or secrets.token_urlsafe(32)
        scope["storefleet.returning"] = bool(known)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and not known:
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", f"{self.name}={browser}; {self.attributes}")
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def _cookie(headers: Headers, name: str) -> str:
    for line in headers.getlist("cookie"):
        try:
            morsel = SimpleCookie(line).get(name)
        except CookieError:
            continue
        if morsel and _IDENTIFIER.match(morsel.value):
            return morsel.value
    return ""

"""The operator's password: who brings it passes, who guesses is slowed down."""

import base64
import binascii
import hashlib
import hmac
import logging
import math

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.guardrails import PROBES
from dashboard.problems import Problem, respond
from dashboard.throttle import Caller, Throttle, network_of

_log = logging.getLogger("dashboard.web")


class OperatorPassword:
    """Asks for HTTP basic authentication when `password` is set; any user name. The probes are exempt.

    401 without the password, 429 with `Retry-After` after too many wrong ones; see `throttle`. A request
    without a password is no guess and never refused for the guesses of others. `proxies` is how many
    proxies stand before the dashboard, see `client_address`. Needs `BrowserCookie` before it.
    """

    def __init__(self, app: ASGIApp, password: str, proxies: int, throttle: Throttle) -> None:
        self.app = app
        self.expected = _digest(password) if password else b""
        self.proxies = proxies
        self.throttle = throttle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self.expected or _is_public(scope["path"]):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        await (respond(scope, refusal) if refusal else self.app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Problem | None:
        given = _password(Headers(scope=scope))
        if given is None:
            return _locked()
        caller = self._caller(scope)
        if seconds := self.throttle.wait(caller):
            return _too_many(seconds)
        # Digests of equal length: the comparison tells neither length nor prefix.
        if hmac.compare_digest(_digest(given), self.expected):
            self.throttle.right(caller)
            return None
        self.throttle.wrong(caller, given)
        if seconds := self.throttle.wait(caller):
            _log.warning("wrong passwords from %s: none is looked at for %.0f s", caller.network, math.ceil(seconds))
        return _locked()

    def _caller(self, scope: Scope) -> Caller:
        returning = scope.get("storefleet.returning", False)
        browser = str(scope["storefleet.browser"]) if returning else ""
        return Caller(network_of(client_address(scope, self.proxies)), browser)


def client_address(scope: Scope, proxies: int) -> str:
    """Who sent the request: the peer, or what the outermost of `proxies` proxies saw as its peer.

    Each proxy appends its peer's address to `X-Forwarded-For`, so only the last `proxies` entries can be
    believed: those before came from the client. Without the header the request came past the proxies.
    """
    forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
    if proxies and forwarded:
        entries = forwarded.split(",")
        return entries[-min(proxies, len(entries))].strip()
    client = scope.get("client")
    return str(client[0]) if client else ""


def _password(headers: Headers) -> str | None:
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return None


def _is_public(path: str) -> bool:
    # The page that asks for the password needs its own style sheet; no file there tells anything.
    return path in PROBES or path.startswith("/static/")


def _digest(password: str) -> bytes:
    return hashlib.sha256(password.encode()).digest()


def _locked() -> Problem:
    headers = {"www-authenticate": 'Basic realm="storefleet", charset="UTF-8"'}
    cure = "Send the operator's password with HTTP basic authentication; the user name does not matter"
    return Problem(401, "password", "This dashboard asks for a password", cure, headers=headers)


def _too_many(seconds: float) -> Problem:
    whole = math.ceil(seconds)
    message = "Too many wrong passwords were sent; for now none is looked at, not even the right one"
    cure = f"Try again in {whole} s, or from the machine that the dashboard runs on"
    return Problem(429, "guessing", message, cure, headers={"retry-after": str(whole)})

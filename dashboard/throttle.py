"""How many wrong passwords are taken, from whom, and how fast: pure counting, no web server in it.

Two bounds, both on wrong passwords only. Each caller has an allowance that refills. All strangers
together have another one, so that many addresses are no way round the first.

The second bound must not be a way to lock the operator out. So it holds for strangers only: whoever
has shown the right password is none any more, and has an allowance that nobody else can use up. That is
the browser, known by its random cookie, or else the address. This machine itself is none either: the
way in for an operator who is new while an attack goes on leads over loopback.
"""

import hashlib
import hmac
import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

OWN_BURST, OWN_SECONDS = 10, 30.0
"""Wrong passwords of one caller: so many at once, then one in so many seconds."""
STRANGERS_BURST, STRANGERS_SECONDS = 300, 1.0
"""The same for all strangers together: an attacker with the whole Internet gets 86,400 guesses a day."""
CALLERS_LIMIT = 4096
KNOWN_LIMIT = 1000
LOOPBACK = "this machine"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Caller:
    """Who asks. `network` is one of `network_of`; `browser` is the cookie it brought, "" if none."""

    network: str
    browser: str = ""


@dataclass(frozen=True)
class _Count:
    """`due` is when the allowance is full again, `last` the digest of the last wrong password."""

    due: float
    last: bytes


class Throttle:
    """Counts wrong passwords. For one thread; `clock` counts seconds and never goes back.

    Guarantees: memory is bounded whatever comes, and dropping the oldest caller costs nothing: the
    strangers' bound admits far fewer than `CALLERS_LIMIT` in the time in which one is full again. A
    restart forgets all counts and who is known; processes count each for itself.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: OrderedDict[str, _Count] = OrderedDict()
        self._known: OrderedDict[str, None] = OrderedDict()
        self._strangers_due = 0.0
        # A typo is nearly the password: its digest is of use to nobody without this key.
        self._key = secrets.token_bytes(32)

    def wait(self, caller: Caller) -> float:
        """Seconds until a password of `caller` may be looked at; 0.0: now. Until then none may, not even
        the right one: whether it is let in would tell a guesser what he wants to know."""
        now, count = self._clock(), self._counts.get(self._who(caller))
        own = _wait(count.due, now, OWN_BURST, OWN_SECONDS) if count else 0.0
        if self._is_known(caller):
            return own
        return max(own, _wait(self._strangers_due, now, STRANGERS_BURST, STRANGERS_SECONDS))

    def wrong(self, caller: Caller, password: str) -> None:
        """`password` of `caller` was wrong. The same one again is no new guess and not counted: a program
        that still has an old password locks nobody out."""
        now, who = self._clock(), self._who(caller)
        digest = hmac.new(self._key, password.encode(), hashlib.sha256).digest()
        count = self._counts.get(who)
        if count and count.last == digest:
            return
        self._counts[who] = _Count(_spend(count.due if count else now, now, OWN_SECONDS), digest)
        self._counts.move_to_end(who)
        while len(self._counts) > CALLERS_LIMIT:
            self._counts.popitem(last=False)
        if not self._is_known(caller):
            self._strangers_due = _spend(self._strangers_due, now, STRANGERS_SECONDS)

    def right(self, caller: Caller) -> None:
        """`caller` has shown the right password. Its count stays: whoever shares the operator's address
        would otherwise get a new allowance with each of the operator's requests."""
        for name in {caller.network, caller.browser} - {""}:
            self._known[name] = None
            self._known.move_to_end(name)
        while len(self._known) > KNOWN_LIMIT:
            self._known.popitem(last=False)

    def _who(self, caller: Caller) -> str:
        return caller.browser if caller.browser in self._known else caller.network

    def _is_known(self, caller: Caller) -> bool:
        return caller.network == LOOPBACK or self._who(caller) in self._known


def network_of(address: str) -> str:
    """Who `address` counts as: an IPv4 address for itself, an IPv6 address for its /64, which one machine
    has whole; all of loopback is `LOOPBACK`, what is no address `UNKNOWN`."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            network = ipaddress.ip_network((parsed, 64), strict=False)
            return LOOPBACK if parsed.is_loopback else str(network)
        parsed = parsed.ipv4_mapped
    return LOOPBACK if parsed.is_loopback else str(parsed)


# An allowance is one number: the moment at which it is full again.
def _wait(due: float, now: float, burst: int, seconds: float) -> float:
    return max(0.0, due - now - (burst - 1) * seconds)


def _spend(due: float, now: float, seconds: float) -> float:
    return max(due, now) + seconds

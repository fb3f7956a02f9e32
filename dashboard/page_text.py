"""Times, counts and states as words: what every page says the same way. Pure functions."""

from datetime import UTC, datetime

from dashboard.model import Status

WORDS = {
    Status.QUEUED: "Queued",
    Status.PROVISIONING: "Provisioning",
    Status.READY: "Ready",
    Status.FAILED: "Failed",
    Status.STALLED: "Stalled",
    Status.DELETING: "Deleting",
    Status.UNREACHABLE: "Unreachable",
}
"""The word that a person reads for each status; the colour never stands alone."""

MEANINGS = {
    Status.QUEUED: "Accepted; waits for the store before it",
    Status.PROVISIONING: "Being made or brought up to date",
    Status.READY: "Answers visitors",
    Status.FAILED: "Not made; the store's page says why",
    Status.STALLED: "Stopped half-way; the store's page says why",
    Status.DELETING: "Being taken away with everything it had",
    Status.UNREACHABLE: "Made, but the cluster does not answer for it",
}

IN_MOTION = frozenset((Status.QUEUED, Status.PROVISIONING, Status.DELETING))
"""States that change by themselves: pages without JavaScript reload while one is shown."""

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


def age(at: datetime | None, now: datetime) -> str:
    """How long ago `at` was, in its largest unit: "12 s", "5 min", "3 h", "40 d"; "" for None.

    A time in the future (two clocks) counts as now.
    """
    if at is None:
        return ""
    seconds = max(0, int((now - at).total_seconds()))
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def clock(seconds: float) -> str:
    """A duration as a stopwatch shows it: "0:07", "12:34", "1:02:03"."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def stamp(at: datetime | None) -> str:
    """ISO 8601 in UTC with Z, as `<time datetime>` and the API have it; "" for None."""
    if at is None:
        return ""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def plural(count: int, one: str, many: str = "") -> str:
    """ "1 store", "2 stores"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def host(url: str) -> str:
    """What a person calls an address: without its scheme and trailing slash."""
    return url.partition("://")[2].rstrip("/") or url


def safe_url(url: str) -> str:
    """`url` when a browser may follow it, else "": only http and https ever become a link."""
    return url if url.startswith(("http://", "https://")) else ""

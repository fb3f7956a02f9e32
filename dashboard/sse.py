"""Events as text/event-stream. Pure: no input, no output."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from dashboard.model import Event

HEARTBEAT = b": still here\n\n"
"""A comment that browsers ignore, and that keeps proxies from closing a quiet stream."""
RETRY_MILLISECONDS = 2000
OPENING = f"retry: {RETRY_MILLISECONDS}\n\n".encode()
"""How soon a browser comes back after a loss; sent first, so that the headers arrive at once."""
INCOMPLETE = b'event: replay.incomplete\ndata: {"message": "older events are no longer kept; load the page again"}\n\n'
"""Sent when a client comes back with an id that the journal does not reach."""


def encode(events: Iterable[Event]) -> bytes:
    """`id`, `event` and one line of JSON `data` for each event."""
    return b"".join(_frame(event) for event in events)


def document(event: Event) -> dict[str, object]:
    """The event as plain JSON, as the API describes it."""
    return {
        "id": event.id,
        "at": timestamp(event.at),
        "store": event.store,
        "operation": event.operation,
        "source": event.source.value,
        "level": event.level.value,
        "kind": event.kind,
        "object": event.object,
        "reason": event.reason,
        "message": event.message,
        "count": event.count,
        "data": dict(event.data),
    }


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_id(text: str) -> int | None:
    """The id in a `Last-Event-ID`; None when there is none or it is no id of ours."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _frame(event: Event) -> bytes:
    # JSON escapes line breaks, so no message can end the frame or begin another; kinds are our own words.
    data = json.dumps(document(event), ensure_ascii=True, separators=(",", ":"))
    kind = event.kind.replace("\r", " ").replace("\n", " ")
    return f"id: {event.id}\nevent: {kind}\ndata: {data}\n\n".encode()

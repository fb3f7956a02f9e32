"""The dashboard's REST API, as the commands use it: ask, and follow an operation to its end."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

from commands import dashboard
from toolbox.errors import UserError

WAIT_SECONDS = 1800.0
ENDED = {"succeeded", "failed", "stalled", "canceled"}


def follow(operation: Mapping[str, Any], tell: Callable[[str], None]) -> Mapping[str, Any]:
    """Tell a line whenever the operation goes on; returns it ended. Raises `UserError` after half an hour."""
    until = time.monotonic() + WAIT_SECONDS
    told = ""
    while True:
        line = progress_line(operation)
        if line != told:
            tell(line)
            told = line
        if operation["state"] in ENDED:
            return operation
        if time.monotonic() > until:
            store = operation["store"]
            raise UserError(
                f"{store} is not ready after {WAIT_SECONDS:.0f} s", f"look at {dashboard.url()}/stores/{store}"
            )
        time.sleep(0.5)
        operation = ask("GET", f"/api/operations/{operation['id']}")


def progress_line(operation: Mapping[str, Any]) -> str:
    """How far the operation is, in one line."""
    progress = operation["progress"]
    steps = f" {progress['done']}/{progress['total']} {progress['step']}" if progress["total"] else ""
    why = f": {operation['message']}" if operation["message"] else ""
    return f"{operation['state']}{steps}{why}"


def ask(method: str, path: str, body: Mapping[str, str] | None = None) -> Any:
    """The API's answer; raises `UserError` with its own words when it refuses."""
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(dashboard.url() + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        raise problem(refused) from None
    except (urllib.error.URLError, OSError) as away:
        raise UserError(
            f"the dashboard does not answer: {away}", "run 'make dashboard', then 'make demo' again"
        ) from None


def ended_well(operation: Mapping[str, Any]) -> None:
    """Raises `UserError` with the reason of an operation that did not succeed."""
    store = operation["store"]
    if operation["state"] != "succeeded":
        raise UserError(
            f"{store} {operation['state']}: {operation['message'] or operation['reason']}",
            operation["cure"] or f"look at {dashboard.url()}/stores/{store}",
        )


def problem(refused: urllib.error.HTTPError) -> UserError:
    """What an `application/problem+json` says."""
    try:
        document = json.load(refused)
    except ValueError:
        document = {}
    said = document.get("detail") or document.get("title") or f"HTTP status {refused.code}"
    return UserError(f"the dashboard refused: {said}", document.get("cure") or "look at the dashboard's page")

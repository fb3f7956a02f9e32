"""`python3 -m commands.demo [--engine E] [--name N]`: a first store, made through the dashboard's REST API."""

import argparse
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from commands import dashboard
from toolbox.errors import UserError, run_command

NAME = "nike-shoes"
TITLE = "Nike Shoes"
WAIT_SECONDS = 1800.0
ENDED = {"succeeded", "failed", "stalled", "canceled"}


def demo(name: str, engine: str) -> None:
    """Deploy the store unless it is there, follow its operation, print where to look.

    Without a `name` each engine that is asked for by name gets a store of its own, beside that of the default engine.
    """
    name = name or (f"{NAME}-{engine}" if engine else NAME)
    dashboard.start()
    begin = time.monotonic()
    wish = {"name": name, "title": TITLE, **({"engine": engine} if engine else {})}
    operation = follow(ask("POST", "/api/stores", wish))
    if operation["state"] != "succeeded":
        raise UserError(
            f"{name} {operation['state']}: {operation['message'] or operation['reason']}",
            operation["cure"] or f"look at {dashboard.url()}/stores/{name}",
        )
    show(ask("GET", f"/api/stores/{name}"), time.monotonic() - begin)


def show(store: Mapping[str, Any], seconds: float) -> None:
    """Print where the store is and how to look at it without a browser."""
    address = urllib.parse.urlsplit(store["url"])
    port = f":{address.port}" if address.port else ""
    print(f"{store['name']} is ready after {seconds:.1f} s")
    print(f"  dashboard:      {dashboard.url()}/stores/{store['name']}")
    print(f"  store:          {store['url']}")
    print(f"  without DNS:    curl -H 'Host: {address.hostname}' {address.scheme}://127.0.0.1{port}/")
    if store["notice"]:
        print(f"  note:           {store['notice']}")


def follow(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    """Print a line whenever the operation goes on; returns it ended."""
    until = time.monotonic() + WAIT_SECONDS
    told = ""
    while True:
        line = progress_line(operation)
        if line != told:
            print(f"  {line}", flush=True)
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


def problem(refused: urllib.error.HTTPError) -> UserError:
    """What an `application/problem+json` says."""
    try:
        document = json.load(refused)
    except ValueError:
        document = {}
    said = document.get("detail") or document.get("title") or f"HTTP status {refused.code}"
    return UserError(f"the dashboard refused: {said}", document.get("cure") or "look at the dashboard's page")


def main() -> int:
    """The exit code is `run_command`'s."""
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--engine", default="", help="default: the first in stores/engines.py")
    parser.add_argument("--name", default="", help=f"default: {NAME}, with the engine behind it if one is named")
    given = parser.parse_args()
    return run_command(lambda: demo(given.name, given.engine))


if __name__ == "__main__":
    sys.exit(main())

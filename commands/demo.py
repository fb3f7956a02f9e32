"""`python3 -m commands.demo [--engine E] [--name N]`: a first store, made through the dashboard's REST API."""

import argparse
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from cluster.config import external_kubeconfig
from commands import dashboard
from commands.api import ask, ended_well, follow
from toolbox.errors import UserError, run_command

NAME = "nike-shoes"
TITLE = "Nike Shoes"
ANSWER_SECONDS = 120


def demo(name: str, engine: str) -> None:
    """Deploy the store unless it is there, follow its operation until the shop answers, print where to look.

    Without a `name` each engine that is asked for by name gets a store of its own, beside that of the default engine.
    """
    name = name or (f"{NAME}-{engine}" if engine else NAME)
    dashboard.start()
    begin = time.monotonic()
    wish = {"name": name, "title": TITLE, **({"engine": engine} if engine else {})}
    ended_well(follow(ask("POST", "/api/stores", wish), tell))
    store = ask("GET", f"/api/stores/{name}")
    if not external_kubeconfig():
        wait_until_it_answers(store["url"], tell)
    show(store, time.monotonic() - begin)


def tell(line: str) -> None:
    """One line of progress."""
    print(f"  {line}", flush=True)


def wait_until_it_answers(url: str, tell: Callable[[str], None]) -> None:
    """Return when the shop's page answers through the embedded cluster's ingress controller.

    A store that is there already may still be starting: its pods begin with the cluster. Raises `UserError` for
    one that does not answer.
    """
    address = urllib.parse.urlsplit(url)
    request = urllib.request.Request(
        f"http://127.0.0.1:{address.port or 80}/", headers={"Host": address.hostname or ""}
    )
    for turn in range(ANSWER_SECONDS):
        with suppress(OSError), urllib.request.urlopen(request, timeout=10):
            return
        if not turn:
            tell("its pods are starting")
        time.sleep(1)
    raise UserError(f"the shop does not answer on {url}", f"its page says why: {dashboard.url()}")


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


def main() -> int:
    """The exit code is `run_command`'s."""
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--engine", default="", help="default: the first in stores/engines.py")
    parser.add_argument("--name", default="", help=f"default: {NAME}, with the engine behind it if one is named")
    given = parser.parse_args()
    return run_command(lambda: demo(given.name, given.engine))


if __name__ == "__main__":
    sys.exit(main())

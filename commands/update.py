"""`python3 -m commands.update [NAME …]`: bring stores up to date through the dashboard, one after the other.

Stops at the first that fails, so that a bad chart reaches one shop and not all of them.
"""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from commands.api import ask, ended_well, follow
from toolbox.clock import elapsed
from toolbox.errors import UserError, run_command

PAGE = 200


def update(names: Sequence[str]) -> None:
    """Update the stores `names`, or all that are ready and were made in the dashboard. Raises `UserError`."""
    stores = choose(all_stores(), names)
    begin = time.monotonic()
    for number, store in enumerate(stores, start=1):
        name = store["name"]
        try:
            ended_well(follow(ask("POST", f"/api/stores/{name}/update"), lambda _: None))
        except UserError as failed:
            left = f"; {len(stores) - number} more were left as they are" if number < len(stores) else ""
            raise UserError(failed.cause, f"{failed.cure}{left}; then run the same command again") from None
        print(f"[{number}/{len(stores)} {elapsed(begin)}] {name} is up to date", flush=True)
    if not stores:
        print("no store of the dashboard is ready")


def all_stores() -> list[Mapping[str, Any]]:
    """Every store that the dashboard knows, by name."""
    found: list[Mapping[str, Any]] = []
    while True:
        page = ask("GET", f"/api/stores?sort=name&limit={PAGE}&offset={len(found)}")
        found += page["items"]
        if not page["items"] or len(found) >= page["total"]:
            return found


def choose(stores: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[Mapping[str, Any]]:
    """Those of `stores` to update; raises `UserError` for a name that is none, before anything is changed."""
    if unknown := sorted(set(names) - {store["name"] for store in stores}):
        raise UserError(f"there is no store {unknown[0]!r}", "'make stores' lists what there is")
    if names:
        return [store for store in stores if store["name"] in names]
    return [store for store in stores if store["status"] == "ready" and store["made_by"] != "terminal"]


def main() -> int:
    """The exit code is `run_command`'s."""
    parser = argparse.ArgumentParser(prog="make update-stores")
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all that are ready")
    names = parser.parse_args().names
    return run_command(lambda: update(names))


if __name__ == "__main__":
    sys.exit(main())

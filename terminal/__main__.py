"""`python -m terminal create|destroy NAME`, `python -m terminal list`: one store, start to end.

Exit codes: 0 done; 1 refused or failed, with cause and cure; 130 interrupted, to be gone on with.
"""

import argparse
import os
import sys

from commands.pulumi import ensure_state, environment
from terminal.request import OPTIONS, split_settings
from terminal.store import Terminal
from toolbox.errors import run_command


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="make store", description=__doc__)
    verbs = made.add_subparsers(dest="verb", required=True)
    making = verbs.add_parser("create", help="create a store, or bring it up to date")
    for option in OPTIONS:
        making.add_argument(f"--{option.replace('_', '-')}", default="", help="default: as it is, or the program's own")
    making.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the engine")
    making.add_argument("name")
    verbs.add_parser("destroy", help="take a store away").add_argument("name")
    verbs.add_parser("list", help="list the stores")
    return made


def carry_out(given: argparse.Namespace) -> None:
    """Do what is asked. Raises `UserError`."""
    ensure_state()
    terminal = Terminal.open(print)
    if given.verb == "create":
        options = {option: getattr(given, option) for option in OPTIONS}
        terminal.create(given.name, options, split_settings(given.set))
    elif given.verb == "destroy":
        terminal.destroy(given.name)
    else:
        terminal.show()


def main() -> int:
    """Parse, carry out, tell; the exit code."""
    given = parser().parse_args()
    os.environ.update(environment())
    return run_command(lambda: carry_out(given))


if __name__ == "__main__":
    sys.exit(main())

"""`python3 -m commands.platform [--public-port N] [--dashboard none|cluster]`: bring the platform `local` up."""

import argparse
import sys

from commands.connect import connected, stores_in
from commands.pulumi import ensure_state, environment, pulumi, stacks
from toolbox.errors import UserError, run_command
from toolbox.paths import ROOT, VAR
from toolbox.process import run

STACK = "local"
SOURCE = ROOT / f"Pulumi.{STACK}.yaml"
COPY = VAR / "stacks" / f"Pulumi.platform-{STACK}.yaml"


def up(public_port: int, dashboard: str = "") -> None:
    """Create or update the platform; `dashboard` says where it runs, "" leaves that as it is.

    Pulumi writes an encryption salt into the stack's file. The committed one stays as it is:
    the salt lives in a copy under `var`, which is made anew from the committed file every time.
    """
    ensure_state()
    committed = SOURCE.read_text()
    if STACK not in stacks(ROOT):
        try:
            pulumi(["stack", "init", STACK], ROOT)
            salt = salt_of(SOURCE.read_text())
        finally:
            SOURCE.write_text(committed)
    else:
        salt = salt_of(COPY.read_text()) if COPY.exists() else ""
    # The generated folder may lie elsewhere than in the checkout.
    committed = committed.replace("imagesFile: var/", f"imagesFile: {VAR}/")
    before = place_of(COPY.read_text() if COPY.exists() else "")
    place = dashboard or before
    if (before, place) == ("cluster", "none"):
        refuse_while_it_holds_stores()
    own = f'  storefleet:publicPort: "{public_port}"\n  storefleet:dashboard: {place}\n'
    COPY.write_text(committed + own + salt)
    pulumi(["up", "--stack", STACK, "--config-file", str(COPY), "--yes", "--skip-preview"], ROOT)


def refuse_while_it_holds_stores() -> None:
    """Raise `UserError` while the dashboard in the cluster has stores: their state and what opens it go with it."""
    if not any_store_lets_it_in():
        return  # also where it never came up and could not be asked
    with connected() as values:
        names = stores_in(values)
    if names:
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        raise UserError(
            f"the dashboard in the cluster holds the state of {shown}",
            "delete these stores there first, or move them: docs/operate.md",
        )


def any_store_lets_it_in() -> bool:
    """Whether there is a store that its worker may have made: each begins with a binding of this name."""
    query = ["kubectl", "get", "rolebindings", "-A", "--field-selector=metadata.name=storefleet-worker", "-o", "name"]
    return bool(run(query, env=environment()).strip())


def place_of(text: str) -> str:
    """Where the dashboard runs according to a stack file; `none` where it does not say."""
    said = [line.partition("storefleet:dashboard:")[2].strip() for line in text.splitlines()]
    return next((place for place in said if place), "none")


def salt_of(text: str) -> str:
    """The line that holds the encryption salt, or ""."""
    return "".join(line + "\n" for line in text.splitlines() if line.startswith("encryptionsalt:"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make platform", description=up.__doc__)
    parser.add_argument("--public-port", type=int, default=80, help="port in the stores' URLs")
    parser.add_argument("--dashboard", choices=["none", "cluster"], default="", help="default: as before, first none")
    given = parser.parse_args()
    sys.exit(run_command(lambda: up(given.public_port, given.dashboard)))

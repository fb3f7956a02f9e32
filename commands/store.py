"""`python3 -m commands.store create|destroy NAME`: one store through the CLI, start to end."""

import argparse
import json
import sys
import time
import urllib.parse
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from commands import stacks
from commands.pulumi import STORES, ensure_state, environment, pulumi
from toolbox.errors import UserError, run_command
from toolbox.paths import VAR
from toolbox.process import run

OPTIONS = {
    "engine": "engine", "plan": "plan", "title": "title", "admin_email": "adminEmail",
    "timeout_seconds": "timeoutSeconds",
}  # fmt: skip
EVENTS = 4


def create(name: str, options: Mapping[str, str], settings: Sequence[str] = ()) -> None:
    """Create the store, or bring an existing one up to date; print where it answers.

    `settings` are KEY=VALUE; KEY= takes one back to its default. The program checks them; they stay for later runs.

    A new store whose creation fails is taken away again completely; an existing one stays, with its configuration.
    """
    refuse_illegal(name)
    chosen = {**named_options(options), **split_settings(settings)}
    ensure_state()
    is_new = name not in stacks.names(STORES)
    file = VAR / "stacks" / f"Pulumi.{name}.yaml"
    before = file.read_text() if file.exists() else ""
    begin, since = time.monotonic(), datetime.now(UTC)
    try:
        if is_new:
            stacks.create(STORES, name)
        wished = [f"--config={key}={value}" for key, value in chosen.items() if value]
        for key in (key for key, value in chosen.items() if not value):
            pulumi(["config", "rm", "--stack", name, key], STORES)
        pulumi(["up", "--stack", name, "--yes", "--skip-preview", *wished], STORES)
    except UserError as failed:
        reason = worst_events(name, since)
        if is_new and name in stacks.names(STORES):
            _remove(name, refresh=True)
        elif before:
            file.write_text(before)
        raise UserError(failed.cause, failed.cure, reason or failed.detail) from None
    outputs = stacks.outputs(STORES, name)
    print(f"{name} is ready after {time.monotonic() - begin:.1f} s: {outputs['url']}")
    report(outputs)


def named_options(options: Mapping[str, str]) -> dict[str, str]:
    """The options that were given, by the program's names for them."""
    return {key: options[option] for option, key in OPTIONS.items() if options.get(option)}


def split_settings(settings: Sequence[str]) -> dict[str, str]:
    """KEY=VALUE texts as a mapping; raises `UserError` for anything else."""
    pairs = [text.partition("=") for text in settings]
    if wrong := [key for key, equals, _ in pairs if not (equals and key.isalnum())]:
        raise UserError(
            f"{wrong[0]!r} is not KEY=VALUE", "for instance --set currency=USD; docs/woocommerce.md lists them"
        )
    return {key: value for key, _, value in pairs}


def report(outputs: Mapping[str, str]) -> None:
    """Print how to look at the store and how to see its password."""
    url = urllib.parse.urlsplit(outputs["url"])
    port = f":{url.port}" if url.port else ""
    print(f"  without DNS:    curl -H 'Host: {url.hostname}' {url.scheme}://127.0.0.1{port}/")
    secret = f"kubectl -n {outputs['namespace']} get secret {outputs['adminSecretName']}"
    print(f"  admin login:    {outputs['adminLogin']}")
    print(f"  admin password: . var/env.sh && {secret} -o jsonpath='{{.data.{outputs['adminSecretKey']}}}' | base64 -d")
    if outputs["notice"]:
        print(f"  note:           {outputs['notice']}")


def destroy(name: str) -> None:
    """Take the store away with everything it had; raises `UserError` if there is none."""
    refuse_illegal(name)
    ensure_state()
    if name not in stacks.names(STORES):
        raise UserError(f"there is no store {name!r}", "'make stores' lists what there is")
    try:
        _remove(name)
    except UserError:
        _remove(name, refresh=True)  # something may have been taken away by hand: look, then again
    print(f"{name} is gone")


def show() -> None:
    """Print the names of all stores."""
    ensure_state()
    print("\n".join(stacks.names(STORES)) or "no stores yet; make one with 'make store NAME=…'")


def refuse_illegal(name: str) -> None:
    """Ask the program's own rule for names, before a stack of that name exists."""
    code = "import sys; from names import name_problem; print(name_problem(sys.argv[1]))"
    problem = run(["python3", "-c", code, name], cwd=STORES, env=environment()).strip()
    if problem:
        cause, _, cure = problem.partition("; ") if "; " in problem else problem.partition(": ")
        raise UserError(cause, cure)


def worst_events(name: str, since: datetime) -> str:
    """The newest Warning events of the store's namespace from `since` on, which say why it did not start."""
    query = ["kubectl", "-n", f"store-{name}", "get", "events", "--field-selector=type=Warning",
             "--sort-by=.lastTimestamp", "-o", "json"]  # fmt: skip
    try:
        events = json.loads(run(query, env=environment(), check=False))["items"]
    except ValueError:
        return ""  # what keeps kubectl from answering has been told already
    begin = f"{since:%Y-%m-%dT%H:%M:%SZ}"
    lines = [f"{e['reason']} {e['involvedObject']['name']}: {e['message']}" for e in events if _time_of(e) >= begin]
    return "\n".join(list(dict.fromkeys(lines))[-EVENTS:])


def _time_of(event: Mapping[str, Any]) -> str:
    """When an event was last seen, in RFC 3339 to the second."""
    return f"{(event.get('lastTimestamp') or event.get('eventTime') or '')[:19]}Z"


def _remove(name: str, refresh: bool = False) -> None:
    """Destroy what the stack holds, then the stack."""
    look = ["--refresh"] if refresh else []
    pulumi(["destroy", "--stack", name, "--yes", "--skip-preview", *look], STORES)
    stacks.remove(STORES, name)


def main() -> int:
    """Parse the command line and run it; the exit code is `run_command`'s."""
    parser = argparse.ArgumentParser(prog="make store")
    verbs = parser.add_subparsers(dest="verb", required=True)
    making = verbs.add_parser("create", help="create a store, or bring it up to date")
    for option in OPTIONS:
        making.add_argument(f"--{option.replace('_', '-')}", default="")
    making.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the engine")
    making.add_argument("name")
    verbs.add_parser("destroy", help="take a store away").add_argument("name")
    verbs.add_parser("list", help="list the stores")
    given = vars(parser.parse_args())
    verb, name, settings = given.pop("verb"), given.pop("name", ""), given.pop("set", [])
    actions = {"create": lambda: create(name, given, settings), "destroy": lambda: destroy(name), "list": show}
    return run_command(actions[verb])


if __name__ == "__main__":
    sys.exit(main())

"""`python3 -m commands.connect`: reach the Pulumi state of a dashboard that runs in the cluster.

While it runs, `. var/connect.sh` in another terminal makes `pulumi`, `make store` and `make stores` work on
the same stacks as the dashboard's worker. The way leads through `kubectl port-forward`: nothing of the
database is open to the network, and who may not forward ports and read the Secret does not get in.
"""

import base64
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from commands.pulumi import STORES, environment
from toolbox.errors import UserError, run_command
from toolbox.paths import VAR
from toolbox.process import run

NAMESPACE, SECRET, DATABASE = "storefleet", "dashboard-secrets", "statefulset/dashboard-database"
SCRIPT = VAR / "connect.sh"
_FORWARDING = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+)")


def read_secret() -> Mapping[str, str]:
    """The installation's generated values; raises `UserError` when there is no dashboard in the cluster."""
    query = ["kubectl", "-n", NAMESPACE, "get", "secret", SECRET, "-o", "json", "--ignore-not-found"]
    found = run(query, env=environment())
    if not found.strip():
        raise UserError(
            "no dashboard runs in this cluster",
            "bring one up with 'make platform DASHBOARD=cluster', or check KUBECONFIG",
        )
    return {key: base64.b64decode(value).decode() for key, value in json.loads(found)["data"].items()}


def variables(secret: Mapping[str, str], port: int) -> dict[str, str]:
    """What makes Pulumi use the dashboard's backend through the local `port`."""
    return {
        "PULUMI_BACKEND_URL": f"postgres://state:{secret['state-password']}@127.0.0.1:{port}/state?sslmode=disable",
        "PULUMI_CONFIG_PASSPHRASE": secret["passphrase"],
        "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
        # The platform's own state is not there: its program refuses to run.
        "STOREFLEET_CONNECTED": "true",
    }


@contextmanager
def connected() -> Iterator[dict[str, str]]:
    """The variables, while the way to the database is open."""
    secret = read_secret()
    argv = ["kubectl", "-n", NAMESPACE, "port-forward", "--address=127.0.0.1", DATABASE, ":5432"]
    process = subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment()}
    )
    try:
        assert process.stdout
        said = process.stdout.readline()
        forwarding = _FORWARDING.search(said)
        if not forwarding:
            raise UserError(
                f"the database cannot be reached: {said.strip()}", "look at 'kubectl -n storefleet get pods'"
            )
        yield variables(secret, int(forwarding[1]))
    finally:
        process.terminate()
        process.communicate()  # its pipe is closed with it


def stores_in(values: Mapping[str, str]) -> list[str]:
    """Names of the stores whose state is where `values` lead."""
    listed = run(["pulumi", "--non-interactive", "stack", "ls", "--json"], cwd=STORES, env={**environment(), **values})
    return sorted(stack["name"].rpartition("/")[2] for stack in json.loads(listed))


def write_script(values: Mapping[str, str], path: Path = SCRIPT) -> None:
    """A file for the shell, readable by its owner only: it holds secrets."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    lines = [f"export {key}='{value}'\n" for key, value in values.items()]
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.writelines(["unset PULUMI_CONFIG_PASSPHRASE_FILE\n", *lines])


def main() -> None:
    """Keep the way open until Ctrl-C."""
    with connected() as values:
        write_script(values)
        print(f"in another terminal: . var/env.sh && . {os.path.relpath(SCRIPT)}   (Ctrl-C here ends it)", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print()
        finally:
            SCRIPT.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(run_command(main))

"""Create, unchanged update and destroy of a store: `make store` and its like against plain Helm, alternating.

`python3 -m benchmarks.stores [ROUNDS]` prints medians in seconds and their ratios. Both sides use the same chart,
images, cluster and values: those that the store program handed to Helm for a store of its own, made and taken away
before the first round. Helm's side also makes the namespace, the Secret that the chart needs and the same network
policies: without them a pod that starts before its database reaches out of the cluster instead of being refused
(kube-router accepts what kube-proxy would reject for a Service without endpoints) and waits ten seconds, or sixty.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.side_by_side import Steps, compare
from commands.pulumi import ensure_state, environment
from toolbox.errors import run_command
from toolbox.paths import ROOT
from toolbox.process import run

NAME, RELEASE = "bench", "woocommerce"
VALUES, POLICIES = "values.json", "policies.json"
KEYS = ("admin-password", "database-root-password", "database-password", "application-secret")


def shell(*argv: str) -> str:
    """What a command prints in the environment of the stores, whose `python` has the libraries."""
    return run(argv, cwd=ROOT, env=environment())


def write_sample(folder: Path) -> None:
    """Make a store, write its release's values and its network policies into `folder`, take it away; also warms up."""
    create()
    values = shell("helm", "-n", f"store-{NAME}", "get", "values", RELEASE, "-o", "json")
    (folder / VALUES).write_text(json.dumps(json.loads(values)))
    found = json.loads(shell("kubectl", "-n", f"store-{NAME}", "get", "networkpolicies", "-o", "json"))
    for policy in found["items"]:
        policy["metadata"] = {"name": policy["metadata"]["name"]}
    (folder / POLICIES).write_text(json.dumps(found))
    destroy()


def create() -> None:
    """A store by the store program, as `make store` makes it."""
    shell("python", "-m", "terminal", "create", NAME)


def destroy() -> None:
    """Take it away as `make destroy-store` does."""
    shell("python", "-m", "terminal", "destroy", NAME)


def settle() -> None:
    """Return when no volume is left of what was destroyed before: Helm's side does not wait for that itself."""
    left = ("kubectl", "get", "persistentvolumes", "-o", "jsonpath={.items[*].spec.claimRef.namespace}")
    while any(namespace.endswith(f"-{NAME}") for namespace in shell(*left).split()):
        time.sleep(0.5)


def helm_side(sample: Path) -> Steps:
    """The steps with plain Helm and kubectl, of what `write_sample` wrote."""
    namespace = f"plain-{NAME}"
    values = str(sample / VALUES)
    install = ("helm", "upgrade", "--install", RELEASE, f"charts/{RELEASE}", "-n", namespace, "-f", values)
    waiting = ("--atomic", "--wait", "--wait-for-jobs", "--timeout", "300s")

    def helm_create() -> None:
        shell("kubectl", "create", "namespace", namespace)
        literals = [f"--from-literal={key}=bench-{key}" for key in KEYS]
        shell("kubectl", "-n", namespace, "create", "secret", "generic", "store-secrets", *literals)
        shell("kubectl", "-n", namespace, "apply", "-f", str(sample / POLICIES))
        shell(*install, *waiting)

    def helm_destroy() -> None:
        shell("helm", "-n", namespace, "uninstall", RELEASE, "--wait")
        shell("kubectl", "delete", "namespace", namespace)

    return {"create": helm_create, "unchanged": lambda: shell(*install, *waiting), "destroy": helm_destroy}


def main(rounds: int) -> None:
    """Compare the two sides."""
    ensure_state()
    with tempfile.TemporaryDirectory() as folder:
        write_sample(Path(folder))
        ours = {"create": create, "unchanged": create, "destroy": destroy}
        compare("helm", helm_side(Path(folder)), ours, rounds, settle)


if __name__ == "__main__":
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    sys.exit(run_command(lambda: main(rounds)))

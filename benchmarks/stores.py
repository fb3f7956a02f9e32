"""Create, unchanged update and destroy of a store: `pulumi` against plain Helm, alternating.

`python3 -m benchmarks.stores [RUNS]` prints medians in seconds and their ratios. Both sides use the
same chart, values, images and cluster; Helm's side also makes the namespace and the Secret that the chart needs.
"""

import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from commands.pulumi import STORES, ensure_state, environment, pulumi
from toolbox.errors import run_command
from toolbox.paths import ROOT, VAR
from toolbox.process import run

NAME = "bench"
KEYS = ("admin-password", "database-root-password", "database-password", "application-secret")


def shell(*argv: str) -> None:
    """Run a command in the environment of the stores."""
    run(argv, cwd=ROOT, env=environment())


def helm_values() -> dict[str, object]:
    """What the store program would hand to the chart."""
    index = json.loads((VAR / "images.json").read_text())
    host = f"{NAME}.127.0.0.1.nip.io"
    store = {"name": NAME, "title": "Bench", "host": host, "url": f"http://{host}"}
    return {
        "store": {**store, "adminUser": "admin", "adminEmail": f"admin@{host}"},
        "images": {name: index[name]["ref"] for name in ("wordpress", "mariadb")},
    }


def helm_side(values: Path) -> dict[str, float]:
    """Seconds of each step with plain Helm and kubectl."""
    namespace = f"plain-{NAME}"
    install = ("helm", "upgrade", "--install", "woocommerce", "charts/woocommerce", "-n", namespace, "-f", str(values))
    waiting = ("--atomic", "--wait", "--wait-for-jobs", "--timeout", "300s")

    def create() -> None:
        shell("kubectl", "create", "namespace", namespace)
        literals = [f"--from-literal={key}=bench-{key}" for key in KEYS]
        shell("kubectl", "-n", namespace, "create", "secret", "generic", "store-secrets", *literals)
        shell(*install, *waiting)

    def destroy() -> None:
        shell("helm", "-n", namespace, "uninstall", "woocommerce", "--wait")
        shell("kubectl", "delete", "namespace", namespace)

    return timed(create=create, unchanged=lambda: shell(*install, *waiting), destroy=destroy)


def pulumi_side() -> dict[str, float]:
    """Seconds of each step with the store program."""
    up = ["up", "--stack", NAME, "--yes", "--skip-preview"]

    def destroy() -> None:
        pulumi(["destroy", "--stack", NAME, "--yes", "--skip-preview"], STORES)
        pulumi(["stack", "rm", NAME, "--yes", "--remove-backups"], STORES)

    def create() -> None:
        pulumi(["stack", "init", NAME], STORES)
        pulumi(up, STORES)

    return timed(create=create, unchanged=lambda: pulumi(up, STORES), destroy=destroy)


def timed(**steps: object) -> dict[str, float]:
    """Seconds that each step takes, in order."""
    took = {}
    for name, step in steps.items():
        begin = time.monotonic()
        assert callable(step)
        step()
        took[name] = time.monotonic() - begin
    return took


def main(runs: int) -> None:
    """Alternate the two sides and print the medians."""
    ensure_state()
    seen: dict[tuple[str, str], list[float]] = defaultdict(list)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(helm_values(), file)
        file.flush()
        for _ in range(runs):
            for side, took in (("helm", helm_side(Path(file.name))), ("pulumi", pulumi_side())):
                for step, seconds in took.items():
                    seen[(side, step)].append(seconds)
    print(f"{'step':10} {'helm s':>8} {'pulumi s':>9} {'ratio':>6}   (medians of {runs})")
    for step in ("create", "unchanged", "destroy"):
        helm, ours = (statistics.median(seen[(side, step)]) for side in ("helm", "pulumi"))
        print(f"{step:10} {helm:8.2f} {ours:9.2f} {ours / helm:6.2f}")


if __name__ == "__main__":
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    sys.exit(run_command(lambda: main(runs)))

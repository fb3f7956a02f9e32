"""Create, unchanged update and delete through the dashboard against plain Helm, alternating.

`python3 -m benchmarks.dashboard [ROUNDS]` starts a dashboard of its own on a free port and prints medians in seconds
and their ratios; chart, images and values are the same on both sides (see `benchmarks.stores`). Our side is what a
client sees: POST until the operation has succeeded, DELETE until nothing is left. Helm's side also makes the namespace,
the Secret that the chart needs and the network policies. An unchanged update cannot be asked for over HTTP, so there it
is the child process of one operation, start to end.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.side_by_side import Steps, compare
from benchmarks.stores import NAME, helm_side, settle, write_sample
from commands.pulumi import ensure_state, environment
from toolbox.errors import UserError, run_command
from toolbox.paths import ROOT, VENV

PYTHON = str(VENV / "bin" / "python")
REQUEST = {"name": NAME, "engine": "woocommerce", "plan": "small", "title": "Bench", "admin_email": "bench@example.org"}
POLL_SECONDS = 0.05
START_SECONDS = 60.0


@contextmanager
def dashboard(folder: Path) -> Iterator[str]:
    """A dashboard with an empty queue; its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {
        "STOREFLEET_DASHBOARD_PORT": str(port), "PYTHONPATH": str(ROOT),
        "STOREFLEET_DASHBOARD_DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
    }  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [PYTHON, "-m", "dashboard"], cwd=ROOT, env={**os.environ, **environment(), **own}, stdout=log, stderr=log
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url, process, folder / "log")
            yield url
        finally:
            process.terminate()
            process.wait()


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if call("GET", f"{url}/readyz")["status"] == "ready":
                return
        except (urllib.error.URLError, OSError, KeyError):
            time.sleep(0.2)
    raise UserError("the dashboard did not start", "read the lines above", log.read_text(errors="replace")[-1000:])


def call(method: str, url: str, document: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The JSON that the dashboard answers."""
    body = json.dumps(document).encode() if document else None
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def our_side(url: str) -> Steps:
    """The steps through the dashboard."""

    def operate(method: str, path: str, document: Mapping[str, Any] | None = None) -> None:
        operation = call(method, url + path, document)["id"]
        while (found := call("GET", f"{url}/api/operations/{operation}"))["state"] in ("queued", "running"):
            time.sleep(POLL_SECONDS)
        if found["state"] != "succeeded":
            raise UserError(f"the {found['kind']} ended as {found['state']}: {found['message']}", found["cure"])

    return {
        "create": lambda: operate("POST", "/api/stores", REQUEST),
        "unchanged": unchanged,
        "destroy": lambda: operate("DELETE", f"/api/stores/{NAME}"),
    }


def unchanged() -> None:
    """The child of one operation that finds nothing to do."""
    operation = {
        "id": "0" * 24, "store": NAME, "kind": "create", "state": "running", "attempt": 1,
        "created_at": datetime.now(UTC).isoformat(), "request": {**REQUEST, "settings": {}},
    }  # fmt: skip
    with subprocess.Popen(
        [PYTHON, "-m", "dashboard", "child"], cwd=ROOT, env={**os.environ, **environment(), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    ) as child:  # fmt: skip
        assert child.stdin and child.stdout
        child.stdin.write(json.dumps({"operation": operation, "recover": False}) + "\n")
        child.stdin.flush()  # and stays open: its end would be the worker's
        said = child.stdout.read().splitlines()
    if not said or "outputs" not in json.loads(said[-1]):
        raise UserError("the unchanged update failed", "see what it said", "\n".join(said[-3:]))


def main(rounds: int) -> None:
    """Compare the two sides."""
    ensure_state()
    folder = Path(tempfile.mkdtemp(prefix="storefleet-bench-"))
    try:
        write_sample(folder)
        with dashboard(folder) as url:
            compare("helm", helm_side(folder), our_side(url), rounds, settle)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    sys.exit(run_command(lambda: main(rounds)))

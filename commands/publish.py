"""`python3 -m commands.publish FILE STACK`: put the platform's outputs where the stores' stacks look for them.

A store reads the platform by StackReference, which knows one backend only. Where the stores' state is in
PostgreSQL, this writes a stack there that has the platform's outputs and no resources: the platform itself
stays in its operator's backend.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from commands.pulumi import ensure_state, pulumi, stacks
from toolbox.errors import UserError, run_command

PROJECT = "storefleet"
VERSION = 3
"""Of Pulumi's format of deployments."""


def deployment(stack: str, outputs: dict[str, Any]) -> dict[str, Any]:
    """A deployment of Pulumi's with `outputs` and nothing that could be changed or destroyed."""
    kind = "pulumi:pulumi:Stack"
    root = {
        "urn": f"urn:pulumi:{stack}::{PROJECT}::{kind}::{PROJECT}-{stack}",
        "custom": False,
        "type": kind,
        "outputs": outputs,
    }
    return {"version": VERSION, "deployment": {"manifest": {"time": "0001-01-01T00:00:00Z"}, "resources": [root]}}


def publish(file: Path, stack: str) -> None:
    """Make or replace the stack that holds the outputs in `file`, a JSON object. Raises `UserError`."""
    try:
        outputs = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise UserError(f"{file} does not hold the platform's outputs ({error})", "bring the platform up") from None
    ensure_state()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
        (folder / "deployment.json").write_text(json.dumps(deployment(stack, outputs)))
        if stack not in stacks(folder):
            pulumi(["stack", "init", stack], folder)
        pulumi(["stack", "import", "--stack", stack, "--file", "deployment.json"], folder)
    print(f"published the platform {stack}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python3 -m commands.publish", description=publish.__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("stack")
    given = parser.parse_args()
    sys.exit(run_command(lambda: publish(given.file, given.stack)))

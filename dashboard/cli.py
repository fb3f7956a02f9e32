"""The `pulumi` on PATH, for the commands that need no engine."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from dashboard.failures import explain
from dashboard.model import Failure
from dashboard.provisioner import Failed

SECONDS = 120


def pulumi(arguments: Sequence[str], folder: Path) -> str:
    """Standard output of one command, run without questions in a program's folder. Raises `Failed`."""
    argv = ["pulumi", *arguments, "--non-interactive", "--color=never"]
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS)
    except FileNotFoundError:
        missing = Failure("NoPulumi", "the program 'pulumi' is not on PATH", "run 'make up', or source var/env.sh")
        raise Failed(missing) from None
    except subprocess.TimeoutExpired:
        slow = Failure("Timeout", f"'pulumi {arguments[0]}' did not end within {SECONDS} s", "retry", retryable=True)
        raise Failed(slow) from None
    if done.returncode:
        raise Failed(explain([done.stderr]))
    return done.stdout

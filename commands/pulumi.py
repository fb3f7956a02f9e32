"""Calls of the Pulumi CLI with one environment, and its known failures in plain words."""

import base64
import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from toolbox.errors import UserError
from toolbox.paths import BIN, ROOT, VAR, VENV
from toolbox.process import CommandFailed, run

PASSPHRASE = VAR / "passphrase"
KUBECONFIG = VAR / "cluster" / "admin.kubeconfig"
STORES = ROOT / "stores"
LIST_ATTEMPTS = 5

KNOWN_FAILURES = (
    ("incorrect passphrase", "the passphrase does not open this stack's secrets",
     "set PULUMI_CONFIG_PASSPHRASE_FILE to the file that was used when the stack was made"),
    ("currently locked by", "another operation is running on this stack, or one was killed",
     "wait for it; if none runs, call 'pulumi cancel' on the stack and try again"),
    ("unknown stack \"organization/storefleet", "the platform stack does not exist",
     "run 'make platform' first"),
    ("cluster is unreachable", "the cluster does not answer", "run 'make up', or check KUBECONFIG"),
)  # fmt: skip


def environment() -> dict[str, str]:
    """Variables for every call; what the user has set himself wins, except PATH's order."""
    own = {
        "PULUMI_HOME": str(VAR / "pulumi"),
        "PULUMI_BACKEND_URL": f"file://{VAR / 'state'}",
        "KUBECONFIG": str(KUBECONFIG),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true" if (BIN / "pulumi").exists() else "false",
    }
    chosen = {key: os.environ.get(key) or value for key, value in own.items()}
    if not {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & os.environ.keys():
        chosen["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(PASSPHRASE)
    return {**chosen, "PATH": f"{BIN}:{VENV / 'bin'}:{os.environ['PATH']}"}


def ensure_state() -> None:
    """Make the local state folder and the passphrase, readable by the owner only, once."""
    for folder in (VAR / "state", VAR / "stacks", VAR / "pulumi"):
        folder.mkdir(parents=True, exist_ok=True)
    if not PASSPHRASE.exists():
        handle = os.open(PASSPHRASE, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(32)) + b"\n")


def pulumi(arguments: Sequence[str], cwd: Path, check: bool = True) -> str:
    """Run `pulumi` without questions; raises `UserError` in plain words for known failures."""
    argv = ["pulumi", "--non-interactive", "--color=never", *arguments]
    try:
        return run(argv, cwd=cwd, env=environment(), check=check)
    except CommandFailed as failed:
        raise explained(failed) from None


def explained(failed: CommandFailed) -> UserError:
    """The failure in plain words if it is a known one, else Pulumi's own error lines."""
    for mark, cause, cure in KNOWN_FAILURES:
        if mark in failed.output:
            return UserError(cause, cure)
    lines = [line.strip() for line in failed.output.splitlines() if "error:" in line.lower()]
    said = lines[0].partition("error:")[2].strip() if lines else failed.cause
    return UserError(said or failed.cause, "mend what it names and run the same command again", "\n".join(lines[1:4]))


def stacks(cwd: Path) -> list[str]:
    """Names of the stacks of the project in `cwd`.

    Pulumi writes the attributes of a state file in place, so whoever lists the stacks in that moment, while another
    command works on one, reads an empty file and says EOF: then the question is asked again.
    """
    for left in reversed(range(LIST_ATTEMPTS)):
        try:
            listed = pulumi(["stack", "ls"], cwd).splitlines()[1:]
            break
        except UserError as failed:
            if not left or failed.cause != "EOF":
                raise
            time.sleep(0.2)
    return [line.split()[0].rstrip("*") for line in listed if line.strip()]

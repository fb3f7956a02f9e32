"""Calls of the Pulumi CLI with one environment, and its known failures in plain words."""

import base64
import json
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from dashboard.backend import FileBackend
from toolbox.errors import UserError
from toolbox.paths import BIN, ROOT, VAR, VENV
from toolbox.process import CommandFailed, run

PASSPHRASE = VAR / "passphrase"
KUBECONFIG = VAR / "cluster" / "admin.kubeconfig"
STORES = ROOT / "stores"

KNOWN_FAILURES = (
    ("incorrect passphrase", "the passphrase does not open this stack's secrets",
     "set PULUMI_CONFIG_PASSPHRASE_FILE to the file that was used when the stack was made"),
    ("currently locked by", "another operation is running on this stack, or one was killed",
     "wait for it; if none runs, call 'pulumi cancel' on the stack and try again"),
    ("cluster is unreachable", "the cluster does not answer", "run 'make up', or check KUBECONFIG"),
)  # fmt: skip
EMPTY_WORDS = "program exited with non-zero exit code"
"""Of what Pulumi says once more, twice, when a program has said why it refuses."""


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


def pulumi(arguments: Sequence[str], cwd: Path) -> str:
    """Run `pulumi` without questions; raises `UserError` in plain words for known failures."""
    argv = ["pulumi", "--non-interactive", "--color=never", *arguments]
    try:
        return run(argv, cwd=cwd, env=environment())
    except CommandFailed as failed:
        raise explained(failed) from None


def explained(failed: CommandFailed) -> UserError:
    """The failure in plain words if it is a known one, else Pulumi's own error lines."""
    for mark, cause, cure in KNOWN_FAILURES:
        if mark in failed.output:
            return UserError(cause, cure)
    said = dict.fromkeys(line.partition("error:")[2].strip() for line in failed.output.splitlines() if "error:" in line)
    told = [text for text in said if text and EMPTY_WORDS not in text] or [failed.cause]
    return UserError(told[0], "mend what it names and run the same command again", "\n".join(told[1:4]))


def stacks(program: Path) -> list[str]:
    """Names of the program's stacks: by their files where the backend is a folder, else through the CLI."""
    project = re.search(r"^name: *(\S+)", (program / "Pulumi.yaml").read_text(), re.MULTILINE)
    assert project, f"{program}/Pulumi.yaml names no project"
    if folder := FileBackend.at(environment()["PULUMI_BACKEND_URL"], project[1]):
        return sorted(folder.files())
    listed = json.loads(pulumi(["stack", "ls", "--json"], program))
    return sorted(stack["name"].rsplit("/", 1)[-1] for stack in listed)

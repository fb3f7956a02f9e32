"""`python3 -m commands.dashboard start|stop|reset|dev`: the dashboard on this machine."""

import hashlib
import os
import shutil
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from cluster import processes
from commands.pulumi import ensure_state, environment
from toolbox.errors import UserError, run_command
from toolbox.paths import ROOT, VAR, VENV
from toolbox.process import tail

PORT_VARIABLE = "STOREFLEET_DASHBOARD_PORT"
START_SECONDS = 90.0
STOP_SECONDS = 120.0  # running operations get a minute to finish, then their worker hands them over


def port() -> int:
    """The port that the web process listens on."""
    return int(os.environ.get(PORT_VARIABLE) or 8088)


def url() -> str:
    """Where a browser on this machine finds the dashboard."""
    return f"http://127.0.0.1:{port()}"


def daemon() -> processes.Daemon:
    """Web and worker under their supervisor. Its command line names the code, so that changed code is another one."""
    argv = (str(VENV / "bin" / "python"), "-X", f"code={code_digest(ROOT / 'dashboard')}", "-m", "dashboard")
    return processes.Daemon("dashboard", argv, {**environment(), "PYTHONPATH": str(ROOT)})


def code_digest(folder: Path) -> str:
    """Names the content of all files in `folder`, without Python's bytecode."""
    digest = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc"):
        digest.update(f"{file.relative_to(folder)}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def start() -> None:
    """Start the dashboard unless it runs with this code; returns when it answers and its worker is alive."""
    ensure_state()
    ours = daemon()
    if processes.running_pid(ours) and not processes.is_current(ours):
        print("the dashboard runs with other code: it is started anew, its queue waits", flush=True)
        stop()
    if not processes.running_pid(ours):
        _refuse_taken_port()
    processes.start(ours)
    until = time.monotonic() + START_SECONDS
    while not is_ready():
        if not processes.running_pid(ours) or time.monotonic() > until:
            text = ours.log.read_text(errors="replace") if ours.log.exists() else ""
            raise UserError("the dashboard does not answer", f"read {ours.log}, then run 'make dashboard'", tail(text))
        time.sleep(0.25)
    print(f"the dashboard is on {url()}")


def stop() -> None:
    """Stop the dashboard; what runs is finished or handed over, what waits stays in the queue."""
    processes.stop(daemon(), STOP_SECONDS)


def reset() -> None:
    """Stop the dashboard and delete its queue and history."""
    stop()
    shutil.rmtree(VAR / "dashboard", ignore_errors=True)


def dev() -> None:
    """Run the dashboard in the foreground on a fake provisioner; nothing real is made."""
    python = str(VENV / "bin" / "python")
    database = f"sqlite:///{VAR / 'dashboard' / 'dev.db'}"
    own = {"STOREFLEET_DASHBOARD_DATABASE_URL": database, **os.environ, "PYTHONPATH": str(ROOT)}
    print(f"the dashboard is on {url()}; Ctrl-C ends it", flush=True)
    os.execve(python, [python, "-m", "dashboard", "--fake"], own)


def is_ready() -> bool:
    """Whether web and worker both live."""
    try:
        with urllib.request.urlopen(f"{url()}/readyz", timeout=5) as answer:
            return b'"ready"' in answer.read()
    except (urllib.error.URLError, OSError):
        return False


def _refuse_taken_port() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port()))
        except OSError:
            cure = f"stop what uses it, or choose another one: {PORT_VARIABLE}=8090 make dashboard"
            raise UserError(f"port {port()} is in use by another program", cure) from None


COMMANDS = {"start": start, "stop": stop, "reset": reset, "dev": dev}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: python3 -m commands.dashboard {'|'.join(COMMANDS)}")
    sys.exit(run_command(COMMANDS[sys.argv[1]]))

"""Web and worker on one machine: starts both, starts again what ended, stops both."""

import ctypes
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

from pydantic import SecretStr

from dashboard.settings import ROOT, Settings

SUPERVISED = "STOREFLEET_SUPERVISED_BY"
PARTS = ("web", "worker")
LOOK_SECONDS = 0.2
STEADY_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 30.0
STOP_SECONDS = 45.0  # over the time that running operations get
_PR_SET_PDEATHSIG = 1


@dataclass
class Part:
    """One supervised process; `pause` grows while it ends again soon after its start."""

    name: str
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    pause: float = field(default=0.0)


class Supervisor:
    """Keeps both parts running until `stop`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = with_endpoint(settings)
        self._parts = [Part(name) for name in PARTS]
        self._stop = threading.Event()

    def stop(self) -> None:
        """Make `run` end both parts and return."""
        self._stop.set()

    def run(self) -> None:
        """Until `stop`; to be called from the main thread, with which the parts die."""
        while not self._stop.wait(LOOK_SECONDS):
            for part in self._parts:
                self._look_after(part)
        for part in self._parts:
            if part.process:
                part.process.terminate()
        until = time.monotonic() + self._settings.shutdown_seconds + STOP_SECONDS
        for part in self._parts:
            if part.process:
                _end(part.process, until - time.monotonic())

    def _look_after(self, part: Part) -> None:
        if part.process is not None and part.process.poll() is None:
            return
        if part.process is not None:
            ran = time.monotonic() - part.started
            if ran < part.pause:
                return
            if part.pause == 0.0 or ran < STEADY_SECONDS:
                part.pause = min(max(1.0, part.pause * 2), LONGEST_PAUSE_SECONDS)
            else:
                part.pause = 0.0
            print(f"dashboard: {part.name} ended with exit code {part.process.returncode}; starting it again",
                  file=sys.stderr, flush=True)  # fmt: skip
        environment = {**os.environ, **self._settings.environment(), SUPERVISED: str(os.getpid())}
        command = [sys.executable, "-m", "dashboard", part.name]
        part.process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
        part.started = time.monotonic()


def main(settings: Settings) -> None:
    """Run web and worker until SIGTERM or SIGINT."""
    supervisor = Supervisor(settings)
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: supervisor.stop())
    supervisor.run()


def with_endpoint(settings: Settings) -> Settings:
    """The settings with a private endpoint of the worker on loopback, unless they name one."""
    chosen: dict[str, object] = {}
    if not settings.worker_url:
        chosen["worker_url"] = f"http://127.0.0.1:{free_port()}"
    if not settings.worker_token.get_secret_value():
        chosen["worker_token"] = SecretStr(secrets.token_urlsafe(32))
    return settings.model_copy(update=chosen)


def free_port() -> int:
    """A port of loopback that nobody listens on, below those that the kernel gives to connections:
    one of those could be taken while a part that ended is started again. Raises `OSError`."""
    for port in random.sample(range(20_000, 32_000), 50):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("50 ports of loopback were tried and all are in use")


def die_with_supervisor() -> None:
    """Called by a part at its start: SIGTERM when the supervisor dies, even by SIGKILL."""
    supervisor = os.environ.pop(SUPERVISED, "")
    if supervisor:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(supervisor):  # it died before the line above
            raise SystemExit("the supervisor is gone")


def _end(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    try:
        process.wait(max(seconds, 0.1))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

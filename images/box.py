"""Runs what is in an image without a cluster: its root file system, through buildah. For tests and benchmarks."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from images.buildah import BUILDAH, buildah


def eventually(true: Callable[[], bool], seconds: float = 180.0) -> None:
    """Poll until `true()` holds; fail after `seconds`."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"not true after {seconds:.0f} s"
        time.sleep(0.1)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Box:
    """A container of one image; what runs in it ends with `close`."""

    image: str
    tmp: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    mounts: tuple[str, ...] = ()
    """Further folders, `here:there`."""

    def __post_init__(self) -> None:
        self.tmp.mkdir(exist_ok=True)
        self.tmp.chmod(0o777)
        self.name = buildah("from", "--pull-never", self.image).split()[-1]

    def argv(self, environment: Mapping[str, str], *command: str) -> list[str]:
        """The command line that runs `command` inside."""
        variables = [f"--env={key}={value}" for key, value in environment.items()]
        volumes = [f"--volume={mount}" for mount in (f"{self.tmp}:/tmp", *self.mounts)]
        return [*BUILDAH, "run", "--isolation=chroot", *volumes, *variables, self.name, "--", *command]

    def start(self, environment: Mapping[str, str], *command: str) -> subprocess.Popen[str]:
        """Run `command` in the background, its output in a file."""
        with self.log.open("a") as log:
            process = subprocess.Popen(
                self.argv(environment, *command), stdout=log, stderr=log, text=True, start_new_session=True
            )
        self.started.append(process)
        return process

    @property
    def log(self) -> Path:
        """What everything said that was started here."""
        return self.tmp.parent / f"{self.name}.log"

    def until(self, true: Callable[[], bool]) -> None:
        """Wait until `true()` holds; fail with the log as soon as anything started here has ended."""
        eventually(lambda: true() or any(process.poll() is not None for process in self.started))
        assert true(), self.log.read_text()

    def run(self, environment: Mapping[str, str], *command: str) -> subprocess.CompletedProcess[str]:
        """Run `command` to its end."""
        return subprocess.run(self.argv(environment, *command), capture_output=True, text=True, check=False)

    def close(self) -> None:
        """End what runs and throw the container away."""
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        buildah("rm", self.name)

"""Debian's PostgreSQL as a private server: own data folder, a socket and no port, gone after the tests."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

DEBIAN = Path("/usr/lib/postgresql")
START_SECONDS = 60.0


@dataclass
class Server:
    """A server with all that it has in `folder`, also its socket."""

    folder: Path
    _process: "subprocess.Popen[bytes] | None" = None

    def new_database(self) -> str:
        """The URL of a database that nobody has used."""
        name = f"t{secrets.token_hex(6)}"
        with psycopg.connect(f"host={self.folder} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def start(self) -> None:
        """Returns when it answers."""
        options = ["-k", str(self.folder), "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_unprivileged(), f"{programs()}/postgres", "-D", str(self.folder / "data"), *options],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True,
            )  # fmt: skip
        _wait(self.folder, self._process)

    def crash(self) -> None:
        """End it at once, as a power cut does: it has to recover when it is started again."""
        assert self._process
        stop = [f"{programs()}/pg_ctl", "stop", "-D", str(self.folder / "data"), "-m", "immediate"]
        subprocess.run([*_unprivileged(), *stop], check=True, capture_output=True, cwd="/")
        self._process.wait(timeout=START_SECONDS)

    def stop(self) -> None:
        """End open connections, then the server, if it runs."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=START_SECONDS)


def programs() -> Path:
    """The folder of the newest installed server; fails where `make testtools` was not run."""
    found = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    assert found, "Debian's PostgreSQL is not installed; run 'make testtools'"
    return found[-1].parent


@contextmanager
def running() -> Iterator[Server]:
    """A server for the length of the block; it ends with this process, whatever happens."""
    server = Server(Path(tempfile.mkdtemp(prefix="storefleet-pg-", dir="/tmp")))  # sockets need a short path
    try:
        _initialize(server.folder)
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.folder)


def _initialize(folder: Path) -> None:
    if os.getuid() == 0:
        owner = pwd.getpwnam("postgres")  # the server refuses to run as root
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    options = ["-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run([*_unprivileged(), f"{programs()}/initdb", *options], check=True, capture_output=True, cwd="/")


def _unprivileged() -> list[str]:
    switch = ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if os.getuid() == 0 else []
    return ["setpriv", "--pdeathsig", "INT", *switch]


def _wait(folder: Path, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert server.poll() is None, (folder / "log").read_text()
        try:
            psycopg.connect(f"host={folder} user=postgres dbname=postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"PostgreSQL did not answer within {START_SECONDS} s: {(folder / 'log').read_text()}")

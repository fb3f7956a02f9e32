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


@dataclass(frozen=True)
class Server:
    """A running server; `folder` holds its socket."""

    folder: Path

    def new_database(self) -> str:
        """The URL of a database that nobody has used."""
        name = f"t{secrets.token_hex(6)}"
        with psycopg.connect(f"host={self.folder} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql://postgres@/{name}?host={self.folder}"


def programs() -> Path:
    """The folder of the newest installed server; fails where `make testtools` was not run."""
    found = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    assert found, "Debian's PostgreSQL is not installed; run 'make testtools'"
    return found[-1].parent


@contextmanager
def running() -> Iterator[Server]:
    """A server for the length of the block; it ends with this process, whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="storefleet-pg-", dir="/tmp"))  # sockets need a short path
    try:
        with _serving(folder):
            yield Server(folder)
    finally:
        shutil.rmtree(folder)


@contextmanager
def _serving(folder: Path) -> Iterator[None]:
    data = folder / "data"
    if os.getuid() == 0:
        owner = pwd.getpwnam("postgres")  # the server refuses to run as root
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    initdb = [f"{programs()}/initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run([*_unprivileged(), *initdb], check=True, capture_output=True, cwd="/")
    with (folder / "log").open("wb") as log:
        options = ["-k", str(folder), "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"]
        server = subprocess.Popen(
            [*_unprivileged(), f"{programs()}/postgres", "-D", str(data), *options],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True,
        )  # fmt: skip
    try:
        _wait(folder, server)
        yield
    finally:
        server.send_signal(signal.SIGINT)  # ends open connections, then itself
        server.wait(timeout=START_SECONDS)


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

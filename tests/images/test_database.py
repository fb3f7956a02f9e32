"""How the set-up finds its database when the first connection leads to somebody who never speaks."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.images.conftest import Shop

pytestmark = pytest.mark.built
ASK = """require '/opt/store/setup/frame.php'; require '/opt/store/setup/database.php';
echo database()->query('SELECT 1')->fetch_row()[0]; Done::$done = true;"""


@contextmanager
def mute_at_first(real: Path, front: Path) -> Iterator[list[str]]:
    """A socket `front` that leaves its first visitor without a word and leads the others to `real`; a word for each."""
    came: list[str] = []
    opened: list[socket.socket] = []
    carriers: list[threading.Thread] = []
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(front))
        front.chmod(0o777)
        listening.listen()

        def receive() -> None:
            while True:
                try:
                    visitor, _ = listening.accept()
                except OSError:
                    return
                opened.append(visitor)
                came.append("led on" if came else "left alone")
                if len(came) > 1:
                    server = socket.socket(socket.AF_UNIX)
                    opened.append(server)
                    server.connect(str(real))
                    for one, other in ((visitor, server), (server, visitor)):
                        carriers.append(threading.Thread(target=carry, args=(one, other)))
                        carriers[-1].start()

        receiver = threading.Thread(target=receive)
        receiver.start()
        try:
            yield came
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            receiver.join()
            for thread in carriers:
                thread.join()
            for one in opened:
                one.close()
            front.unlink()


def carry(one: socket.socket, other: socket.socket) -> None:
    """Everything that `one` says, until either ends."""
    with suppress(OSError):
        while said := one.recv(65536):
            other.sendall(said)
    for ended in (one, other):
        with suppress(OSError):
            ended.shutdown(socket.SHUT_RDWR)


def test_a_connection_that_nobody_answers_is_given_up_for_another(shop: Shop) -> None:
    shop.box.until(lambda: (shop.box.tmp / "mysqld.sock").exists())
    with mute_at_first(shop.box.tmp / "mysqld.sock", shop.box.tmp / "front.sock") as came:
        done = shop.php("-r", ASK, WORDPRESS_DB_HOST="localhost:/tmp/front.sock")
        assert (done.returncode, done.stdout) == (0, "1"), done.stderr
        assert came == ["left alone", "led on", "led on"]  # the last is the one that is kept

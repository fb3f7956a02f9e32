"""Runs the WordPress and MariaDB images without a cluster: their root file systems, through buildah.

Everything lies in a folder of the test's own, talks over a socket or a free port, and ends with the test.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPResponse
from pathlib import Path
from zipfile import ZipFile

import pytest

from images.build import STORAGE, buildah
from images.recipes import HERE, RECIPES, reference
from images.vendor import arguments

PLUGIN = Path(__file__).resolve().parent / "hello-shop"
HOST = "shop.example.org"


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

    def __post_init__(self) -> None:
        self.tmp.mkdir(exist_ok=True)
        self.tmp.chmod(0o777)
        self.name = buildah("from", "--pull-never", self.image).split()[-1]

    def argv(self, environment: Mapping[str, str], *command: str) -> list[str]:
        """The command line that runs `command` inside."""
        storage = [f"--root={STORAGE / 'root'}", f"--runroot={STORAGE / 'run'}", "--storage-driver=overlay"]
        variables = [f"--env={key}={value}" for key, value in environment.items()]
        return ["buildah", *storage, "run", "--isolation=chroot", f"--volume={self.tmp}:/tmp", *variables, self.name,
                "--", *command]  # fmt: skip

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


@dataclass
class Shop:
    """WordPress from an image with its database; `environment` is what the chart would set."""

    box: Box
    environment: dict[str, str]
    port: int

    def php(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run PHP in the image; `more` adds to the environment."""
        return self.box.run({**self.environment, **more}, "php", *command)

    def set_up(self, **settings: object) -> subprocess.CompletedProcess[str]:
        """The set-up Job with these settings."""
        return self.php("/opt/store/setup/run.php", STORE_SETTINGS=json.dumps(settings))

    def get(self, path: str, scheme: str = "https") -> tuple[int, str, Mapping[str, str]]:
        """(status, body, headers) as the ingress controller would ask; redirects are not followed."""
        headers = {"Host": HOST, "X-Forwarded-Proto": scheme}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        answer: HTTPResponse
        with urllib.request.build_opener(Unmoved).open(request, timeout=60) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)


class Unmoved(urllib.request.HTTPErrorProcessor):
    """Hands every answer over as it came."""

    def http_response(self, request: urllib.request.Request, response: HTTPResponse) -> HTTPResponse:
        """The answer itself, whatever its status."""
        return response


def recipe_with_plugin(folder: Path) -> tuple[Path, list[str]]:
    """A copy of the recipe with our plugin as a locked zip; the build's arguments."""
    recipe = Path(shutil.copytree(HERE / "wordpress", folder / "wordpress", ignore=shutil.ignore_patterns("*.zip")))
    packed = recipe / "vendor" / "plugins" / "hello-shop.zip"
    with ZipFile(packed, "w") as archive:
        archive.write(PLUGIN / "hello-shop.php", "hello-shop/hello-shop.php")
    pins = {"plugins/hello-shop.zip": {"sha256": sha256(packed.read_bytes()).hexdigest()}}
    return recipe, [f"--build-arg=BASE={reference(RECIPES['base'])}", *arguments(recipe / "vendor", pins)]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A WordPress image in a tag of its own, with our plugin by the same way that WooCommerce takes."""
    recipe, given = recipe_with_plugin(tmp_path_factory.mktemp("recipe"))
    tag = f"localhost/storefleet-test/wordpress:{uuid.uuid4().hex[:12]}"
    buildah("bud", "--layers", "--isolation=chroot", *given, "-t", tag, str(recipe))
    yield tag
    buildah("rmi", tag)


@pytest.fixture(scope="module")
def shop(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """WordPress with its database behind a socket, before any set-up; served by nobody yet."""
    shared = tmp_path_factory.mktemp("shop") / "tmp"
    boxes: list[Box] = []
    try:
        boxes.append(Box(reference(RECIPES["mariadb"]), shared))
        (shared / "password").write_text("it's \\ secret\n")
        database = {
            "MARIADB_ROOT_PASSWORD": "root", "MARIADB_DATABASE": "wordpress", "MARIADB_USER": "wordpress",
            "MARIADB_PASSWORD_FILE": "/tmp/password",
        }  # fmt: skip
        boxes[0].start(database, "entrypoint.sh", "--skip-networking", "--socket=/tmp/mysqld.sock")
        boxes.append(Box(image, shared))
        port = free_port()
        yield Shop(boxes[1], environment(port), port)
    finally:
        for box in boxes:
            box.close()


def environment(port: int) -> dict[str, str]:
    """What the chart sets for a store with a certificate, with the database behind a socket."""
    return {
        "WORDPRESS_DB_HOST": "localhost:/tmp/mysqld.sock", "WORDPRESS_DB_NAME": "wordpress",
        "WORDPRESS_DB_USER": "wordpress", "WORDPRESS_DB_PASSWORD_FILE": "/tmp/password",
        "WORDPRESS_SECRET": "application", "WORDPRESS_URL": f"https://{HOST}", "WORDPRESS_DISABLE_CRON": "1",
        "STORE_TITLE": "Blue Bottle", "STORE_ADMIN_USER": "admin", "STORE_ADMIN_EMAIL": f"admin@{HOST}",
        "STORE_ADMIN_PASSWORD": "secret", "WEB_PORT": str(port), "WEB_WORKERS": "4",
    }  # fmt: skip

"""Runs the WordPress and MariaDB images without a cluster: their root file systems, through buildah.

Everything lies in a folder of the test's own, talks over a socket or a free port, and ends with the test.
"""

import json
import shutil
import socket
import subprocess
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPResponse
from pathlib import Path
from zipfile import ZipFile

import pytest

from images import bases, builders
from images.box import Box, eventually, free_port
from images.buildah import Buildah, buildah
from images.builder import Order
from images.recipes import HERE, RECIPES, base_reference, reference
from images.vendor import arguments

PLUGIN = Path(__file__).resolve().parent / "hello-shop"
HOST = "shop.example.org"
PASSWORD = "it's \\ secret"
UPLOADS = "/srv/wordpress/wp-content/uploads"


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


def order_with_plugin(folder: Path, ref: str) -> Order:
    """A copy of the recipe with our plugin as a locked zip, to be built as `ref`."""
    recipe = Path(shutil.copytree(HERE / "wordpress", folder / "wordpress", ignore=shutil.ignore_patterns("*.zip")))
    packed = recipe / "vendor" / "plugins" / "hello-shop.zip"
    with ZipFile(packed, "w") as archive:
        archive.write(PLUGIN / "hello-shop.php", "hello-shop/hello-shop.php")
    pins = {"plugins/hello-shop.zip": {"sha256": sha256(packed.read_bytes()).hexdigest()}}
    return Order(recipe, ref, {"BASE": base_reference(RECIPES["wordpress"]), **arguments(recipe / "vendor", pins)})


@pytest.fixture
def undecided(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Neither base nor builder is chosen yet, and what the test chooses is forgotten after it."""
    monkeypatch.delenv(bases.SETTING, raising=False)
    monkeypatch.delenv(builders.SETTING, raising=False)
    for choice in (bases.chosen, builders.builder):
        choice.cache_clear()
    yield
    for choice in (bases.chosen, builders.builder):
        choice.cache_clear()


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A WordPress image in a tag of its own, with our plugin by the same way that WooCommerce takes."""
    folder, tag = tmp_path_factory.mktemp("recipe"), f"localhost/storefleet-test/wordpress:{uuid.uuid4().hex[:12]}"
    Buildah().build(order_with_plugin(folder, tag), folder / "log")
    yield tag
    buildah("rmi", tag)


@pytest.fixture(scope="module")
def shop(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """WordPress with its database behind a socket and its object cache, before any set-up; served by nobody yet."""
    shared, port, cache_port = tmp_path_factory.mktemp("shop") / "tmp", free_port(), free_port()
    boxes: list[Box] = []
    try:
        boxes.append(Box(reference(RECIPES["mariadb"]), shared))
        (shared / "password").write_text(PASSWORD + "\n")
        database = {
            "MARIADB_ROOT_PASSWORD": "root", "MARIADB_DATABASE": "wordpress", "MARIADB_USER": "wordpress",
            "MARIADB_PASSWORD_FILE": "/tmp/password",
        }  # fmt: skip
        boxes[0].start(database, "entrypoint.sh", "--skip-networking", "--socket=/tmp/mysqld.sock")
        boxes.append(Box(reference(RECIPES["valkey"]), shared))
        start_cache(boxes[1], cache_port)
        boxes.append(Box(image, shared, mounts=(f"{open_folder(shared.parent / 'uploads')}:{UPLOADS}",)))
        yield Shop(boxes[2], environment(port, cache_port), port)
    finally:
        for box in boxes:
            box.close()


def open_folder(folder: Path) -> Path:
    """A new folder that everybody may write to."""
    folder.mkdir()
    folder.chmod(0o777)
    return folder


def start_cache(box: Box, port: int) -> subprocess.Popen[str]:
    """The server of the object cache on `port`, once it listens."""
    process = box.start({"VALKEY_PASSWORD_FILE": "/tmp/password"}, "entrypoint.sh", "--port", str(port))
    eventually(lambda: listens(port) or process.poll() is not None)
    assert listens(port), box.log.read_text()
    return process


def listens(port: int) -> bool:
    """Whether somebody accepts connections on `port`."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def environment(port: int, cache_port: int) -> dict[str, str]:
    """What the chart sets for a store with a certificate, with the database behind a socket."""
    return {
        "WORDPRESS_DB_HOST": "localhost:/tmp/mysqld.sock", "WORDPRESS_DB_NAME": "wordpress",
        "WORDPRESS_DB_USER": "wordpress", "WORDPRESS_DB_PASSWORD_FILE": "/tmp/password",
        "WORDPRESS_CACHE_HOST": f"127.0.0.1:{cache_port}",
        "WORDPRESS_SECRET": "application", "WORDPRESS_URL": f"https://{HOST}", "WORDPRESS_DISABLE_CRON": "1",
        "STORE_TITLE": "Blue Bottle", "STORE_ADMIN_USER": "admin", "STORE_ADMIN_EMAIL": f"admin@{HOST}",
        "STORE_ADMIN_PASSWORD": "secret", "WEB_PORT": str(port), "WEB_WORKERS": "4",
    }  # fmt: skip

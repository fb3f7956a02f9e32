"""The shop's first page in a store, with and without its object cache, and the same WordPress without Kubernetes.

`python3 -m benchmarks.shop [REQUESTS [AT_A_TIME]]` prints requests per second and p95 in ms for each side, asked in
turns. All run the same images and the same set-up. The store answers through the ingress controller, with the limits of
its plan and its firewall; the plain side is Apache on a port of this machine with its database behind a socket, without
limits and without an object cache. Warm pages: each side is asked a tenth of the requests before they count.
"""

import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from benchmarks.stores import shell
from cluster.addons import kubectl
from cluster.config import ingress_port
from images.box import Box, free_port
from images.recipes import RECIPES, reference
from toolbox.errors import run_command

NAME = "bench-shop"
HOST = f"{NAME}.127.0.0.1.nip.io"
ROUNDS = 3
EPOCH = "/srv/wordpress/wp-content/uploads/.storefleet-cache"
APACHE = "exec /usr/sbin/apache2 -f /etc/apache2/apache2.conf -DFOREGROUND >/tmp/apache.log 2>&1"


@contextmanager
def in_kubernetes() -> Iterator[str]:
    """URL of a store of its own, taken away afterwards."""
    shell("python", "-m", "terminal", "create", NAME)
    try:
        yield f"http://127.0.0.1:{ingress_port()}/"
    finally:
        shell("python", "-m", "terminal", "destroy", NAME)


def use_cache(use: bool) -> None:
    """Have the store use its object cache from now on, anew, or not before tomorrow."""
    touch = ["touch", "-d", "now" if use else "tomorrow", EPOCH]
    kubectl("-n", f"store-{NAME}", "exec", "deploy/web", "--", *touch)


@contextmanager
def plainly() -> Iterator[str]:
    """URL of the same WordPress, run from the images' root file systems."""
    with tempfile.TemporaryDirectory() as folder:
        shared, port, boxes = Path(folder) / "tmp", free_port(), []
        try:
            boxes.append(Box(reference(RECIPES["mariadb"]), shared))
            (shared / "password").write_text("plain")
            database = {"MARIADB_DATABASE": "wordpress", "MARIADB_USER": "wordpress"}
            passwords = {"MARIADB_ROOT_PASSWORD": "plain", "MARIADB_PASSWORD": "plain"}
            socket = ("--skip-networking", "--socket=/tmp/mysqld.sock")
            boxes[0].start({**database, **passwords}, "entrypoint.sh", *socket)
            boxes.append(Box(reference(RECIPES["wordpress"]), shared))
            done = boxes[1].run(environment(port), "php", "/opt/store/setup/run.php")
            assert done.returncode == 0, done.stdout + done.stderr
            boxes[1].start(environment(port), "sh", "-c", APACHE)
            boxes[1].until(lambda: (shared / "apache2.pid").exists())
            yield f"http://127.0.0.1:{port}/"
        finally:
            for box in boxes:
                box.close()


def environment(port: int) -> dict[str, str]:
    """What the chart sets, with the database behind a socket and as many workers as the plan small."""
    return {
        "WORDPRESS_DB_HOST": "localhost:/tmp/mysqld.sock", "WORDPRESS_DB_NAME": "wordpress",
        "WORDPRESS_DB_USER": "wordpress", "WORDPRESS_DB_PASSWORD_FILE": "/tmp/password",
        "WORDPRESS_SECRET": "plain", "WORDPRESS_URL": f"http://{HOST}", "WORDPRESS_DISABLE_CRON": "1",
        "STORE_SETTINGS": "{}", "STORE_TITLE": "Bench", "STORE_ADMIN_USER": "admin",
        "STORE_ADMIN_EMAIL": f"admin@{HOST}", "STORE_ADMIN_PASSWORD": "plain", "WEB_PORT": str(port),
        "WEB_WORKERS": "8",
    }  # fmt: skip


def seconds_of(url: str) -> float:
    """Seconds until the whole page came; raises for anything but 200."""
    begin = time.monotonic()
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Host": HOST}), timeout=60) as page:
        page.read()
    return time.monotonic() - begin


def measure(url: str, requests: int, at_a_time: int) -> tuple[float, float]:
    """(requests per second, p95 in ms)."""
    with ThreadPoolExecutor(at_a_time) as visitors:
        list(visitors.map(seconds_of, [url] * max(at_a_time, requests // 10)))
        begin = time.monotonic()
        took = list(visitors.map(seconds_of, [url] * requests))
        return requests / (time.monotonic() - begin), statistics.quantiles(took, n=20)[-1] * 1000


def main(requests: int, at_a_time: int) -> None:
    """Ask all sides in turns and print their medians."""
    with in_kubernetes() as ours, plainly() as plain:
        urls = {"store": ours, "store without cache": ours, "plain": plain}
        seen = {side: [] for side in urls}  # type: dict[str, list[tuple[float, float]]]
        for _ in range(ROUNDS):
            for side, url in urls.items():
                use_cache(side == "store")
                seen[side].append(measure(url, requests, at_a_time))
    print(f"{'side':19} {'requests/s':>10} {'p95 ms':>8}   (medians of {ROUNDS} x {requests}, {at_a_time} at a time)")
    for side, figures in seen.items():
        rate, p95 = (statistics.median(column) for column in zip(*figures, strict=True))
        print(f"{side:19} {rate:10.1f} {p95:8.0f}")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:3]]
    sys.exit(run_command(lambda: main(*[*given, *(200, 4)[len(given) :]])))

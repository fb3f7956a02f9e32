"""`python3 -m images build [--engine NAME]|load|publish REGISTRY|fetch`."""

import hashlib
import os
import sys
import urllib.request

from cluster import containers
from images import build, delivery
from images.recipes import HERE, lock
from toolbox.errors import UserError, run_command
from toolbox.tasks import run_tasks


def build_and_load(engine: str = "") -> None:
    """Build what changed of the images that `engine` needs, and import it where the embedded cluster runs."""
    run_tasks(build.tasks(engine=engine))
    if containers.is_serving():
        containers.import_archives(build.INDEX, build.ARCHIVES)


def fetch() -> None:
    """Download the locked zips into `images/wordpress/vendor`; keep none with a wrong hash."""
    pin = lock()["woocommerce"]
    target = HERE / "wordpress" / "vendor" / "woocommerce.zip"
    try:
        with urllib.request.urlopen(pin["url"], timeout=120) as answer:
            data = answer.read(pin["bytes"] + 1)
    except OSError as error:
        raise UserError(
            f"{pin['url']} cannot be fetched ({error})",
            f"run this on a connected machine and copy the file to {target.relative_to(HERE.parent)}",
        ) from None
    if hashlib.sha256(data).hexdigest() != pin["sha256"]:
        raise UserError("the zip does not have the sha256 that images/lock.json names", "do not use it; check the pin")
    new = target.with_suffix(".new")
    new.write_bytes(data)
    os.replace(new, target)
    print(f"{target.name}: {len(data)} bytes, hash checked; now run 'make images platform'")


def main(arguments: list[str]) -> int:
    """Run the command that `arguments` name; the exit code is `run_command`'s, 2 for a wrong use."""
    match arguments:
        case ["build"]:
            return run_command(build_and_load)
        case ["build", "--engine", engine]:
            return run_command(lambda: build_and_load(engine))
        case ["load"]:
            return run_command(delivery.load)
        case ["publish", registry]:
            return run_command(lambda: delivery.publish(registry))
        case ["fetch"]:
            return run_command(fetch)
    print("usage: python3 -m images build [--engine NAME]|load|publish REGISTRY|fetch", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

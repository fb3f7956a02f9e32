"""`python3 -m images build [--engine NAME]|load|publish REGISTRY|fetch`."""

import sys

from cluster import containers
from images import build, delivery, vendor
from toolbox.errors import run_command
from toolbox.tasks import run_tasks


def build_and_load(engine: str = "") -> None:
    """Build what changed of the images that `engine` needs, and import it where the embedded cluster runs."""
    run_tasks(build.tasks(engine=engine))
    if containers.is_serving():
        containers.import_archives(build.INDEX, build.ARCHIVES)


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
            return run_command(vendor.fetch)
    print("usage: python3 -m images build [--engine NAME]|load|publish REGISTRY|fetch", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

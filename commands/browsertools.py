"""`python3 -m commands.browsertools`: what the browser tests load from npm, into `var/browser`.

Exactly what `tests/browser/package-lock.json` names, hash-checked by npm; no package's script is run.
"""

import shutil
import sys
from pathlib import Path

from cluster.prerequisites import install_packages
from toolbox.errors import run_command
from toolbox.paths import LOGS, ROOT, VAR
from toolbox.process import run

SOURCE = ROOT / "tests" / "browser"
TARGET = VAR / "browser"
FILES = ("package.json", "package-lock.json")


def install() -> None:
    """Install what is missing; does nothing when the same lock file was installed before."""
    install_npm_packages(SOURCE, TARGET)


def install_npm_packages(source: Path, target: Path) -> None:
    """Install the npm packages that `source` locks into `target`, unless that was done before.

    Raises `UserError` when npm fails.
    """
    installed = target / "node_modules" / ".installed-lock.json"
    lock = (source / "package-lock.json").read_text()
    if installed.exists() and installed.read_text() == lock:
        return
    if shutil.which("npm") is None:
        install_packages(("npm",))
    target.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(source / name, target / name)
    argv = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    run(argv, cwd=target, log=LOGS / "npm.log")
    installed.write_text(lock)


if __name__ == "__main__":
    sys.exit(run_command(install))

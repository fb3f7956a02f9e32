"""`python3 -m commands.ground`: everything under a store, from a bare machine, in parallel.

With `KUBECONFIG` set to a cluster of the user's own, only the images and the Python environment
are made; otherwise the embedded cluster is built and started too.
"""

import sys

import images.build
from cluster import build, config, lifecycle, prerequisites
from images import bases, builders
from toolbox.errors import run_command
from toolbox.paths import LOGS, ROOT, VAR, VENV
from toolbox.process import run
from toolbox.tasks import Task, run_tasks

UV = "uv==0.9.2"


def prepare() -> None:
    """Build and install what is missing, then start the embedded cluster if it is to be used."""
    own_cluster = config.external_kubeconfig()
    if not own_cluster:
        prerequisites.check_machine()
    packages = (*(() if own_cluster else config.DEBIAN_PACKAGES), *builders.packages(bool(own_cluster), bases.chosen()))
    tasks = [
        Task("Debian packages", lambda: prerequisites.install_packages(packages), 25),
        Task("Python environment", python_environment, 15),
        *images.build.tasks(after=("Debian packages",)),
    ]
    if not own_cluster:
        tasks += [
            Task("Go programs", build.build, 0.5 if build.is_built() else 420),
            Task("Pulumi's language host", build.build_language_host, 0.5 if build.is_built() else 20),
        ]
    run_tasks(tasks)
    if not own_cluster:
        lifecycle.up()


def python_environment() -> None:
    """The locked packages in `var/venv`, installed by uv from a small environment of its own."""
    log, home = LOGS / "python.log", VAR / "uv"
    if not (home / "bin" / "uv").exists():
        run([sys.executable, "-m", "venv", str(home)], log=log)
        run([str(home / "bin" / "pip"), "install", "--quiet", UV], log=log)
    env = {"UV_PROJECT_ENVIRONMENT": str(VENV), "UV_NATIVE_TLS": "true", "UV_PYTHON": sys.executable}
    # Compiled at once: the programs would otherwise compile 4 MB of source at every start.
    run([str(home / "bin" / "uv"), "sync", "--frozen", "--compile-bytecode"], cwd=ROOT, env=env, log=log)


if __name__ == "__main__":
    sys.exit(run_command(prepare))

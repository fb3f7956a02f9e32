"""Up, down, reset and status of the embedded cluster."""

import shutil
import time
from collections.abc import Callable

from cluster import addons, containers, leftovers, network, node, parts, pki, prerequisites, processes
from cluster.config import KUBERNETES_VERSION, NODE, PATHS, ingress_port
from toolbox.errors import UserError
from toolbox.paths import BIN, ROOT, VAR
from toolbox.process import CommandFailed
from toolbox.tasks import Task, run_tasks

READY_SECONDS = 60.0


def up() -> None:
    """Start what does not run and return when node, DNS, ingress and volumes are ready.

    Everything must be built. Idempotent; goes on after a kill or a reboot.
    """
    prerequisites.check_machine()
    if not processes.running_pid(parts.containerd()):
        prerequisites.choose_ingress_port()
    run_tasks([
        Task("network and certificates", _ground, 2),
        Task("control plane", _control_plane, 6, ("network and certificates",)),
        Task("container engine", _container_engine, 3, ("network and certificates",)),
        Task("node", _node, 6, ("control plane", "container engine")),
        Task("DNS, ingress and volumes", _addons, 12, ("node",)),
    ])  # fmt: skip
    write_environment()


def down() -> None:
    """Stop everything that `up` started and remove its traces from the kernel; data stays."""
    daemons = {daemon.name: daemon for daemon in parts.all_parts()}
    processes.stop(daemons.pop("kubelet"))  # first, or it would start the pods again
    containers.stop_all()
    for daemon in reversed(list(daemons.values())):
        processes.stop(daemon)
    containers.kill_shims()
    leftovers.unmount()
    network.remove()
    leftovers.remove_cgroups()


def reset() -> None:
    """`down`, then all data of the cluster gone: stores, certificates, images in the engine."""
    down()
    shutil.rmtree(PATHS.home, ignore_errors=True)
    for file in (VAR / "state", VAR / "stacks", VAR / "passphrase"):
        shutil.rmtree(file) if file.is_dir() else file.unlink(missing_ok=True)


def status() -> None:
    """Print each part: up or down, since when, its log; raise `UserError` if any is down."""
    print(f"Kubernetes {KUBERNETES_VERSION}, stores on http://127.0.0.1:{ingress_port()}")
    dead = []
    for daemon in parts.all_parts():
        alive = processes.running_pid(daemon)
        since = f"{processes.running_seconds(daemon):7.0f} s" if alive else "        -"
        print(f"  {daemon.name:26} {'up' if alive else 'DOWN':5} {since}  {daemon.log}")
        dead += [] if alive else [daemon.name]
    if dead:
        raise UserError(f"{len(dead)} parts are down: {', '.join(dead)}", "run 'make up'")
    for line in addons.kubectl("get", "pods", "-A", "--no-headers").splitlines():
        print("  pod " + line)


def write_environment() -> None:
    """Write `var/env.sh`: sourced, it makes pulumi, kubectl and helm just work."""
    lines = [
        "# . var/env.sh: a terminal in which pulumi, kubectl and helm just work",
        f'export PATH="{BIN}:{VAR / "venv" / "bin"}:$PATH"',
        f'export KUBECONFIG="{PATHS.kubeconfig}"',
        f'export PULUMI_HOME="{VAR / "pulumi"}"',
        f'export PULUMI_BACKEND_URL="file://{VAR / "state"}"',
        f'export PULUMI_CONFIG_PASSPHRASE_FILE="{VAR / "passphrase"}"',
        "export PULUMI_SKIP_UPDATE_CHECK=true PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
        f'cd "{ROOT}"',
    ]
    (VAR / "env.sh").write_text("\n".join(lines) + "\n")


def _ground() -> None:
    pki.ensure()
    network.ensure()
    node.write(addons.base_images()["pause"])


def _control_plane() -> None:
    database, server = parts.etcd(), parts.api_server()
    processes.start(database)
    processes.start(server)
    _wait("the API server", lambda: addons.kubectl("get", "--raw", "/readyz") == "ok", database, server)
    for daemon in parts.control_plane():
        processes.start(daemon)


def _container_engine() -> None:
    engine = parts.containerd()
    PATHS.run.mkdir(parents=True, exist_ok=True)
    processes.start(engine)
    _wait("the container engine", containers.is_serving, engine)
    containers.import_archives(VAR / "images.json", VAR / "images")


def _node() -> None:
    agents = parts.node_agents()
    for daemon in agents:
        processes.start(daemon)
    _wait("the node", _node_is_ready, *agents)
    policy = parts.network_policy()
    processes.start(policy)


def _node_is_ready() -> bool:
    query = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
    return addons.kubectl("get", "node", NODE, "-o", query) == "True"


def _addons() -> None:
    addons.install()
    addons.wait_ready()
    processes.check_alive(parts.all_parts())


def _wait(what: str, ready: Callable[[], bool], *daemons: processes.Daemon) -> None:
    """Poll `ready` until it is true; fail at once when one of `daemons` has ended."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        processes.check_alive(daemons)
        try:
            if ready():
                return
        except CommandFailed:
            pass  # not yet answering
        time.sleep(0.25)
    raise UserError(
        f"{what} was not ready within {READY_SECONDS:.0f} s",
        f"read {daemons[-1].log}, then run 'make up' again",
    )

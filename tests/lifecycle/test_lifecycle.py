"""Start, stop, kill and reboot of the embedded cluster itself: `make test-lifecycle`.

Not part of `make test`, whose tests share a running cluster: these stop it. They leave it up, with its data.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cluster import leftovers, parts, processes
from cluster.config import NETWORK, PATHS, ingress_port
from toolbox.paths import ROOT

pytestmark = pytest.mark.lifecycle


def cluster(verb: str) -> subprocess.CompletedProcess[str]:
    """`python3 -m cluster VERB` as `make` calls it."""
    environment = {key: value for key, value in os.environ.items() if key != "KUBECONFIG"}
    return subprocess.run(
        [sys.executable, "-m", "cluster", verb], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )


def up() -> None:
    done = cluster("up")
    assert done.returncode == 0, done.stdout + done.stderr


def kubectl(*arguments: str) -> str:
    argv = [str(PATHS.bin / "kubectl"), "--kubeconfig", str(PATHS.kubeconfig), *arguments]
    return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=120).stdout


def eventually(true: Callable[[], bool], seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"not true after {seconds:.0f} s"
        time.sleep(0.5)


def pids() -> dict[str, int]:
    return {daemon.name: processes.running_pid(daemon) for daemon in parts.all_parts()}


def traces() -> dict[str, object]:
    """What of the cluster is in the kernel."""
    rules = subprocess.run(["iptables-save"], capture_output=True, text=True, check=True).stdout
    sets = subprocess.run(["ipset", "list", "-n"], capture_output=True, text=True, check=False).stdout
    links = [path.name for path in Path("/sys/class/net").iterdir()]
    return {
        "processes": [name for name, pid in pids().items() if pid],
        "shims": shims(),
        "mounts": leftovers.mounts(),
        "cgroups": leftovers.cgroups(),
        "links": [name for name in links if name == NETWORK.bridge or name.startswith("veth")],
        "rules": [line for line in rules.splitlines() if "KUBE-" in line or "CNI-" in line],
        "sets": [name for name in sets.split() if "KUBE-" in name],
    }


def shims() -> list[int]:
    """Container shims of our engine; another engine's on the same machine are none of our business."""
    ours = str(PATHS.containerd_socket).encode()
    return [int(entry.parent.name) for entry in Path("/proc").glob("[0-9]*/cmdline") if ours in command_of(entry)]


def command_of(entry: Path) -> bytes:
    try:
        text = entry.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
    return text if b"containerd-shim" in text else b""


def remembered() -> str:
    return kubectl("-n", "default", "get", "configmap", "remembered", "-o", "jsonpath={.data.word}")


@pytest.fixture(scope="module", autouse=True)
def running() -> Iterator[None]:
    """The cluster is up with something to remember, and is up again afterwards."""
    up()
    kubectl("-n", "default", "delete", "configmap", "remembered", "--ignore-not-found")
    kubectl("-n", "default", "create", "configmap", "remembered", "--from-literal=word=kept")
    yield
    up()
    kubectl("-n", "default", "delete", "configmap", "remembered", "--ignore-not-found")


def test_a_second_start_leaves_what_runs() -> None:
    before = pids()
    up()
    assert pids() == before
    assert all(before.values())


@pytest.mark.parametrize("victim", ["etcd", "containerd", "kubelet", "kube-apiserver"])
def test_a_killed_part_is_started_again_with_its_data(victim: str) -> None:
    before = pids()
    os.kill(before[victim], signal.SIGKILL)
    eventually(lambda: pids()[victim] == 0)
    said = cluster("status")
    assert said.returncode == 1 and f"1 parts are down: {victim}" in said.stderr
    up()
    assert pids()[victim] not in (0, before[victim])
    assert remembered() == "kept"


def test_after_a_power_cut_everything_comes_back() -> None:
    """All processes gone at once, and the machine in another boot, in which the old PIDs mean nothing."""
    for pid in [*pids().values(), *shims()]:
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: not any(pids().values()))
    for daemon in parts.all_parts():
        record = json.loads(daemon.record.read_text())
        # The old number now belongs to a stranger: this very process.
        daemon.record.write_text(json.dumps({**record, "pid": os.getpid(), "boot": "another"}))
    up()
    assert all(pids().values())
    assert remembered() == "kept"


def test_down_leaves_nothing_of_ours_and_everything_of_others() -> None:
    assert (
        cluster("down").returncode == 0
    )  # a rule that comes while kube-router rewrites the table may be lost: its affair
    rule = ["-p", "tcp", "--dport", "65001", "-m", "comment", "--comment", "somebody-else", "-j", "ACCEPT"]
    subprocess.run(["iptables", "-A", "INPUT", *rule], check=True)
    try:
        up()
        done = cluster("down")
        assert done.returncode == 0, done.stderr
        assert {name: left for name, left in traces().items() if left} == {}
        subprocess.run(["iptables", "-C", "INPUT", *rule], check=True)
    finally:
        subprocess.run(["iptables", "-D", "INPUT", *rule], check=True)
    assert cluster("down").returncode == 0  # nothing to do is no error


def test_a_taken_port_of_the_api_is_named_before_anything_starts() -> None:
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", 6443))
        stranger.listen()
        done = cluster("up")
    assert done.returncode == 1
    assert "port 6443 is taken" in done.stderr and "cure: " in done.stderr
    assert not any(pids().values())


def test_a_taken_page_port_is_replaced_by_another_and_kept() -> None:
    usual = ingress_port()
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", usual))
        stranger.listen()
        up()
        other = ingress_port()
        assert other != usual
        eventually(lambda: answers(other))
    assert cluster("down").returncode == 0
    PATHS.ingress_port_file.write_text(str(usual))
    up()
    assert ingress_port() == usual
    eventually(lambda: answers(usual))


def answers(port: int) -> bool:
    """Whether the ingress controller answers there; it knows no store of that name."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10)
    except urllib.error.HTTPError as error:
        return error.code == 404
    except OSError:
        return False
    return False

"""A real cluster, chosen by KUBECONFIG; every test cleans up before and after itself."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from cluster.config import ingress_port
from commands.pulumi import environment
from toolbox.paths import ROOT, VAR


def image(name: str) -> str:
    """The reference of one of our images."""
    return str(json.loads((VAR / "images.json").read_text())[name]["ref"])


def kubectl(*arguments: str, stdin: str | None = None, check: bool = True) -> str:
    """kubectl's output; a failed call fails the test with its words."""
    done = subprocess.run(
        ["kubectl", *arguments], input=stdin, capture_output=True, text=True, env={**os.environ, **environment()}
    )
    if check:
        assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def command(module: str, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """One of the commands behind `make`; `env` is added to this process's own."""
    argv = [sys.executable, "-m", module, *arguments]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, env={**os.environ, **(env or {})})


def eventually(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Poll until `true()` holds; fail after `seconds`."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"not true after {seconds:.0f} s"
        time.sleep(0.5)


def page(name: str) -> str:
    """The front page of the store `name`; raises `OSError` while there is none."""
    headers = {"Host": f"{name}.127.0.0.1.nip.io"}
    request = urllib.request.Request(f"http://127.0.0.1:{ingress_port()}/", headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return str(answer.read().decode())


def shows(name: str, text: str) -> bool:
    """Whether the front page answers and has `text`; not while its pods are being replaced."""
    try:
        return text in page(name)
    except OSError:
        return False


def leftovers(name: str) -> list[str]:
    """Everything that still names the store, in the cluster and in Pulumi's state."""
    listed = kubectl("get", "namespaces,persistentvolumes", "-o", "json")
    found = [item["metadata"]["name"] for item in json.loads(listed)["items"] if f"store-{name}" in json.dumps(item)]
    return found + [str(path) for folder in ("state", "stacks") for path in (VAR / folder).rglob(f"*{name}*")]


def pod(
    name: str,
    script: str,
    labels: str = "{}",
    memory: str = "64Mi",
    extra: str = "",
    mounts: str = "[]",
    runs: str = "busybox",
) -> str:
    """A restricted pod that runs `script` in one of our images."""
    return json.dumps({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": json.loads(labels)},
        "spec": {
            "restartPolicy": "Never", "automountServiceAccountToken": False, "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsNonRoot": True, "runAsUser": 1000, "fsGroup": 1000, "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [{
                "name": "main", "image": image(runs), "imagePullPolicy": "Never", "command": ["/bin/sh", "-c", script],
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                "resources": {"limits": {"memory": memory, "cpu": "500m"}},
                "volumeMounts": json.loads(mounts),
            }],
            **(json.loads(extra) if extra else {}),
        },
    })  # fmt: skip


@pytest.fixture(scope="module")
def namespace(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty namespace of this module's own."""
    name = "probe-" + Path(request.node.fspath).stem.replace("_", "-")
    kubectl("delete", "namespace", name, "--ignore-not-found")
    kubectl("create", "namespace", name)
    yield name
    kubectl("delete", "namespace", name)

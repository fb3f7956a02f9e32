"""The dashboard's provisioner on the real cluster: killed, recovered, side by side with the CLI, destroyed."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from commands.pulumi import STORES, environment, pulumi
from dashboard import groups
from dashboard.model import Kind, Operation, State
from tests.cluster.conftest import eventually, kubectl
from toolbox.paths import ROOT, VAR

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("stores")]
NAME = "provisioner-test"
NAMESPACE = f"store-{NAME}"
SECONDS = 300
ATTEMPT = Operation("f" * 24, NAME, Kind.CREATE, State.RUNNING, None, datetime.now(UTC), attempt=1)
LOCKS = VAR / "state" / ".pulumi" / "locks" / "organization" / "stores" / NAME

DRIVER = """
import dataclasses, json, sys
from dashboard.model import NewEvent, Request
from dashboard.provisioner import Failed
from dashboard.pulumi_provisioner import make_provisioner
from dashboard.settings import Settings

def say(**line):
    print(json.dumps(line), flush=True)

def emit(happened):
    if isinstance(happened, NewEvent):
        say(kind=happened.kind, message=happened.message)

provisioner = make_provisioner(Settings())
try:
    for verb in sys.argv[2:]:
        if verb == "up":
            outputs = provisioner.up(Request(sys.argv[1], "woocommerce", "", "Kept", "a@b.test"), emit)
            say(outputs=dataclasses.asdict(outputs))
        else:
            getattr(provisioner, verb)(sys.argv[1], emit)
except Failed as failed:
    say(failure=dataclasses.asdict(failed.failure))
"""


def start(*verbs: str) -> "subprocess.Popen[str]":
    """A provisioner as the worker starts it, marked with everything it starts; its events come as lines."""
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, NAME, *verbs], cwd=ROOT,
        env={**os.environ, **environment(), **groups.marks(ATTEMPT)},
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def run(*verbs: str) -> list[dict[str, Any]]:
    """All lines of a provisioner that ran to its end."""
    return finish(start(*verbs))


def finish(process: "subprocess.Popen[str]") -> list[dict[str, Any]]:
    """Its lines until its end; one that takes too long is ended as a whole."""
    try:
        said, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        groups.end(ATTEMPT)
        said, _ = process.communicate()
        raise AssertionError(f"it did not end within {SECONDS} s: {said}") from None
    return [json.loads(line) for line in said.splitlines()]


def wait_for(process: "subprocess.Popen[str]", text: str) -> None:
    """Read events until one has `text`."""
    assert process.stdout
    seen = []
    for line in process.stdout:
        seen.append(line)
        if text in line:
            return
    raise AssertionError(f"{text!r} was never said: {seen}")


def releases() -> dict[str, str]:
    """Helm's records: name -> status."""
    listed = kubectl("-n", NAMESPACE, "get", "secrets", "-l", "owner=helm", "-o", "json", check=False)
    items = json.loads(listed)["items"] if listed.startswith("{") else []
    return {item["metadata"]["name"]: item["metadata"]["labels"]["status"] for item in items}


@pytest.fixture(scope="module")
def recovered() -> Iterator[list[dict[str, Any]]]:
    """A store whose first attempt was killed, with all its processes, while Helm was waiting."""
    run("destroy")
    first = start("up")
    try:
        wait_for(first, "creating Release")
        eventually(lambda: list(releases().values()) == ["pending-install"], 60)
    finally:
        groups.end(ATTEMPT)
        first.communicate()
    assert list(LOCKS.glob("*.json"))
    yield run("recover", "up")
    run("destroy")


def test_after_a_kill_in_mid_install_the_next_attempt_succeeds(recovered: list[dict[str, Any]]) -> None:
    assert recovered[-1].get("outputs", {}).get("namespace") == NAMESPACE, recovered
    said = " ".join(line.get("message", "") for line in recovered if line.get("kind") == "operation.recovered")
    assert "dropped the lock" in said
    assert "taking over the interrupted install" in said
    assert releases() == {"sh.helm.release.v1.woocommerce.v1": "deployed"}
    assert not list(LOCKS.glob("*.json"))


def test_terminal_and_dashboard_find_nothing_to_do_after_each_other(recovered: list[dict[str, Any]]) -> None:
    in_terminal = pulumi(["up", "--stack", NAME, "--yes", "--skip-preview"], STORES)
    changes = re.findall(r"^ +[+~-]+ ?\d+ .*$", in_terminal, re.MULTILINE)
    assert re.search(r"\d+ unchanged", in_terminal) and not changes
    here = run("up")
    assert [line for line in here if line.get("kind") == "engine.step"] == []
    assert here[-1]["outputs"] == recovered[-1]["outputs"]


def test_a_lock_of_a_living_command_is_waited_for(recovered: list[dict[str, Any]], tmp_path: Path) -> None:
    sleep = shutil.which("sleep")
    assert sleep
    shutil.copy(sleep, tmp_path / "pulumi")
    holder = subprocess.Popen([str(tmp_path / "pulumi"), "600"])
    try:
        lock = {"pid": holder.pid, "username": "anna", "hostname": os.uname().nodename}
        LOCKS.mkdir(parents=True, exist_ok=True)
        (LOCKS / "held.json").write_text(json.dumps({**lock, "timestamp": datetime.now(UTC).isoformat()}))
        waiting = start("up")
        wait_for(waiting, f"in use by anna@{os.uname().nodename} (process {holder.pid})")
        assert (LOCKS / "held.json").exists()
    finally:
        holder.kill()
        holder.wait()
    assert "outputs" in finish(waiting)[-1]


def test_a_destroy_leaves_nothing_and_may_be_repeated(recovered: list[dict[str, Any]]) -> None:
    assert [line for line in run("destroy") if "failure" in line] == []
    listed = json.loads(kubectl("get", "namespaces,persistentvolumes", "-o", "json"))["items"]
    assert not [item["metadata"]["name"] for item in listed if NAMESPACE in json.dumps(item)]
    assert not [path for folder in ("state", "stacks") for path in (VAR / folder).rglob(f"*{NAME}*")]
    assert [line for line in run("destroy") if "failure" in line] == []

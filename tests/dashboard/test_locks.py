"""Whose lock may be dropped: that of the dead and of nobody else."""

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.locks import Judge, Lock, Process, drop, find_process, locks_in, pod_gone, read_locks
from tests.dashboard.pulumi_samples import Cluster

NOW = datetime.now(UTC)
HERE = socket.gethostname()


def lock(pid: int = 4711, host: str = HERE, since: datetime = NOW, path: Path | None = None) -> Lock:
    return Lock(path, "root", host, pid, since)


def written(folder: Path, text: str) -> Path:
    file = folder / "a1.json"
    file.write_text(text)
    return file


def test_a_lock_says_who_holds_it_since_when(tmp_path: Path) -> None:
    content = {"pid": 12, "username": "anna", "hostname": "laptop", "timestamp": "2026-11-25T14:30:13.830728526Z"}
    written(tmp_path, json.dumps(content))
    [found] = read_locks(tmp_path)
    assert str(found) == "anna@laptop (process 12) since 14:30:13 UTC"
    assert read_locks(tmp_path / "absent") == []


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": "x"}'])
def test_a_torn_lock_is_dead_when_no_writer_can_be_at_it_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr("dashboard.locks.TORN_SECONDS", 600.0)  # longer than a busy machine takes for the next lines
    file = written(tmp_path, text)
    [fresh] = read_locks(tmp_path)
    assert not Judge().is_dead(fresh)
    old = (NOW - timedelta(minutes=11)).timestamp()
    os.utime(file, (old, old))
    [torn] = read_locks(tmp_path)
    assert Judge().is_dead(torn)


def test_a_process_that_is_gone_is_dead_and_a_living_pulumi_is_not() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert Judge().is_dead(lock(ended.pid))
    began = NOW - timedelta(seconds=2)
    assert not Judge(process=lambda pid: Process("pulumi", began)).is_dead(lock())


def test_a_number_that_another_process_has_now_is_dead() -> None:
    # After the restart of a container the numbers begin anew.
    assert Judge(process=lambda pid: Process("python3", NOW - timedelta(hours=1))).is_dead(lock())
    later = NOW + timedelta(minutes=5)
    assert Judge(process=lambda pid: Process("pulumi", later)).is_dead(lock())


def test_processes_are_found_with_their_start() -> None:
    own = find_process(os.getpid())
    assert own is not None and "python" in own.name or "pytest" in str(own)
    assert own is not None and timedelta(0) <= datetime.now(UTC) - own.began < timedelta(days=1)


def test_a_zombie_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", "print('ready', flush=True)"], stdout=subprocess.PIPE)
    assert child.stdout
    child.stdout.read()  # it ended, and nobody has asked how
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert find_process(child.pid) is None
    child.stdout.close()
    child.wait()


def test_another_machine_lives_unless_the_cluster_says_that_its_pod_is_gone() -> None:
    own = "storefleet-worker-6d5f9c7b8-aaaaa"
    cluster = Cluster().put(
        "/api/v1/namespaces/storefleet/pods",
        {"metadata": {"name": "storefleet-worker-6d5f9c7b8-live1"}, "status": {"phase": "Running"}},
        {"metadata": {"name": "storefleet-worker-6d5f9c7b8-done1"}, "status": {"phase": "Failed"}},
    )
    judge = Judge(pod_gone(cluster.client(), "storefleet", own), host=own)
    assert not Judge(host=own).is_dead(lock(host="storefleet-worker-6d5f9c7b8-gone1"))
    assert judge.is_dead(lock(host="storefleet-worker-6d5f9c7b8-gone1"))
    assert judge.is_dead(lock(host="storefleet-worker-5c4d3b2a1-gone2"))  # of an older version
    assert judge.is_dead(lock(host="storefleet-worker-6d5f9c7b8-done1"))
    assert not judge.is_dead(lock(host="storefleet-worker-6d5f9c7b8-live1"))
    assert not judge.is_dead(lock(host="annas-laptop"))
    assert not judge.is_dead(lock(host="other-worker-6d5f9c7b8-gone1"))


def test_locks_are_read_from_what_pulumi_says() -> None:
    said = (
        "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete\n"
        "  postgres://db/x.json: created by anna@laptop (pid 77) at 2026-11-25T14:30:13Z"
    )
    [found] = locks_in(said)
    assert (found.user, found.host, found.pid, found.path) == ("anna", "laptop", 77, None)


def test_dropping_deletes_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "")
    drop([lock(path=file), lock()])
    assert not file.exists()

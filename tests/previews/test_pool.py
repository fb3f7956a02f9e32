"""Each stack in a process of its own: an outcome for every one, and nothing left running."""

import os
import subprocess
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from previews.child import Outcome, Task
from previews.model import Preview
from previews.pool import Pool
from previews.stacks import Target

pytestmark = pytest.mark.long  # real processes


def task(name: str) -> Task:
    return Task(Target("stores", name, Path(), Path(), {}), {}, ask_server=False)


def behave(given: Task, pipe: Connection) -> None:
    """What the process of a stack does, by the stack's name; top-level, since another process looks it up."""
    os.setsid()
    name = given.target.name
    if name.startswith("dies"):
        os._exit(3)
    if name.startswith("hangs"):
        # Like Pulumi's CLI: a child that would outlive this process.
        child = subprocess.Popen(["sleep", "300"])
        Path(os.environ["STOREFLEET_TEST_PIDS"]).joinpath(str(child.pid)).touch()
        time.sleep(300)
    pipe.send(Outcome(Preview(name, (("same", os.getpid()),)), {}, {}))


def test_every_stack_has_an_outcome_and_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOREFLEET_TEST_PIDS", str(tmp_path))
    said: list[str] = []
    pool = Pool(2, said.append, seconds=4, main=behave)
    try:
        outcomes = pool.run([task(name) for name in ("well-1", "dies", "hangs", "well-2")])
    finally:
        pool.close()
    assert [outcome.preview.stack for outcome in outcomes] == ["well-1", "dies", "hangs", "well-2"]
    assert "process ended before it was done" in outcomes[1].preview.failure
    assert "did not end within 4 s" in outcomes[2].preview.failure
    first, second = (dict(outcomes[index].preview.counts)["same"] for index in (0, 3))
    assert len({first, second, os.getpid()}) == 3
    assert len(said) == 4
    assert said[-1].startswith("[4/4 ")
    (child,) = tmp_path.iterdir()
    assert is_gone(int(child.name))


def is_gone(pid: int) -> bool:
    """Whether the process has ended, within a moment; a zombie has."""
    for _ in range(50):
        status = Path(f"/proc/{pid}/stat")
        if not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.1)
    return False


def test_after_closing_nothing_is_begun() -> None:
    pool = Pool(1, lambda line: None, main=behave)
    pool.close()
    (outcome,) = pool.run([task("well")])
    assert outcome.preview.failure == "it was interrupted"

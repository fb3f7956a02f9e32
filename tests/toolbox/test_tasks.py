"""The scheduler of tasks: order, failure, refusal."""

import threading

import pytest

from toolbox.tasks import Task, run_tasks


def test_runs_in_order_and_in_parallel() -> None:
    seen: list[str] = []
    both = threading.Barrier(2, timeout=5)

    def meet() -> None:
        both.wait()  # breaks unless the two run at the same time

    tasks = [
        Task("last", lambda: seen.append("last"), after=("a", "b")),
        Task("a", meet, after=("first",)),
        Task("b", meet, after=("first",)),
        Task("first", lambda: seen.append("first")),
    ]
    assert set(run_tasks(tasks, out=lambda _: None)) == {"first", "a", "b", "last"}
    assert seen == ["first", "last"]


def test_a_failure_starts_nothing_new_and_is_raised() -> None:
    seen: list[str] = []

    def fail() -> None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        run_tasks([Task("a", fail), Task("b", lambda: seen.append("b"), after=("a",))], out=lambda _: None)
    assert seen == []


def test_an_unknown_dependency_is_refused_before_anything_runs() -> None:
    seen: list[str] = []
    with pytest.raises(ValueError, match="unknown or circular"):
        run_tasks([Task("a", lambda: seen.append("a")), Task("b", lambda: None, after=("c",))])
    assert seen == []

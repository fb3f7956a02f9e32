"""`make update-stores`: which stores, in which order, and that a failure stops the rest."""

from collections.abc import Mapping
from typing import Any

import pytest

from commands import update
from toolbox.errors import UserError


def store(name: str, status: str = "ready", made_by: str = "dashboard") -> Mapping[str, Any]:
    return {"name": name, "status": status, "made_by": made_by}


STORES = [store("a"), store("b", "failed"), store("c", made_by="terminal"), *(store(f"s{n}") for n in range(300))]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stores that were updated; `s3` fails."""
    asked: list[str] = []

    def answer(method: str, path: str) -> Any:
        if method == "POST":
            name = path.split("/")[3]
            asked.append(name)
            state = "failed" if name == "s3" else "succeeded"
            return {"store": name, "state": state, "message": "no image", "reason": "ImagePull", "cure": "build it"}
        offset = int(path.rpartition("=")[2])
        return {"items": STORES[offset : offset + update.PAGE], "total": len(STORES)}

    monkeypatch.setattr(update, "ask", answer)
    monkeypatch.setattr(update, "follow", lambda operation, tell: operation)
    return asked


def test_all_that_are_ready_and_the_dashboards_until_one_fails(asked: list[str]) -> None:
    with pytest.raises(UserError, match="s3 failed: no image") as failed:
        update.update([])
    assert asked == ["a", "s0", "s1", "s2", "s3"]
    assert "296 more were left as they are" in failed.value.cure


def test_those_that_are_named(asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    update.update(["s299", "a"])
    assert asked == ["a", "s299"]
    assert capsys.readouterr().out.splitlines()[-1].endswith("s299 is up to date")


def test_a_name_that_is_none_changes_nothing(asked: list[str]) -> None:
    with pytest.raises(UserError, match="no store 'x'"):
        update.update(["a", "x"])
    assert asked == []

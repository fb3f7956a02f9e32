"""`make dashboard`: a running dashboard is kept as long as its code is this checkout's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster import processes
from commands import dashboard


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "pages").mkdir()
    (tmp_path / "app.py").write_text("one")
    (tmp_path / "pages" / "list.html").write_text("<p>")
    return tmp_path


def test_changed_added_and_renamed_code_is_other_code(code: Path) -> None:
    seen = [dashboard.code_digest(code)]
    (code / "pages" / "list.html").write_text("<b>")
    seen.append(dashboard.code_digest(code))
    (code / "new.py").write_text("")
    seen.append(dashboard.code_digest(code))
    (code / "new.py").rename(code / "old.py")
    seen.append(dashboard.code_digest(code))
    assert len(set(seen)) == 4


def test_bytecode_is_no_code(code: Path) -> None:
    before = dashboard.code_digest(code)
    (code / "__pycache__").mkdir()
    (code / "__pycache__" / "app.cpython-311.pyc").write_bytes(b"x")
    assert dashboard.code_digest(code) == before


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What `start` does to the processes, which are only pretended."""
    done: list[str] = []
    monkeypatch.setattr(dashboard, "ensure_state", lambda: None)
    monkeypatch.setattr(dashboard, "is_ready", lambda: True)
    monkeypatch.setattr(dashboard, "stop", lambda: done.append("stop"))
    monkeypatch.setattr(processes, "running_pid", lambda _: 0 if "stop" in done else 1)
    monkeypatch.setattr(processes, "start", lambda _: done.append("start"))
    monkeypatch.setattr(dashboard, "_refuse_taken_port", lambda: done.append("look at the port"))
    yield done


@pytest.mark.parametrize(
    ("is_current", "expected"), [(True, ["start"]), (False, ["stop", "look at the port", "start"])]
)
def test_a_dashboard_with_other_code_is_stopped_in_its_own_time_first(
    monkeypatch: pytest.MonkeyPatch, done: list[str], is_current: bool, expected: list[str]
) -> None:
    monkeypatch.setattr(processes, "is_current", lambda _: is_current)
    dashboard.start()
    assert done == expected

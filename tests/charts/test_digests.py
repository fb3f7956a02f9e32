"""A chart cannot change without a new version."""

import fnmatch
import json
from pathlib import Path

import pytest

from .digests import CHARTS, RECORD, current, digest, packed, problems, updated, version
from .rendering import ENGINES


def test_every_chart_is_what_its_version_says() -> None:
    assert problems(current(CHARTS), json.loads(RECORD.read_text())) == []


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    (tmp_path / "x" / "ci").mkdir(parents=True)
    (tmp_path / "x" / "templates").mkdir()
    (tmp_path / "x" / "Chart.yaml").write_text("apiVersion: v2\nname: x\nversion: 1.0.0\n")
    (tmp_path / "x" / "templates" / "web.yaml").write_text("kind: Service\n")
    return tmp_path / "x"


def test_a_changed_template_needs_a_new_version(chart: Path) -> None:
    recorded = current(chart.parent)
    assert problems(current(chart.parent), recorded) == []
    (chart / "templates" / "web.yaml").write_text("kind: Ingress\n")
    assert problems(current(chart.parent), recorded) == [
        "x changed but is still version 1.0.0: raise `version` in charts/x/Chart.yaml, "
        "then run python3 tests/charts/digests.py --update"
    ]
    with pytest.raises(ValueError, match=r"x 1\.0\.0 is committed with other files: raise `version`"):
        updated(current(chart.parent), recorded, committed=recorded)


def test_a_new_or_renamed_file_needs_a_new_version(chart: Path) -> None:
    before = digest(chart)
    (chart / "templates" / "web.yaml").rename(chart / "templates" / "shop.yaml")
    assert digest(chart) != before


def test_a_new_version_is_recorded_beside_the_old(chart: Path) -> None:
    first = current(chart.parent)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: x\nversion: 1.1.0\n")
    now = current(chart.parent)
    assert problems(now, first) == ["x 1.1.0 is not recorded: run python3 tests/charts/digests.py --update"]
    assert updated(now, first, committed=first) == {"x": {**first["x"], **now["x"]}}


def test_an_uncommitted_version_may_be_recorded_again(chart: Path) -> None:
    first = current(chart.parent)
    (chart / "templates" / "web.yaml").write_text("kind: Ingress\n")
    now = current(chart.parent)
    assert updated(now, first, committed={}) == now


def test_test_cases_and_profiles_need_none(chart: Path) -> None:
    before = digest(chart)
    (chart / "ci" / "local-values.yaml").write_text("a: b\n")
    (chart / "values-prod.yaml").write_text("a: b\n")
    assert digest(chart) == before


def test_a_chart_without_version_is_named(chart: Path) -> None:
    (chart / "Chart.yaml").write_text("name: x\n")
    with pytest.raises(ValueError, match=r"x/Chart\.yaml has no line 'version: <version>'"):
        version(chart)


@pytest.mark.parametrize("engine", ENGINES)
def test_leaves_out_exactly_what_helm_leaves_out(engine: str) -> None:
    folder = CHARTS / engine
    lines = (folder / ".helmignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]

    def ignored(path: Path) -> bool:
        names = [path.name, *(f"{parent.name}/" for parent in path.parents)]
        return any(fnmatch.fnmatchcase(name, pattern) for name in names for pattern in patterns)

    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    assert packed(folder) == sorted(path for path in files if not ignored(path))

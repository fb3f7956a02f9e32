"""The comparison without a cluster: the charts' test cases of two revisions of a real repository."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from previews.groups import grouped
from previews.model import Verb
from previews.offline import offline, resolve
from toolbox.errors import UserError
from toolbox.paths import ROOT

CHART = Path("charts") / "woocommerce"
STATEFULSET = CHART / "templates" / "mariadb" / "statefulset.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one chart and two of its cases, committed."""
    shutil.copytree(ROOT / CHART, tmp_path / CHART)
    for case in ("other-port", "settings", "woocommerce"):
        (tmp_path / CHART / "ci" / f"{case}-values.yaml").unlink()
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "first")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def change(root: Path, file: Path, old: str, new: str) -> None:
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new))


def test_an_unchanged_checkout_has_no_differences(root: Path) -> None:
    previews = offline(root, "HEAD")
    assert [preview.stack for preview in previews] == ["woocommerce (local)", "woocommerce (prod)"]
    assert not any(preview.changes or preview.findings or preview.failure for preview in previews)


def test_a_changed_template_is_one_group_with_its_dangers(root: Path) -> None:
    change(root, STATEFULSET, "podManagementPolicy: Parallel", "podManagementPolicy: OrderedReady")
    (group,) = grouped(offline(root, "HEAD"))
    assert len(group.stacks) == 2
    assert [(c.verb, c.name) for c in group.preview.objects] == [(Verb.UPDATE, "StatefulSet/mariadb")]
    assert [finding.message for finding in group.preview.dangers] == [
        "the update would be refused, since spec.podManagementPolicy of a StatefulSet cannot be changed"
    ]
    assert any("its version is not raised" in finding.message for finding in group.preview.findings)


def test_with_a_new_version_nothing_is_said_of_it(root: Path) -> None:
    file = root / CHART / "Chart.yaml"
    file.write_text(re.sub(r"(?m)^version: .*$", "version: 99.0.0", file.read_text()))
    assert not any(preview.changes or preview.findings for preview in offline(root, "HEAD"))


def test_a_chart_that_is_no_more_loses_everything(root: Path) -> None:
    shutil.rmtree(root / CHART)
    first = offline(root, "HEAD")[0]
    assert {change.verb for change in first.objects} == {Verb.DELETE}
    assert {"PersistentVolumeClaim/content", "StatefulSet/mariadb"} <= {finding.subject for finding in first.dangers}


def test_a_broken_template_is_told_and_the_others_go_on(root: Path) -> None:
    values = root / CHART / "ci" / "prod-values.yaml"
    values.write_text(values.read_text() + "\nno-such-value: 1\n")
    local, prod = offline(root, "HEAD")
    assert not local.failure
    assert not local.changes
    assert "no-such-value" in prod.failure
    assert "\n" not in prod.failure


@pytest.mark.parametrize("base", ["no-such-branch", "--output=/tmp/x"])
def test_a_revision_that_is_none_is_refused(root: Path, base: str) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        offline(root, base)


def test_without_a_word_it_compares_with_where_the_branch_began(root: Path) -> None:
    began = git(root, "rev-parse", "HEAD")
    git(root, "switch", "-q", "-c", "mine")
    git(root, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "--allow-empty", "-m", "second")
    assert resolve(root, "") == began
    assert resolve(root, "v1") == "v1"

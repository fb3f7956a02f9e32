"""The workflow that previews pull requests: what it may do, and that its versions are those of the project."""

import re
import subprocess
import tomllib
from typing import Any

import pytest
import yaml

from commands.ground import UV
from previews.markdown import MARKER
from toolbox.paths import ROOT

FILE = ROOT / ".github" / "workflows" / "preview.yml"
WORKFLOW: dict[Any, Any] = yaml.safe_load(FILE.read_text())
STEPS: list[dict[str, Any]] = WORKFLOW["jobs"]["preview"]["steps"]
TRIGGER = True
"""How YAML 1.1 reads the key `on`."""


def test_foreign_code_never_meets_a_secret() -> None:
    assert WORKFLOW[TRIGGER] == "pull_request"
    assert "secrets: inherit" not in FILE.read_text()


def test_it_may_read_the_code_and_write_a_comment() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert "permissions" not in WORKFLOW["jobs"]["preview"]
    checkout = next(step for step in STEPS if "checkout" in step.get("uses", ""))
    assert checkout["with"]["persist-credentials"] is False


def test_actions_are_pinned_by_commit() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert used
    assert [action for action in used if not re.fullmatch(r"actions/[a-z]+@[0-9a-f]{40}", action)] == []


def test_no_text_of_the_pull_request_becomes_shell() -> None:
    assert [step["name"] for step in STEPS if "${{" in step.get("run", "")] == []


def test_secrets_reach_the_steps_that_need_them_only() -> None:
    with_secrets = [step["name"] for step in STEPS if "secrets." in str(step.get("env", {}))]
    assert with_secrets == ["Whether there is something to preview against", "Preview of every stack"]
    assert "secrets." not in str(WORKFLOW["env"])


def test_the_comment_is_found_by_the_reports_marker() -> None:
    scripts = {step["name"]: step["run"] for step in STEPS if "run" in step}
    assert f'startswith("{MARKER}")' in scripts["Comment"]
    assert f'marker="{MARKER}"' in scripts["Summary"]


def test_versions_are_the_projects() -> None:
    modules = (ROOT / "cluster" / "go" / "go.mod").read_text()
    packages = " ".join(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
    versions = WORKFLOW["env"]
    assert f"pulumi/pkg/v3 v{versions['PULUMI']}\n" in modules
    assert f"pulumi=={versions['PULUMI']} " in packages
    assert f"pulumi-kubernetes=={versions['PULUMI_KUBERNETES']} " in packages
    assert f"helm.sh/helm/v3 v{versions['HELM']}\n" in modules
    assert f"k8s.io/kubernetes v{versions['KUBECTL']}\n" in modules
    assert f"uv=={versions['UV']}" == UV


@pytest.mark.parametrize("step", [step for step in STEPS if "run" in step], ids=lambda step: step["name"])
def test_scripts_are_shell(step: dict[str, Any]) -> None:
    done = subprocess.run(["bash", "-n"], input=step["run"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

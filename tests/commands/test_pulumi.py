"""What is told of the CLI's failures, and when it is not asked at all."""

import json
from pathlib import Path

import pytest

from commands import pulumi
from commands.pulumi import STORES, explained
from dashboard.backend import FileBackend
from toolbox.paths import ROOT
from toolbox.process import CommandFailed

REFUSED = """Updating (two):
 +  pulumi:pulumi:Stack stores-two error: an unhandled error occurred: program exited with non-zero exit code: 1
Diagnostics:
  pulumi:pulumi:Stack (stores-two):
    error: 'huge' is not a plan; choose one of: small, medium, large
    error: an unhandled error occurred: program exited with non-zero exit code: 1
"""
FAILED = """ +  kubernetes:helm.sh/v3:Release release creating (3s) error: release failed: timed out
    error: release failed: timed out
    error: update failed
"""


def failed(output: str) -> CommandFailed:
    return CommandFailed(["pulumi", "up"], 255, output, None)


def test_what_a_program_refuses_is_told_once_in_its_own_words() -> None:
    told = explained(failed(REFUSED))
    assert (told.cause, told.detail) == ("'huge' is not a plan; choose one of: small, medium, large", "")


def test_what_fails_in_the_cluster_is_told_once_with_what_else_is_said() -> None:
    told = explained(failed(FAILED))
    assert (told.cause, told.detail) == ("release failed: timed out", "update failed")


def test_a_known_failure_has_its_own_cure() -> None:
    told = explained(failed("error: getting secrets manager: incorrect passphrase"))
    assert told.cause == "the passphrase does not open this stack's secrets"
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" in told.cure


def test_a_failure_without_words_is_told_by_its_command() -> None:
    assert "pulumi up failed with exit code 255" in explained(failed("")).cause


@pytest.mark.parametrize(("program", "project"), [(ROOT, "storefleet"), (STORES, "stores")])
def test_stacks_in_a_folder_are_listed_by_their_files(
    program: Path, project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    monkeypatch.setattr(pulumi, "pulumi", None)  # it is not asked
    assert pulumi.stacks(program) == []
    for name in ("nike", "adidas"):
        FileBackend(tmp_path, project).create(name)
    FileBackend(tmp_path, "another").create("puma")
    assert pulumi.stacks(program) == ["adidas", "nike"]


def test_stacks_elsewhere_are_listed_by_the_cli(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = json.dumps([{"name": "organization/stores/nike"}, {"name": "adidas"}])
    monkeypatch.setenv("PULUMI_BACKEND_URL", "postgres://host/db")
    monkeypatch.setattr(pulumi, "pulumi", lambda arguments, cwd: listed)
    assert pulumi.stacks(STORES) == ["adidas", "nike"]

"""What is told of the CLI's failures."""

from commands.pulumi import explained
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

"""Calls of the CLI: what a passing state of its files must not break."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from commands import pulumi
from toolbox.errors import UserError

LISTED = "NAME         LAST UPDATE  RESOURCE COUNT\nnike-shoes*  n/a          13\nadidas  n/a  n/a\n"


def answers(monkeypatch: pytest.MonkeyPatch, *answers: str | UserError) -> list[Sequence[str]]:
    """`pulumi` gives these answers in turn; what it was asked is returned."""
    asked: list[Sequence[str]] = []

    def answer(arguments: Sequence[str], cwd: Path) -> str:
        asked.append(arguments)
        given = answers[len(asked) - 1]
        if isinstance(given, UserError):
            raise given
        return given

    monkeypatch.setattr(pulumi, "pulumi", answer)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    return asked


def test_a_list_taken_while_a_state_file_is_written_is_taken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, UserError("EOF", ""), LISTED)
    assert pulumi.stacks(Path()) == ["nike-shoes", "adidas"]
    assert asked == [["stack", "ls"]] * 2


def test_another_failure_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, UserError("incorrect passphrase", ""))
    with pytest.raises(UserError, match="incorrect passphrase"):
        pulumi.stacks(Path())
    assert len(asked) == 1


def test_a_file_that_stays_empty_is_told_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, *[UserError("EOF", "")] * pulumi.LIST_ATTEMPTS)
    with pytest.raises(UserError, match="EOF"):
        pulumi.stacks(Path())
    assert len(asked) == pulumi.LIST_ATTEMPTS

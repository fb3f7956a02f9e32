"""What a command leaves on a terminal when it does not end well."""

import subprocess
import sys

import pytest

from toolbox.errors import UserError, run_command
from toolbox.paths import ROOT


def test_a_user_error_is_told_with_its_cure(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise UserError("no room", "make room", "df says 0")

    assert run_command(fail) == 1
    assert capsys.readouterr().err == "error: no room\n    df says 0\n  cure: make room\n"


def test_a_reader_that_left_gets_no_traceback() -> None:
    code = "import sys; from toolbox.errors import run_command; sys.exit(run_command(lambda: print('x' * 200_000)))"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout and process.stderr
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), said) == (141, b"")

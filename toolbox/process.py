"""Child processes: run one to its end with its output in a log file."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from toolbox.errors import UserError

TAIL_LINES = 15


class CommandFailed(UserError):
    """A child process ended with a non-zero exit code; `detail` holds its last log lines."""

    def __init__(self, argv: Sequence[str], code: int, output: str, log: Path | None) -> None:
        where = f"read {log}, then run the same command again" if log else "see the lines above"
        super().__init__(
            f"{shlex.join(argv[:4])}{' …' if len(argv) > 4 else ''} failed with exit code {code}",
            where,
            tail(output),
        )
        self.code = code
        self.output = output


def tail(text: str, lines: int = TAIL_LINES) -> str:
    """The last `lines` lines of `text`."""
    return "\n".join(text.splitlines()[-lines:])


def run(
    argv: Sequence[str],
    *,
    log: Path | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | bytes | None = None,
    timeout: float | None = None,
    check: bool = True,
) -> str:
    """Run `argv` to its end and return what it printed (stdout and stderr together).

    With `log` the output is appended to that file as it comes and not returned; `env` is added
    to this process's own. Raises `CommandFailed` on a non-zero exit code (unless `check` is off)
    and `UserError` when the program does not exist or `timeout` seconds have passed.
    """
    full_env = {**os.environ, **(env or {})}
    data = stdin.encode() if isinstance(stdin, str) else stdin
    try:
        code, output = _run_to_end(argv, log, cwd, full_env, data, timeout)
    except FileNotFoundError as missing:
        raise UserError(
            f"the program {missing.filename or argv[0]} does not exist on this machine",
            "run 'make up', which installs or builds everything that is needed",
        ) from None
    except subprocess.TimeoutExpired:
        raise UserError(
            f"{shlex.join(argv[:4])} did not end within {timeout:.0f} s",
            f"read {log}" if log else "run the same command again",
        ) from None
    if check and code:
        raise CommandFailed(argv, code, output, log)
    return output


def _run_to_end(
    argv: Sequence[str],
    log: Path | None,
    cwd: Path | None,
    env: Mapping[str, str],
    data: bytes | None,
    timeout: float | None,
) -> tuple[int, str]:
    """Exit code and output; with a log the output is read back only after a failure."""
    # With `input` subprocess makes the pipe itself and refuses an explicit stdin.
    feed: dict[str, Any] = {"stdin": subprocess.DEVNULL} if data is None else {"input": data}
    if log is None:
        done = subprocess.run(
            argv, cwd=cwd, env=env, timeout=timeout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **feed
        )
        return done.returncode, done.stdout.decode(errors="replace")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        start = sink.tell()
        done = subprocess.run(argv, cwd=cwd, env=env, timeout=timeout, stdout=sink, stderr=subprocess.STDOUT, **feed)
    if not done.returncode:
        return 0, ""
    with log.open("rb") as source:
        source.seek(start)
        return done.returncode, source.read().decode(errors="replace")

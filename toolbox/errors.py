"""What a user may read when something goes wrong: the cause and the cure, nothing else."""

import os
import sys
from collections.abc import Callable


class UserError(Exception):
    """A failure whose text is meant for the user.

    `cause` is one sentence that names what is wrong; `cure` says what to do about it;
    `detail` may hold a few log lines. None of them may contain a secret.
    """

    def __init__(self, cause: str, cure: str, detail: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.cure = cure
        self.detail = detail

    def __str__(self) -> str:
        parts = [self.cause]
        if self.detail:
            parts.append("\n".join("    " + line for line in self.detail.splitlines()))
        parts.append(f"  cure: {self.cure}")
        return "\n".join(parts)


def run_command(command: Callable[[], None]) -> int:
    """Run `command` and return an exit code: 0, 1 for a `UserError`, 130 for Ctrl-C, 141 for a pipe that was closed.

    Anything else is a defect of ours and keeps its traceback.
    """
    try:
        command()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; run the same command again to go on", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read the output has enough (`| head`). Python would complain once more when it closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return 0

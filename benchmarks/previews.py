"""What a preview of one unchanged store takes: `pulumi preview` in a terminal against `make preview`, and of many.

`python3 -m benchmarks.previews NAME [ROUNDS] [STORES]` with a store that exists. The many are the same store again
and again: to the preview each is a stack of its own. Changes nothing.
"""

import os
import sys
import time

from benchmarks.side_by_side import compare
from commands.pulumi import STORES, environment, pulumi
from previews.child import Task
from previews.pool import Pool
from previews.stacks import Backend
from toolbox.errors import UserError, run_command


def main(name: str, rounds: int, many: int) -> None:
    """Print both sides, and seconds per store of a run over `many` stores, two at a time. Raises `UserError`."""
    os.environ.update({**environment(), "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true", "GRPC_VERBOSITY": "ERROR"})
    task = Task(Backend(os.environ["PULUMI_BACKEND_URL"]).store(name), {}, ask_server=True)
    pool = Pool(2, lambda line: None)

    def ours() -> None:
        (outcome,) = pool.run([task])
        if outcome.preview.failure:
            raise UserError(outcome.preview.failure, "choose a store that exists")

    try:
        ours()  # the first one imports the library
        compare(
            "CLI",
            {"unchanged": lambda: pulumi(["preview", "--stack", name], STORES)},
            {"unchanged": ours},
            rounds,
        )
        begin = time.monotonic()
        pool.run([task] * many)
        print(f"{many} stores, two at a time: {(time.monotonic() - begin) / many:.2f} s each")
    finally:
        pool.close()


if __name__ == "__main__":
    given = sys.argv[1:]
    if not given:
        raise SystemExit(__doc__)
    numbers = [int(number) for number in given[1:]]
    sys.exit(run_command(lambda: main(given[0], *(numbers + [5, 20][len(numbers) :]))))

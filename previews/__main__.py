"""`python -m previews [STACK …]`: what this checkout would change, stack by stack. Changes nothing.

Exit codes: 0 all was previewed; 1 something could not be; 2 with `--strict`, when something dangerous was found.
"""

import argparse
import os
import sys
import time
from pathlib import Path

from commands.pulumi import environment
from previews import offline
from previews.groups import grouped
from previews.markdown import LIMIT, markdown
from previews.report import Report
from previews.text import text
from toolbox.errors import UserError, run_command
from toolbox.paths import ROOT


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="make preview", description=__doc__)
    made.add_argument("stacks", nargs="*", metavar="STACK", help="stores or platforms; none: all that there are")
    made.add_argument("--format", choices=("text", "markdown"), default="text")
    made.add_argument("--limit", type=int, help=f"bytes of the report; 0: all (default: 0, and {LIMIT} in Markdown)")
    made.add_argument("--jobs", type=int, default=2, help="previews at a time (default: 2)")
    made.add_argument("--strict", action="store_true", help="exit with 2 when something dangerous is found")
    made.add_argument("--no-dry-run", action="store_true", help="do not ask the API server what it would refuse")
    made.add_argument("--offline", action="store_true", help="without a cluster: the charts' test cases against --base")
    made.add_argument("--base", default="", help="revision to compare with (default: where this left the main branch)")
    made.add_argument("--output", type=Path, help="file to write the report to, instead of standard output")
    return made


def make_report(given: argparse.Namespace) -> Report:
    """Run the previews. Raises `UserError`."""
    begin = time.monotonic()
    if given.offline:
        if given.stacks:
            raise UserError("offline there are no stacks to choose from", "leave out --offline, or the names")
        found = grouped(offline.offline(ROOT, given.base))
        return Report(found, time.monotonic() - begin, offline.LIMITS, "test case")
    if given.jobs < 1:
        raise UserError(f"--jobs is {given.jobs}", "say 1 or more")
    from previews import live  # needs Pulumi's library, which offline does not
    from previews.pool import Pool, to_stderr
    from previews.stacks import Backend

    pool = Pool(given.jobs, to_stderr)
    try:
        backend = Backend(os.environ["PULUMI_BACKEND_URL"])
        previews = live.live(backend, given.stacks, pool, not given.no_dry_run)
    finally:
        pool.close()
    return Report(grouped(previews), time.monotonic() - begin, live.LIMITS)


def write(report: Report, given: argparse.Namespace) -> None:
    """The report, where it is wanted."""
    if given.format == "markdown":
        said = markdown(report, LIMIT if given.limit is None else given.limit)
    else:
        said = text(report, given.limit or 0)
    if given.output:
        given.output.write_text(said)
    else:
        sys.stdout.write(said)


def main() -> int:
    """Parse, run, tell; the exit code."""
    given = parser().parse_args()
    os.environ.update(environment())
    os.environ.update(
        {
            # The state's own salt opens its secrets: no stack file is needed, and none is written.
            "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
            "GRPC_VERBOSITY": "ERROR",  # else each kubectl of a program draws a line about forks
        }
    )
    reports: list[Report] = []
    code = run_command(lambda: reports.append(make_report(given)))
    if not reports:
        return code
    write(reports[0], given)
    if reports[0].has_failures:
        return 1
    return 2 if given.strict and reports[0].has_dangers else 0


if __name__ == "__main__":
    sys.exit(main())

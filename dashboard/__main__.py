"""`python -m dashboard [web|worker|child] [--fake]`: without a word, web and worker together.

web      pages, API and event streams      web_process, app
worker   runs the queue's operations       worker_process, worker, runner
child    one operation; the worker's own   child, provisioner
"""

import argparse
import os
import sys

from pydantic import ValidationError

from dashboard.settings import PREFIX, Settings, what_is_wrong


def main() -> int:
    """Run the part that the command line names; 1 when it cannot start, with the cause in one line."""
    parser = argparse.ArgumentParser(prog="python -m dashboard")
    parser.add_argument("part", nargs="?", choices=["web", "worker", "child"], help="default: web and worker")
    parser.add_argument("--fake", action="store_true", help="make nothing real; for work on the pages")
    given = parser.parse_args()
    if given.fake:
        os.environ[f"{PREFIX}PROVISIONER"] = "fake"
    try:
        settings = Settings()
    except ValidationError as wrong:
        return _refuse(f"a setting is wrong: {what_is_wrong(wrong)}")
    if given.part == "child":
        from dashboard import child

        return child.main(settings)
    from dashboard import supervisor

    supervisor.die_with_supervisor()
    if given.part is None:
        supervisor.main(settings)
        return 0
    return serve(given.part, settings)


def serve(part: str, settings: Settings) -> int:
    """Run web or worker until it is stopped; imports only what that part needs."""
    from sqlalchemy.exc import ArgumentError, DBAPIError

    from dashboard.database import DatabaseUnusable

    try:
        if part == "web":
            from dashboard import web_process

            web_process.main(settings)
        else:
            from dashboard import worker_process

            worker_process.main(settings)
    except DatabaseUnusable as unusable:
        return _refuse(str(unusable))
    except ArgumentError:
        return _refuse(f"{PREFIX}DATABASE_URL is no database URL; look at docs/dashboard.md")
    except DBAPIError as away:
        return _refuse(f"the database cannot be opened: {away.orig}")
    return 0


def _refuse(cause: str) -> int:
    print(f"error: {cause}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

"""The worker process: runs operations, looks at the cluster, answers the web process's questions."""

import secrets
import signal
from contextlib import ExitStack, closing

from dashboard.claims import Claims
from dashboard.database import Database, open_database
from dashboard.fleet import Fleet
from dashboard.groups import here
from dashboard.journal import Journal
from dashboard.provisioners import Company, make_company, make_inventory
from dashboard.pruning import Pruning
from dashboard.roster import Roster
from dashboard.settings import Settings
from dashboard.worker import Worker


def main(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; the second one hands over at once what still runs."""
    with closing(open_database(settings.database_url)) as database, ExitStack() as running:
        journal = Journal(database, settings.journal_limit_per_store)
        company = make_company(settings, database, journal, Fleet(database))
        worker = make_worker(settings, database, journal, company)
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: worker.stop())
        for companion in company.companions:
            companion.start()
            running.callback(companion.stop)
        worker.run()


def make_worker(settings: Settings, database: Database, journal: Journal, company: Company) -> Worker:
    """A worker with an id that no other ever had."""
    worker_id = f"{here()['host'][:46]}-{secrets.token_hex(8)}"
    claims = Claims(database, journal, settings, worker_id)
    return Worker(
        settings, claims, Roster(database, journal), Pruning(database, settings), make_inventory(settings),
        company.explain, company.host_gone,
    )  # fmt: skip

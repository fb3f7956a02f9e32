"""What the web process is made of, in one frozen object that routes and pages receive."""

from dataclasses import dataclass

from dashboard.broadcast import Broadcast
from dashboard.catalogue import Catalogue
from dashboard.csrf import Csrf
from dashboard.database import Database
from dashboard.fleet import Fleet
from dashboard.journal import Journal
from dashboard.operations import Desk
from dashboard.remote import Remote
from dashboard.settings import Settings


@dataclass(frozen=True)
class Services:
    """The parts, each with one task.

    `desk` takes requests in, `fleet` answers what there is, `journal` what happened, `broadcast` tells it live;
    `catalogue` knows what can be asked for; `remote` asks the worker for what only the worker may read;
    `csrf` makes and checks the tokens of forms.
    """

    settings: Settings
    database: Database
    journal: Journal
    desk: Desk
    fleet: Fleet
    catalogue: Catalogue
    remote: Remote
    broadcast: Broadcast
    csrf: Csrf


def open_services(settings: Settings, database: Database) -> Services:
    """The web process's services on a database that is open; starts nothing.

    Raises `CatalogueError` when the programs' tables cannot be read.
    """
    journal = Journal(database, settings.journal_limit_per_store)
    return Services(
        settings=settings,
        database=database,
        journal=journal,
        desk=Desk(database, journal, settings),
        fleet=Fleet(database),
        catalogue=Catalogue.read(settings.program),
        remote=Remote(settings.worker_url, settings.worker_token.get_secret_value()),
        broadcast=Broadcast(journal, limit=settings.stream_limit),
        csrf=Csrf(settings.worker_token.get_secret_value()),
    )

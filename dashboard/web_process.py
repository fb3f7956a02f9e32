"""The web process: answers browsers and programs, holds no right on the cluster."""

from contextlib import closing

from dashboard.app import create_app
from dashboard.database import open_database
from dashboard.page_errors import error_pages
from dashboard.page_routes import page_routes
from dashboard.services import open_services
from dashboard.serving import make_server
from dashboard.settings import Settings


def main(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    with closing(open_database(settings.database_url)) as database:
        services = open_services(settings, database)
        app = create_app(settings, services, [page_routes(services)], error_pages())
        make_server(app, settings, services).run()

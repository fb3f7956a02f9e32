"""Pulumi's half of the provisioner, assembled. Each part is imported where it is used.

So the worker, which waits most of the time, does not carry Pulumi's library (60 MB) in its memory; only the child
of an operation does.
"""

import os

from dashboard.database import Database
from dashboard.fleet import Fleet
from dashboard.journal import Journal
from dashboard.provisioner import Inventory, Provisioner
from dashboard.provisioners import Company
from dashboard.settings import Settings

BACKEND = "PULUMI_BACKEND_URL"


def make_provisioner(settings: Settings) -> Provisioner:
    """For the child of one operation. Raises `Failed` when there is no cluster to be found."""
    from dashboard.stack_provisioner import StackProvisioner

    return StackProvisioner(settings)


def make_inventory(settings: Settings) -> Inventory:
    """For the worker: the stores that exist."""
    from dashboard.inventory import StackInventory

    return StackInventory.at(settings.program, os.environ.get(BACKEND, ""))


def make_company(settings: Settings, database: Database, journal: Journal, fleet: Fleet) -> Company:
    """For the worker: the eyes on the cluster, and the private endpoint if its URL and token are set.

    Ends the process with a message when nothing says where the cluster is.
    """
    from dashboard.apiserver import ApiServer
    from dashboard.eyes import Eyes
    from dashboard.inside import Credentials, Inside
    from dashboard.inventory import StackInventory
    from dashboard.kubeconfig import NoCluster
    from dashboard.locks import own_pod_gone

    try:
        cluster = ApiServer.connect()
    except NoCluster as error:
        raise SystemExit(f"error: {error}") from None
    eyes = Eyes(cluster, database, journal, fleet)
    token = settings.worker_token.get_secret_value()
    if not (settings.worker_url and token):
        return Company([eyes], eyes.failure, own_pod_gone(cluster))
    inventory = StackInventory.at(settings.program, os.environ.get(BACKEND, ""))
    credentials = Credentials(cluster, fleet.outputs, inventory.login)
    return Company([eyes, Inside(settings.worker_url, token, credentials)], eyes.failure, own_pod_gone(cluster))

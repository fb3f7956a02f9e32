"""The two provisioners by name, each imported only where it is used."""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from dashboard.model import Failure
from dashboard.provisioner import Inventory, Provisioner
from dashboard.settings import Settings

if TYPE_CHECKING:  # a child starts without the database's libraries, in half the time
    from dashboard.database import Database
    from dashboard.fleet import Fleet
    from dashboard.journal import Journal

MODULES = {"pulumi": "dashboard.pulumi_provisioner", "fake": "dashboard.fake_provisioner"}
"""Each has `make_provisioner(settings)`, `make_inventory(settings)` and
`make_company(settings, database, journal, fleet)`."""

Explain = Callable[[str, datetime | None], Failure | None]
"""Why a store is not ready, or was not after a moment; None when nothing is known. Never raises."""


class Companion(Protocol):
    """Something that runs beside the queue in the worker's process."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True)
class Company:
    """What a provisioner brings to the worker: the eyes, the private endpoint, and who explains.

    `host_gone` says whether another machine is known to be gone, with every process on it.
    """

    companions: Sequence[Companion]
    explain: Explain
    host_gone: Callable[[str], bool] = lambda host: False


def make_provisioner(settings: Settings) -> Provisioner:
    """The provisioner that the settings name."""
    made: Provisioner = _module(settings).make_provisioner(settings)
    return made


def make_inventory(settings: Settings) -> Inventory:
    """Who knows what that provisioner has made."""
    made: Inventory = _module(settings).make_inventory(settings)
    return made


def make_company(settings: Settings, database: "Database", journal: "Journal", fleet: "Fleet") -> Company:
    """What runs beside the worker's queue; not started yet."""
    made: Company = _module(settings).make_company(settings, database, journal, fleet)
    return made


def _module(settings: Settings) -> Any:
    return importlib.import_module(MODULES[settings.provisioner])

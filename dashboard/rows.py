"""From rows to the words of `model`, and back."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping

from dashboard.model import Kind, Operation, Outputs, Progress, Request, State, Status, Store


def operation(row: RowMapping) -> Operation:
    """The operation in a row of `operations`."""
    request = row["request"]
    return Operation(
        id=row["id"],
        store=row["store"],
        kind=Kind(row["kind"]),
        state=State(row["state"]),
        request=Request(**request) if request else None,
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        attempt=row["attempt"],
        reason=row["reason"],
        message=row["message"],
        cure=row["cure"],
        progress=Progress(row["done"], row["total"], row["step"]),
    )


def store(row: RowMapping) -> Store:
    """The store in a row of `stores`."""
    names = (
        "name", "engine", "plan", "title", "admin_email", "settings", "url", "namespace", "notice", "chart_version",
        "created_at", "ready_at", "last_event", "last_event_at", "operation", "made_by",
    )  # fmt: skip
    return Store(**{name: row[name] for name in names}, status=Status(row["status"]))


def request(row: RowMapping) -> Request:
    """What a row of `stores` says that the store is to be."""
    names = ("name", "engine", "plan", "title", "admin_email", "settings")
    return Request(**{name: row[name] for name in names})


def request_columns(request: Request) -> dict[str, Any]:
    """What a request says about the columns of `stores`."""
    return asdict(request) | {"settings": dict(request.settings)}


def outputs_columns(outputs: Outputs) -> dict[str, Any]:
    """What outputs say about the columns of `stores`."""
    values = asdict(outputs) | {"settings": dict(outputs.settings)}
    if not values["settings"]:
        del values["settings"]  # an engine without settings reports none; what was asked stays
    return values

"""JSON between a worker and the child that runs one of its operations; one document per line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from dashboard.model import Failure, Kind, NewEvent, Operation, Outputs, Progress

Message = NewEvent | Progress | Outputs | Failure
_ADAPTERS: Mapping[str, TypeAdapter[Any]] = {
    "event": TypeAdapter(NewEvent),
    "progress": TypeAdapter(Progress),
    "outputs": TypeAdapter(Outputs | None),
    "failure": TypeAdapter(Failure),
}
_NAMES = {NewEvent: "event", Progress: "progress", Outputs: "outputs", type(None): "outputs", Failure: "failure"}


@dataclass(frozen=True)
class Task:
    """What the child is told: the operation, and whether an earlier attempt left something."""

    operation: Operation
    recover: bool


@dataclass(frozen=True)
class Done:
    """The last message of a child that succeeded; a removal has no outputs."""

    outputs: Outputs | None


_TASK: TypeAdapter[Task] = TypeAdapter(Task)


def write_task(task: Task) -> str:
    """One line."""
    return _TASK.dump_json(task).decode() + "\n"


def read_task(line: str) -> Task:
    """Raises `ValueError` for anything but a line of `write_task`."""
    task = _TASK.validate_json(line)
    if task.operation.kind is Kind.CREATE and task.operation.request is None:
        raise ValueError("a create without its request")
    return task


def write_message(message: Message | Done) -> str:
    """One line."""
    body = message.outputs if isinstance(message, Done) else message
    name = _NAMES[type(body)]
    return json.dumps({name: _ADAPTERS[name].dump_python(body, mode="json")}) + "\n"


def read_message(line: str) -> Message | Done | None:
    """The message in a line, None for a line that is none."""
    try:
        ((name, body),) = json.loads(line).items()
        message = _ADAPTERS[name].validate_python(body)
    except (ValueError, KeyError, AttributeError, TypeError, ValidationError):
        return None
    if name == "outputs":
        return Done(message)
    known: Message = message
    return known

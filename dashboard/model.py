"""The words of the dashboard: requests, operations, stores, events. No input, no output.

All timestamps are aware `datetime`s in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

JSON = Any
"""A JSON document: None, bool, number, text, list or mapping of these."""


def namespace_of(store: str) -> str:
    """The namespace of a store, by the project's fixed naming."""
    return f"store-{store}"


class Kind(StrEnum):
    """What an operation does; `CREATE` makes a store or brings it up to date."""

    CREATE = "create"
    DELETE = "delete"


class State(StrEnum):
    """Where an operation stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STALLED = "stalled"
    CANCELED = "canceled"


ENDED = frozenset({State.SUCCEEDED, State.FAILED, State.STALLED, State.CANCELED})
"""States that never change again; an operation in one of them has `finished_at`."""


class Status(StrEnum):
    """How a store looks to its owner."""

    QUEUED = "queued"
    PROVISIONING = "provisioning"
    READY = "ready"
    FAILED = "failed"
    STALLED = "stalled"
    DELETING = "deleting"
    UNREACHABLE = "unreachable"


class Level(StrEnum):
    NORMAL = "normal"
    WARNING = "warning"
    ERROR = "error"


class Source(StrEnum):
    """Who says it: the queue, Pulumi's engine, the cluster."""

    OPERATION = "operation"
    ENGINE = "engine"
    KUBERNETES = "kubernetes"


@dataclass(frozen=True)
class Request:
    """What somebody asked for. Holds no secret."""

    name: str
    engine: str
    plan: str
    title: str
    admin_email: str
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """`done` of `total` steps are over; `step` names the one in work. `total` 0 means unknown."""

    done: int = 0
    total: int = 0
    step: str = ""


@dataclass(frozen=True)
class Operation:
    """One entry of the queue. `id` is 24 hexadecimal digits.

    `attempt` counts how often a worker took it. `reason` is machine-readable (`ImagePull`,
    `QuotaExceeded`, `NameTaken`, `Locked`, `Timeout`, …), `message` and `cure` are for people; the
    three are empty unless it failed, stalled or waits after a failed attempt.
    """

    id: str
    store: str
    kind: Kind
    state: State
    request: Request | None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    attempt: int = 0
    reason: str = ""
    message: str = ""
    cure: str = ""
    progress: Progress = Progress()


@dataclass(frozen=True)
class Store:
    """A store as the list shows it. `operation` is the id of its newest operation, if any.

    `made_by` is "dashboard" or "terminal".
    """

    name: str
    engine: str
    plan: str
    title: str
    admin_email: str
    settings: Mapping[str, str]
    status: Status
    url: str
    namespace: str
    notice: str
    chart_version: str
    created_at: datetime
    ready_at: datetime | None
    last_event: str
    last_event_at: datetime | None
    operation: str | None
    made_by: str


@dataclass(frozen=True)
class NewEvent:
    """What a producer hands to the journal, which gives it its id.

    `kind` is `operation.queued|started|waiting|recovered|succeeded|failed|stalled|canceled`,
    `engine.step`, `kubernetes.event` or `store.status`. `object` is `Pod/web-abc`, or type and name
    of a Pulumi resource, or empty. `count` says how often a repeated Kubernetes event was seen.
    """

    at: datetime
    store: str
    operation: str | None
    source: Source
    level: Level
    kind: str
    object: str = ""
    reason: str = ""
    message: str = ""
    count: int = 1
    data: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Event(NewEvent):
    """An entry of the journal. Ids only grow, in the order in which entries became visible."""

    id: int


@dataclass(frozen=True)
class Outputs:
    """What a finished store tells about itself; names of secrets, never their values."""

    url: str
    namespace: str
    engine: str
    chart_version: str
    admin_secret_name: str
    admin_secret_key: str
    notice: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """Why an attempt failed. `retryable`: the same request may succeed a little later."""

    reason: str
    message: str
    cure: str
    retryable: bool = False


@dataclass(frozen=True)
class Existing:
    """A store that the state backend knows; `outputs` is None before its first success."""

    name: str
    outputs: Outputs | None
    engine: str = ""
    plan: str = ""
    title: str = ""
    admin_email: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WorkerBeat:
    """The last sign of life of a worker; `alive` as judged by the database's clock."""

    id: str
    host: str
    pid: int
    started_at: datetime
    beat_at: datetime
    alive: bool

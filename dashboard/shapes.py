"""The API's requests and answers as OpenAPI describes them. Closed: an unknown field is refused."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from dashboard import model
from dashboard.fleet import SORTS
from dashboard.model import Kind, Level, Source, State, Status

PLAIN = r"^[^\x00-\x1f\x7f]*$"
"""No control characters: PostgreSQL takes no NUL, and people type none of the others."""
Moment = Annotated[
    datetime,
    PlainSerializer(lambda at: at.astimezone(UTC).isoformat().replace("+00:00", "Z"), return_type=str),
    Field(description="ISO 8601, UTC", json_schema_extra={"format": "date-time"}),
]
Sort = Literal[
    "name", "-name", "status", "-status", "engine", "-engine", "created", "-created", "last_event", "-last_event"
]
assert set(Sort.__args__) == {f"{sign}{name}" for name in SORTS for sign in ("", "-")}  # type: ignore[attr-defined]


class Closed(BaseModel):
    """Refuses what it does not know, and reads the dataclasses of `model`."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, frozen=True)


class StoreRequest(Closed):
    """What a new store shall be."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "nike-shoes",
                    "engine": "woocommerce",
                    "plan": "small",
                    "title": "Nike Shoes",
                    "admin_email": "owner@example.com",
                    "settings": {"currency": "EUR"},
                }
            ]
        }
    )
    name: str = Field(
        min_length=1,
        max_length=200,
        description="3 to 30 lower-case letters, digits and hyphens; the host's first label",
    )
    engine: str = Field("", max_length=63, description="one of GET /api/engines; empty: the first")
    plan: str = Field("", max_length=63, description="one of the engine's plans; empty: the smallest")
    title: str = Field("", max_length=200, description="the shop's title, one line; empty: made of the name")
    admin_email: str = Field("", max_length=300, description="the administrator's address; empty: admin@<host>")
    settings: dict[str, str] = Field(
        default_factory=dict, max_length=50, description="the engine's settings; what is left out has its default"
    )


class StoreQuery(Closed):
    """Which stores to list, in which order."""

    search: str = Field("", max_length=100, pattern=PLAIN, description="a part of name or title, whatever its case")
    status: list[Status] = Field([], max_length=20, description="any of these; none: all")
    engine: str = Field("", max_length=63, pattern=PLAIN, description="of this engine; empty: of all")
    sort: Sort = Field("name", description="the order; with - before it the other way round")
    offset: int = Field(0, ge=0, le=1_000_000, description="how many to skip")
    limit: int = Field(50, ge=1, le=200, description="how many to return at most")


class Progress(Closed):
    """`done` of `total` steps; `total` 0 means unknown."""

    done: int
    total: int
    step: str


class Operation(Closed):
    """One entry of the queue. `reason`, `message` and `cure` say why it failed or waits."""

    id: str = Field(description="24 hexadecimal digits", examples=["6c0f2b6f4e1d4a53b8d9a1c7"])
    store: str
    kind: Kind
    state: State
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    attempt: int = Field(description="how often a worker took it")
    reason: str = Field(description="machine-readable, such as ImagePull or QuotaExceeded; empty: nothing wrong")
    message: str
    cure: str
    progress: Progress


class Store(Closed):
    """A store as the list shows it."""

    name: str
    engine: str
    plan: str
    title: str
    admin_email: str
    settings: dict[str, str]
    status: Status
    url: str = Field(description="where it answers; empty before it was ready once")
    namespace: str
    notice: str
    chart_version: str
    created_at: Moment
    ready_at: Moment | None
    last_event: str
    last_event_at: Moment | None
    operation: str | None = Field(description="id of the newest operation")
    made_by: str = Field(description="dashboard or terminal")


class StoreDetail(Store):
    """A store, and how it looked in the cluster last."""

    snapshot: dict[str, Any] | None = Field(description="pods, claims, why it is not ready, and when that was seen")


class StoreList(Closed):
    """One page of stores."""

    items: list[Store]
    total: int = Field(description="how many match in all")
    offset: int
    limit: int


class Event(Closed):
    """The `data` of one event of the stream."""

    id: int
    at: Moment
    store: str
    operation: str | None
    source: Source
    level: Level
    kind: str
    object: str
    reason: str
    message: str
    count: int
    data: dict[str, Any]


class Plan(Closed):
    """How big a store is."""

    name: str
    title: str
    summary: str


class Setting(Closed):
    """Something that an owner may set."""

    name: str
    label: str
    help: str
    kind: str = Field(description="text, choice, boolean or list")
    choices: list[str]
    default: str


class Engine(Closed):
    """What a store can run."""

    title: str
    summary: str
    plans: list[Plan] = Field(description="those that can hold it, smallest first")
    settings: list[Setting]


class NameCheck(Closed):
    """Whether a store can have this name now."""

    name: str
    available: bool
    problem: str = Field(description="why not, with the cure; empty when it is available")


class Credentials(Closed):
    """How the shop's administrator logs in. Read from the cluster for this answer, kept nowhere."""

    user: str
    password: str


class Healthy(Closed):
    """The process answers."""

    status: Literal["alive"]


class Ready(Closed):
    """`degraded`: requests are taken and shown, but no worker is alive to do them."""

    status: Literal["ready", "degraded"]
    database: Literal["answers"]
    workers: int = Field(description="workers that were heard of in the last 30 seconds")


class ProblemDocument(BaseModel):
    """RFC 9457: what was refused or failed, and what to do about it."""

    type: str = Field(examples=["urn:storefleet:problem:exists"])
    title: str = Field(examples=["Conflict"])
    status: int = Field(examples=[409])
    detail: str = Field(description="the cause, in one sentence", examples=["the name 'nike-shoes' is taken"])
    instance: str = Field(examples=["/api/stores"])
    cure: str = Field(description="what to do", examples=["choose another name, or delete that store first"])
    fields: dict[str, str] | None = Field(None, description="field -> what is wrong with it")


def operation(found: model.Operation) -> Operation:
    """The operation as the API shows it."""
    return Operation.model_validate(found)


def store(found: model.Store) -> Store:
    """The store as the API shows it."""
    return Store.model_validate(found)

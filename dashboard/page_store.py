"""A store's page as a view: its header, progress, trouble, pods and what may be done to it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.model import Event, Kind, Operation, State, Status, Store
from dashboard.page_events import EventGroup, Moment, Step, engine_steps, group_events, timeline
from dashboard.page_list import Row, make_row
from dashboard.page_text import IN_MOTION, clock, stamp

Document = Mapping[str, Any]
ACTIVE = frozenset((State.QUEUED, State.RUNNING))
OF_READY_STORES = frozenset(("CertificatePending", "CertificateRefused"))
"""What is wrong with a store although it is ready: its own pages answer, and browsers warn of them."""


@dataclass(frozen=True)
class Progress:
    """The bar: `done` of `total` steps (`total` 0: not known yet), what runs, and the time so far.

    `since` is set only while the clock runs; `elapsed` is what it showed when the page was made.
    """

    headline: str
    step: str
    done: int
    total: int
    elapsed: str
    since: str
    state: str


@dataclass(frozen=True)
class Trouble:
    """Why the store is not ready, and what to do: `object` is empty where no object is to blame."""

    headline: str
    object: str
    reason: str
    message: str
    cure: str
    retryable: bool


@dataclass(frozen=True)
class Pod:
    """One pod as the worker saw it last; `tone` is good, bad, warn or plain."""

    name: str
    component: str
    phase: str
    ready: bool
    restarts: int
    detail: str
    tone: str


@dataclass(frozen=True)
class View:
    """Everything the store's page shows."""

    row: Row
    store: Store
    progress: Progress | None
    trouble: Trouble | None
    doing: str
    events: tuple[EventGroup, ...]
    warnings: int
    steps: tuple[Step, ...]
    moments: tuple[Moment, ...]
    pods: tuple[Pod, ...]
    pods_at: str
    outputs: tuple[tuple[str, str], ...]
    in_motion: bool
    can_retry: bool
    can_update: bool
    newer_chart: str
    can_delete: bool
    has_credentials: bool


def make_view(
    store: Store,
    operations: Sequence[Operation],
    events: Sequence[Event],
    snapshot: Document | None,
    now: datetime,
    chart_version: str = "",
) -> View:
    """Put together the page of `store`; `operations` are newest first, `events` in any order.

    `chart_version` is that of the engine's present chart, "" where it is not known.
    """
    newest = operations[0] if operations else None
    groups = tuple(group_events(events))
    return View(
        row=make_row(store, now),
        store=store,
        progress=make_progress(newest, now, was_ready=store.ready_at is not None),
        trouble=make_trouble(store, newest, snapshot),
        doing=_doing(snapshot),
        events=groups,
        warnings=sum(group.level != "normal" for group in groups),
        steps=tuple(engine_steps(events, newest.id if newest else None)),
        moments=tuple(timeline(events, operations)),
        pods=make_pods(snapshot),
        pods_at=str((snapshot or {}).get("at", "")),
        outputs=_outputs(store, newest),
        in_motion=store.status in IN_MOTION or (newest is not None and newest.state in ACTIVE),
        can_retry=newest is not None and newest.state not in ACTIVE and store.status in (Status.FAILED, Status.STALLED),
        can_update=store.status is Status.READY and store.made_by != "terminal",
        newer_chart=chart_version if store.chart_version not in ("", chart_version) else "",
        can_delete=store.status is not Status.DELETING,
        has_credentials=bool(store.namespace) and store.status in (Status.READY, Status.UNREACHABLE),
    )


def make_progress(operation: Operation | None, now: datetime, was_ready: bool = False) -> Progress | None:
    """The bar of the newest operation; None where there is none, it was called off, or all went well.

    `was_ready`: the store was complete before, so that what makes it is an update.
    """
    if operation is None or operation.state in (State.CANCELED, State.SUCCEEDED):
        return None
    begin = operation.started_at or operation.created_at
    end = operation.finished_at or now
    deed = "Deleting" if operation.kind is Kind.DELETE else "Updating" if was_ready else "Deploying"
    headline = {
        State.QUEUED: "Waiting in the queue",
        State.RUNNING: deed,
        State.FAILED: f"{deed} failed",
        State.STALLED: f"{deed} stalled",
    }[operation.state]
    active = operation.state in ACTIVE
    if operation.state is State.RUNNING and operation.attempt > 1:
        headline += f", attempt {operation.attempt}"
    return Progress(
        headline=headline,
        step=operation.progress.step if active else "",
        done=min(operation.progress.done, operation.progress.total),
        total=operation.progress.total,
        elapsed=clock((end - begin).total_seconds()),
        since=stamp(begin) if active else "",
        state=operation.state.value,
    )


def make_trouble(store: Store, operation: Operation | None, snapshot: Document | None) -> Trouble | None:
    """Why the store is not ready: the operation's own failure, else what the worker's eyes found.

    What the eyes saw names the object, so its words win over the operation's where both exist.
    """
    why = (snapshot or {}).get("why") or {}
    failed = operation is not None and operation.state in (State.FAILED, State.STALLED)
    if not failed and not (why and (store.status is not Status.READY or why.get("reason") in OF_READY_STORES)):
        if store.status is Status.UNREACHABLE:
            return _unreachable(store)
        return None
    own = operation if failed else None
    message = str(why.get("message") or (own.message if own else ""))
    return Trouble(
        headline=_trouble_headline(store, own),
        object=str(why.get("object") or ""),
        reason=str(why.get("reason") or (own.reason if own else "")),
        message=message or "The operation ended without a message",
        cure=str(why.get("cure") or (own.cure if own else "")),
        retryable=failed,
    )


def _trouble_headline(store: Store, failed: Operation | None) -> str:
    if failed is None:
        return "The shop runs, but browsers warn of it" if store.status is Status.READY else "Why it takes so long"
    # The release of a failed update goes back to its last good revision.
    was_updated = failed.kind is Kind.CREATE and store.ready_at is not None
    return "Why the update failed; the shop is as it was before" if was_updated else "Why it is not ready"


def _doing(snapshot: Document | None) -> str:
    """What the worker's eyes see in work while nothing is wrong, "" if nothing."""
    doing = (snapshot or {}).get("doing") or {}
    return ": ".join(str(doing[key]) for key in ("object", "message") if doing.get(key))


def _unreachable(store: Store) -> Trouble:
    return Trouble(
        headline="Why it is unreachable",
        object="",
        reason="",
        message=store.last_event or "The cluster does not answer, so nobody can say how this store is",
        cure="Check that the cluster runs; the page follows by itself when it answers again",
        retryable=False,
    )


def make_pods(snapshot: Document | None) -> tuple[Pod, ...]:
    """The pods of the newest snapshot; fields that the worker left out are empty."""
    return tuple(_pod(document) for document in (snapshot or {}).get("pods") or ())


def _pod(document: Document) -> Pod:
    phase, ready = str(document.get("phase", "")), bool(document.get("ready"))
    reason, message = str(document.get("reason") or ""), str(document.get("message") or "")
    done = phase == "Succeeded"
    bad = phase == "Failed" or reason.endswith(("BackOff", "Error", "Failed")) or reason.startswith("Err")
    return Pod(
        name=str(document.get("name", "")),
        component=str(document.get("component") or ""),
        phase=phase or "Unknown",
        ready=ready,
        restarts=int(document.get("restarts") or 0),
        detail=": ".join(part for part in (reason, message) if part),
        tone="good" if ready or done else "bad" if bad else "warn",
    )


def _outputs(store: Store, newest: Operation | None) -> tuple[tuple[str, str], ...]:
    pairs = (
        ("Engine", store.engine),
        ("Plan", store.plan),
        ("Namespace", store.namespace),
        ("Chart version", store.chart_version),
        ("Shop title", store.title),
        ("Admin e-mail", store.admin_email),
        *sorted((str(key), str(value)) for key, value in store.settings.items()),
        ("Made in", "a terminal" if store.made_by == "terminal" else "the dashboard"),
        ("Deployed in", _took(newest)),
    )
    return tuple((label, value) for label, value in pairs if value)


def _took(operation: Operation | None) -> str:
    if operation is None or operation.state is not State.SUCCEEDED or not operation.finished_at:
        return ""
    begin = operation.started_at or operation.created_at
    return f"{clock((operation.finished_at - begin).total_seconds())} min"

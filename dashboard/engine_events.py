"""Pulumi's engine events as events of the journal: what is being made, and how far it is.

The callback runs on a thread of the gRPC server, whose library prints a raw event, secrets and all,
when the callback fails. So it never does.
"""

import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from pulumi.automation.events import EngineEvent, OpType, StepEventMetadata

from dashboard.backend import RELEASE, STACK
from dashboard.failures import clean
from dashboard.model import Level, NewEvent, Progress, Source
from dashboard.provisioner import Emit

QUIET_OPS = frozenset({OpType.SAME, OpType.READ, OpType.REFRESH})
VERBS = {
    OpType.CREATE: ("creating", "created"), OpType.UPDATE: ("updating", "updated"),
    OpType.DELETE: ("deleting", "deleted"), OpType.REPLACE: ("replacing", "replaced"),
    OpType.SAME: ("checking", "unchanged"), OpType.REFRESH: ("reading", "read"), OpType.READ: ("reading", "read"),
}  # fmt: skip
HIDDEN = ("pulumi:providers:", STACK, "pulumi:pulumi:StackReference")


def event(store: str, kind: str, message: str, level: Level = Level.NORMAL, **fields: Any) -> NewEvent:
    """An event of this moment, of the operation that this process runs."""
    source = Source.ENGINE if kind.startswith("engine.") else Source.OPERATION
    operation = os.environ.get("STOREFLEET_OPERATION")
    return NewEvent(datetime.now(UTC), store, operation, source, level, kind, message=clean(message), **fields)


class Narrator:
    """Listens to one run of the engine. `expected` is how many steps there will be, 0 if unknown.

    `errors` are the engine's own error messages, raw and not for users; `outputs` the stack's, secrets left out.
    """

    def __init__(self, store: str, emit: Emit, expected: int = 0) -> None:
        self._store, self._emit, self._expected = store, emit, expected
        self._lock = threading.Lock()
        self._begun: dict[str, OpType] = {}
        self._ended: set[str] = set()
        self.errors: list[str] = []
        self.outputs: Mapping[str, Any] = {}

    def __call__(self, happened: EngineEvent) -> None:
        """Take one engine event."""
        with suppress(Exception), self._lock:
            self._take(happened)

    def _take(self, happened: EngineEvent) -> None:
        if happened.resource_pre_event:
            self._begins(happened.resource_pre_event.metadata)
        elif happened.res_outputs_event:
            self._ends(happened.res_outputs_event.metadata)
        elif happened.res_op_failed_event:
            metadata = happened.res_op_failed_event.metadata
            self._step(metadata, "failed", Level.ERROR)
        elif happened.diagnostic_event and happened.diagnostic_event.severity == "error":
            self.errors.append(happened.diagnostic_event.message)

    def _begins(self, metadata: StepEventMetadata) -> None:
        if metadata.type.startswith(HIDDEN):
            return
        self._begun[metadata.urn] = metadata.op
        if metadata.op not in QUIET_OPS:
            self._step(metadata, VERBS.get(metadata.op, (metadata.op.value,))[0])
        self._progress(metadata)

    def _ends(self, metadata: StepEventMetadata) -> None:
        if metadata.type == STACK and metadata.new is not None:
            self.outputs = dict(metadata.new.outputs or {})
        if metadata.type.startswith(HIDDEN):
            return
        self._ended.add(metadata.urn)
        if metadata.op not in QUIET_OPS:
            self._step(metadata, VERBS.get(metadata.op, ("", metadata.op.value))[1])
        self._progress(metadata)

    def _step(self, metadata: StepEventMetadata, word: str, level: Level = Level.NORMAL) -> None:
        name = object_name(metadata.urn)
        data = {"op": metadata.op.value, "phase": word, "done": len(self._ended), "total": self._total}
        self._emit(event(self._store, "engine.step", f"{word} {name}", level, object=name, reason=word, data=data))

    def _progress(self, metadata: StepEventMetadata) -> None:
        waiting = [urn for urn in self._begun if urn not in self._ended]
        # The release takes nearly all the time, so it is named while it runs.
        slow = next((urn for urn in waiting if f"{RELEASE}::" in urn), waiting[-1] if waiting else metadata.urn)
        verb = VERBS.get(self._begun.get(slow, metadata.op), (metadata.op.value,))[0]
        self._emit(Progress(len(self._ended), self._total, f"{verb} {object_name(slow)}"))

    @property
    def _total(self) -> int:
        return max(self._expected, len(self._begun), len(self._ended))


def object_name(urn: str) -> str:
    """`Namespace/namespace` of a Pulumi URN."""
    kind, _, name = urn.partition("::")[2].partition("::")[2].partition("::")
    return f"{kind.rsplit(':', 1)[-1]}/{name}"

"""Pulumi's engine events of one preview as changes of resources, with what the report needs besides.

The callback runs on a thread of the gRPC server, whose library prints a raw event, secrets and all, when the
callback fails. So it never does.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pulumi.automation.events import EngineEvent, OpType, StepEventMetadata

from dashboard.backend import RELEASE, STACK
from dashboard.engine_events import object_name
from previews.fields import differences
from previews.model import Change, Verb, counted

VERBS = {
    OpType.CREATE: Verb.CREATE, OpType.IMPORT: Verb.CREATE, OpType.UPDATE: Verb.UPDATE, OpType.REPLACE: Verb.REPLACE,
    OpType.DELETE: Verb.DELETE,
}  # fmt: skip
"""What is told. The halves of a replacement (create-replacement, delete-replaced) are not: the whole is."""

QUOTA = "kubernetes:core/v1:ResourceQuota"


class Steps:
    """Listens to one preview.

    `errors` are the engine's own messages, raw and not for users. `release` are the inputs of the Helm Release that
    would be deployed, and `deployed` those of the one that is, both empty where there is none. `hard` are the limits
    of the stack's ResourceQuota, `outputs` the stack's own outputs; secrets are left out of all of them.
    """

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.release: Mapping[str, Any] = {}
        self.deployed: Mapping[str, Any] = {}
        self.release_changes = False
        self.hard: Mapping[str, str] = {}
        self.outputs: Mapping[str, Any] = {}
        self._changes: dict[str, Change] = {}
        self._counts: Mapping[str, int] = {}

    @property
    def resources(self) -> tuple[Change, ...]:
        """What happens to the stack's resources, in the engine's order."""
        return tuple(self._changes.values())

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """The engine's own count of each operation."""
        return counted(self._counts)

    def __call__(self, happened: EngineEvent) -> None:
        """Take one engine event."""
        with suppress(Exception):
            self.take(happened)

    def take(self, happened: EngineEvent) -> None:
        """Take one engine event; unlike a call this may raise, which a test wants to see."""
        if happened.resource_pre_event:
            self._step(happened.resource_pre_event.metadata)
        elif happened.res_outputs_event and happened.res_outputs_event.metadata.type == STACK:
            self._stack(happened.res_outputs_event.metadata)
        elif happened.summary_event:
            self._counts = {
                getattr(op, "value", str(op)): n for op, n in happened.summary_event.resource_changes.items()
            }
        elif happened.diagnostic_event and happened.diagnostic_event.severity == "error":
            self.errors.append(happened.diagnostic_event.message)

    def _stack(self, metadata: StepEventMetadata) -> None:
        """The stack's outputs come last; what stores read of the platform may change without any resource."""
        old = (metadata.old and metadata.old.outputs) or {}
        self.outputs = dict((metadata.new and metadata.new.outputs) or {})
        if fields := differences(old, self.outputs):
            self._changes[metadata.urn] = Change(Verb.UPDATE, "Stack/outputs", fields)
        else:
            self._changes.pop(metadata.urn, None)  # the first of these events is without outputs

    def _step(self, metadata: StepEventMetadata) -> None:
        old = (metadata.old and metadata.old.inputs) or {}
        new = (metadata.new and metadata.new.inputs) or {}
        if metadata.type == RELEASE and metadata.op is not OpType.DELETE_REPLACED:
            self.release, self.deployed = new or self.release, old or self.deployed
            self.release_changes = self.release_changes or metadata.op is not OpType.SAME
        elif metadata.type == QUOTA and new:
            self.hard = new.get("spec", {}).get("hard", {})
        if metadata.type != STACK and (verb := VERBS.get(metadata.op)):
            kind = metadata.type.rsplit(":", 1)[-1]
            both = differences(_own(old), _own(new), kind) if verb in (Verb.UPDATE, Verb.REPLACE) else ()
            self._changes[metadata.urn] = Change(verb, object_name(metadata.urn), both)


def _own(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs without the provider's own bookkeeping."""
    return {key: value for key, value in inputs.items() if not key.startswith("__")}

"""Has a namespace deleted as soon as the engine begins to delete what is in it.

Kubernetes lets five seconds pass between the deletion of a namespace and the first look at what it holds
(`namespaceDeletionGracePeriod` in its namespace controller). Asked for at the end they are added to the time of a
delete; asked for at the beginning they pass while Helm uninstalls. Not before the beginning: an engine that
cannot open the stack (a wrong passphrase, a lock) has deleted nothing.
"""

from collections.abc import Callable
from contextlib import suppress

from pulumi.automation.events import EngineEvent, OpType

from dashboard.apiserver import ApiError


class Farewell:
    """A listener that passes each event on to `listen` and calls `leave` once, at the first delete.

    What the cluster refuses is not told: whoever destroys a store deletes its namespace at the end anyway.
    """

    def __init__(self, listen: Callable[[EngineEvent], None], leave: Callable[[], object]) -> None:
        self._listen, self._leave = listen, leave
        self._left = False

    def __call__(self, happened: EngineEvent) -> None:
        """Take one engine event."""
        self._listen(happened)
        begun = happened.resource_pre_event
        if begun and begun.metadata.op is OpType.DELETE and not self._left:
            self._left = True
            with suppress(ApiError):
                self._leave()

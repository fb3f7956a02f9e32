"""What turns a request into a store: the protocol that Pulumi's half and the fake one fulfil.

Runs inside the child process of one operation, never in the web process.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from dashboard.model import Existing, Failure, NewEvent, Outputs, Progress, Request

Emit = Callable[[NewEvent | Progress], None]
"""Takes what happens while it happens; safe to call from any thread, never raises."""


class Failed(Exception):
    """An attempt failed for a known reason; `failure` is shown to the user."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Provisioner(Protocol):
    """Makes and destroys stores. Each method raises `Failed`, and anything else is a defect.

    A lock that somebody else holds is waited for inside, with an `operation.waiting` event.
    """

    def up(self, request: Request, emit: Emit) -> Outputs:
        """Make the store or bring it up to date; returns when it is ready to be visited."""
        ...

    def destroy(self, name: str, emit: Emit) -> None:
        """Take the store away. Idempotent; returns only when nothing of it is left."""
        ...

    def recover(self, name: str, emit: Emit) -> None:
        """Clear what an interrupted attempt left: locks, pending releases, pending creates.

        Called before `up` or `destroy`, only when the owner of that attempt is proven dead.
        """
        ...


class Inventory(Protocol):
    """The truth about what exists."""

    def stores(self) -> Sequence[Existing]:
        """Every stack of the backend, whoever made it. Raises `Failed` when it cannot be asked."""
        ...

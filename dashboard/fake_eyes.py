"""Pods that are not there, for the pages: a snapshot of each store that goes with its status."""

import threading
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import DBAPIError

from dashboard.fleet import Fleet
from dashboard.model import Status, Store

LOOK_SECONDS = 1.0


class FakeEyes:
    """Writes a snapshot whenever a store's status has changed."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._stop = threading.Event()
        self._seen: dict[str, Status] = {}
        self._thread = threading.Thread(target=self._look, daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the last look is over."""
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                for store in self._fleet.stores(limit=1000)[0]:
                    if self._seen.get(store.name) is not store.status:
                        self._fleet.put_snapshot(store.name, snapshot(store), datetime.now(UTC))
                        self._seen[store.name] = store.status
            except DBAPIError:
                continue  # not answering now; the next look tells


def snapshot(store: Store) -> dict[str, Any]:
    """The pods of `store` as its status lets one expect."""
    ready = store.status is Status.READY
    broken = store.status in (Status.FAILED, Status.STALLED)
    reason = "ErrImagePull" if broken else ""
    why = {
        "object": "Pod/web-5d8f9c7b6-x2x4q", "reason": "ErrImagePull", "message": "the image cannot be pulled",
        "cure": "check the image's name", "since": datetime.now(UTC).isoformat(),
    }  # fmt: skip
    return {
        "pods": [
            _pod("database-0", "database", "Running", True, ""),
            _pod("web-5d8f9c7b6-x2x4q", "web", "Running" if ready else "Pending", ready, reason),
        ],
        "claims": [{"name": "data-database-0", "phase": "Bound", "size": "1Gi", "reason": "", "message": ""}],
        "why": why if broken else None,
    }  # fmt: skip


def _pod(name: str, component: str, phase: str, ready: bool, reason: str) -> dict[str, Any]:
    return {
        "name": name, "component": component, "phase": phase, "ready": ready, "restarts": 0, "reason": reason,
        "message": "", "age": 0,
    }  # fmt: skip

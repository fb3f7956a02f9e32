"""Keeps the database's picture of each store in step with what the eyes see."""

from datetime import UTC, datetime
from typing import Any

from dashboard.fleet import Fleet
from dashboard.model import Status
from dashboard.readiness import OURS, Readiness
from dashboard.sights import Sights, document, is_reachable
from dashboard.troubles import SETTLED, Troubles
from dashboard.why import diagnose


class Snapshots:
    """Writes snapshots and statuses, and only those that changed. For one thread.

    Only stores that the database knows get a snapshot: a store that the terminal has just made gets
    its first one when the inventory has found it.
    """

    def __init__(self, fleet: Fleet, readiness: Readiness, sights: Sights, troubles: Troubles) -> None:
        self._fleet, self._readiness, self._sights, self._troubles = fleet, readiness, sights, troubles
        self._written: dict[str, Any] = {}

    def refresh(self, store: str) -> float | None:
        """Look at one store; returns the seconds after which to look again though nothing happens."""
        now = datetime.now(UTC)
        facts = self._sights.facts(store, now)
        diagnosis = diagnose(facts)
        settled = self._troubles.note(store, diagnosis, now)
        status = self._readiness.status(store)
        if status is None:
            self._written.pop(store, None)
            return None
        reachable = is_reachable(facts)
        again = self._readiness.judge(store, status, reachable, diagnosis)
        # A finished store that nobody can reach has something wrong with it, however it is called.
        wrong = diagnosis is not None and (diagnosis.level != "normal" or (status in OURS and not reachable))
        told = diagnosis if wrong and settled else None
        self._put(store, document(facts, told, None if wrong else diagnosis), now)
        return SETTLED.total_seconds() if wrong and not settled else again

    def stale(self) -> set[str]:
        """Stores to look at without an event's cause: new in the database, not well, or with a doubtful status."""
        statuses = self._readiness.statuses()
        self._written = {store: kept for store, kept in self._written.items() if store in statuses}
        self._troubles.keep_only(statuses)
        return {store for store, status in statuses.items() if self._is_stale(store, status)}

    def _is_stale(self, store: str, status: Status) -> bool:
        kept = self._written.get(store)
        if kept is None or kept["why"] or kept["doing"]:
            return True
        answers = any(pod["component"] == "web" and pod["ready"] for pod in kept["pods"])
        return status in OURS and answers != (status is Status.READY)

    def _put(self, store: str, seen: dict[str, Any], now: datetime) -> None:
        if store not in self._written:
            self._written[store] = timeless(self._fleet.snapshot(store) or {})
        if self._written[store] != timeless(seen):
            self._fleet.put_snapshot(store, seen, now)
            self._written[store] = timeless(seen)


def timeless(seen: dict[str, Any]) -> dict[str, Any]:
    """A snapshot without what changes by itself."""
    pods = [{key: value for key, value in pod.items() if key != "age"} for pod in seen.get("pods", ())]
    why, doing = (({**seen[k], "since": ""} if seen.get(k) else None) for k in ("why", "doing"))
    return {"pods": pods, "claims": seen.get("claims", ()), "why": why, "doing": doing}

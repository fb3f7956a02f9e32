"""What was wrong with each store lately, so that a failure can be explained after its objects are gone.

Helm takes everything away that it could not make ready; by then the cluster no longer knows why.
"""

import threading
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.why import Diagnosis

SETTLED = timedelta(seconds=2)
"""What is wrong for a shorter time is told to nobody: a pod that no node takes while its volume is being made."""

PER_STORE = 20

NOTHING_THERE = frozenset({"NotCreated", "NamespaceMissing", "NamespaceTerminating"})
"""What is so before the first object and after the last explains nothing."""

_Key = tuple[str, str]


@dataclass
class _Trouble:
    diagnosis: Diagnosis
    first: datetime
    last: datetime
    held: timedelta = timedelta(0)


class Troubles:
    """Remembers diagnoses with the time that each held. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stores: dict[str, dict[_Key, _Trouble]] = {}
        self._current: dict[str, _Key] = {}

    def note(self, store: str, diagnosis: Diagnosis | None, now: datetime) -> bool:
        """Take what is wrong now (None: all is well, which ends the memory). Returns whether it is settled."""
        with self._lock:
            troubles = self._stores.setdefault(store, {})
            current = self._current.pop(store, None)
            if current:
                former = troubles[current]
                former.held += now - former.last
                former.last = now
            if diagnosis is None:
                del self._stores[store]
                return True
            if diagnosis.reason in NOTHING_THERE:
                return True
            key = (diagnosis.reason, diagnosis.object.partition("/")[0])
            trouble = troubles.setdefault(key, _Trouble(diagnosis, now, now))
            trouble.diagnosis = diagnosis
            if current != key:
                trouble.first = trouble.last = now
            self._current[store] = key
            self._bound(troubles, key)
            return diagnosis.level == "normal" or now - trouble.first >= SETTLED

    def longest(self, store: str, since: datetime, now: datetime) -> Diagnosis | None:
        """What held longest of all that was wrong at `since` or later, or else what the store waited for longest."""
        with self._lock:
            troubles, current = self._stores.get(store, {}), self._current.get(store)
            lately = [
                (
                    trouble.diagnosis.level != "normal",
                    trouble.held + (now - trouble.last if key == current else timedelta(0)),
                    trouble.diagnosis,
                )
                for key, trouble in troubles.items()
                if key == current or trouble.last >= since
            ]
        return max(lately, key=lambda found: found[:2])[2] if lately else None

    def keep_only(self, stores: Collection[str]) -> None:
        """Forget all other stores."""
        with self._lock:
            for store in [known for known in self._stores if known not in stores]:
                del self._stores[store]
                self._current.pop(store, None)

    def _bound(self, troubles: dict[_Key, _Trouble], keep: _Key) -> None:
        if len(troubles) > PER_STORE:
            del troubles[min((k for k in troubles if k != keep), key=lambda k: troubles[k].held)]

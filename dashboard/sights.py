"""How every store looks in the cluster at this moment, in memory, and the document that pages show of it."""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dashboard.watch import STORE
from dashboard.why import Diagnosis, Facts
from dashboard.why.facts import JSON, component, containers, created, is_ready, name, status

EVENTS_PER_STORE = 80
TELLING = frozenset({"FailedBinding"})
"""Normal events that nevertheless say what is wrong; otherwise only Warnings are remembered."""

_LISTS = {
    "Pod": "pods", "PersistentVolumeClaim": "claims", "Job": "jobs", "ResourceQuota": "quotas",
    "Deployment": "workloads", "StatefulSet": "workloads", "Certificate": "certificates", "Challenge": "challenges",
}  # fmt: skip


@dataclass
class _Picture:
    """One namespace."""

    things: dict[tuple[str, str], JSON] = field(default_factory=dict)
    events: "OrderedDict[str, JSON]" = field(default_factory=OrderedDict)


class Sights:
    """The pictures of all stores. Safe to use from several threads; holds no references to the cluster.

    A store is its namespace: the one with the store's label. Objects elsewhere that carry the label
    belong to nobody.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._namespaces: dict[str, JSON] = {}
        self._pictures: dict[str, _Picture] = {}

    def store_of(self, namespace: str) -> str | None:
        """The store in that namespace."""
        with self._lock:
            return self._store_of(namespace)

    def stores(self) -> set[str]:
        """All stores that have a namespace."""
        with self._lock:
            return {thing["metadata"]["labels"][STORE] for thing in self._namespaces.values()}

    def replace(self, kind: str, objects: Iterable[JSON]) -> set[str]:
        """Take the list of all objects of a kind; returns the stores that may look different now."""
        objects = list(objects)
        with self._lock:
            if kind == "Namespace":
                former = self._touched(self._namespaces)
                self._namespaces = {name(thing): thing for thing in objects}
                self._forget_foreign()
                return former | self._touched(self._namespaces)
            here = {(thing["metadata"]["namespace"], name(thing)) for thing in objects}
            gone = [
                (namespace, key)
                for namespace, picture in self._pictures.items()
                for key in picture.things
                if key[0] == kind and (namespace, key[1]) not in here
            ]
            for namespace, key in gone:
                del self._pictures[namespace].things[key]
            for thing in objects:
                self._put(kind, thing)
            return self._touched({namespace for namespace, _ in gone} | {namespace for namespace, _ in here})

    def change(self, kind: str, verb: str, thing: JSON) -> set[str]:
        """Take one change; returns the stores that look different now."""
        with self._lock:
            if kind == "Namespace":
                former = self._touched([name(thing)])
                if verb == "DELETED":
                    self._namespaces.pop(name(thing), None)
                    self._pictures.pop(name(thing), None)
                else:
                    self._namespaces[name(thing)] = thing
                return former | self._touched([name(thing)])
            namespace = thing["metadata"]["namespace"]
            if verb == "DELETED":
                if namespace in self._pictures:
                    self._pictures[namespace].things.pop((kind, name(thing)), None)
            else:
                self._put(kind, thing)
            return self._touched([namespace])

    def note(self, event: JSON) -> str | None:
        """Remember an event that may explain something; returns the store whose picture it changes."""
        namespace = event["metadata"]["namespace"]
        with self._lock:
            store = self._store_of(namespace)
            if store is None or not (event.get("type") == "Warning" or event.get("reason") in TELLING):
                return None
            events = self._pictures.setdefault(namespace, _Picture()).events
            events[event["metadata"]["uid"]] = event
            events.move_to_end(event["metadata"]["uid"])
            while len(events) > EVENTS_PER_STORE:
                events.popitem(last=False)
            return store

    def facts(self, store: str, now: datetime) -> Facts:
        """All that is known of a store now; `namespace` is None if it has none."""
        lists: dict[str, list[JSON]] = {field: [] for field in dict.fromkeys(_LISTS.values())}
        events: list[JSON] = []
        with self._lock:
            homes = [thing for thing in self._namespaces.values() if thing["metadata"]["labels"][STORE] == store]
            for home in homes:
                picture = self._pictures.get(name(home), _Picture())
                events += picture.events.values()
                for (kind, _), thing in picture.things.items():
                    lists[_LISTS[kind]].append(thing)
        return Facts(store, now, homes[0] if homes else None, events=events, **lists)

    def _put(self, kind: str, thing: JSON) -> None:
        picture = self._pictures.setdefault(thing["metadata"]["namespace"], _Picture())
        picture.things[(kind, name(thing))] = thing

    def _store_of(self, namespace: str) -> str | None:
        thing = self._namespaces.get(namespace)
        return thing["metadata"]["labels"][STORE] if thing else None

    def _touched(self, namespaces: Iterable[str]) -> set[str]:
        return {store for store in map(self._store_of, namespaces) if store}

    def _forget_foreign(self) -> None:
        for namespace in [known for known in self._pictures if known not in self._namespaces]:
            del self._pictures[namespace]


def is_reachable(facts: Facts) -> bool:
    """Does at least one web pod answer its readiness probe?"""
    return any(component(pod) == "web" and is_ready(pod) for pod in facts.pods)


def document(facts: Facts, why: Diagnosis | None, doing: Diagnosis | None = None) -> dict[str, Any]:
    """What pages show of a store: pods, claims, `why` it is not ready when something is wrong, and what it
    is `doing` when nothing is. Ages are seconds at `facts.now`."""
    pods = [pod for pod in facts.pods if not (facts.in_background(pod) and status(pod).get("phase") == "Succeeded")]
    return {
        "pods": [_pod(pod, facts.now) for pod in sorted(pods, key=lambda p: (component(p), name(p)))],
        "claims": [_claim(claim) for claim in sorted(facts.claims, key=name)],
        "why": why.document() if why else None,
        "doing": doing.document() if doing else None,
    }


def _pod(pod: JSON, now: datetime) -> dict[str, Any]:
    state = _worst_state(pod)
    return {
        "name": name(pod),
        "component": component(pod),
        "phase": "Terminating" if pod["metadata"].get("deletionTimestamp") else status(pod).get("phase", "Pending"),
        "ready": is_ready(pod),
        "restarts": sum(int(c.get("restartCount") or 0) for c in containers(pod)),
        "reason": str(state.get("reason") or status(pod).get("reason") or ""),
        "message": " ".join(str(state.get("message") or status(pod).get("message") or "").split())[:500],
        "created_at": pod["metadata"].get("creationTimestamp", ""),
        "age": max(0, int((now - created(pod)).total_seconds())),
    }


def _worst_state(pod: JSON) -> JSON:
    for container in containers(pod):
        state = container.get("state") or {}
        if "waiting" in state:
            return dict(state["waiting"])
        if (state.get("terminated") or {}).get("exitCode"):
            return dict(state["terminated"])
    return {}


def _claim(claim: JSON) -> dict[str, Any]:
    return {
        "name": name(claim),
        "phase": status(claim).get("phase", "Pending"),
        "size": (status(claim).get("capacity") or {}).get("storage", ""),
        "storage_class": (claim.get("spec") or {}).get("storageClassName", ""),
    }

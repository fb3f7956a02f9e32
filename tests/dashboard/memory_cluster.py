"""An API server in memory, for tests of what is made of its answers."""

import queue
import threading
from collections.abc import Iterator

from dashboard.apiserver import Unreachable
from dashboard.watch import WATCHED
from tests.dashboard.objects import JSON, namespace

PATHS = {watched.kind: watched.path for watched in WATCHED}


class Cluster:
    """An API in memory: lists what `objects` holds; each change is put into the watch of its kind."""

    def __init__(self, *objects: JSON) -> None:
        self.objects: dict[str, list[JSON]] = {path: [] for path in PATHS.values()} | {
            PATHS["Namespace"]: [namespace()]
        }
        for one in objects:
            self.objects[PATHS[one["kind"]]].append(one)
        self.changes: dict[str, queue.Queue[JSON | None]] = {path: queue.Queue() for path in PATHS.values()}
        self.down = threading.Event()

    def list(self, path: str, **query: str) -> JSON:
        if self.down.is_set():
            raise Unreachable("connection refused")
        return {"metadata": {"resourceVersion": "1"}, "items": list(self.objects[path])}

    def watch(self, path: str, resource_version: str = "", seconds: int = 300, **query: str) -> Iterator[JSON]:
        while change := self.changes[path].get():
            if self.down.is_set():
                raise Unreachable("connection refused")
            yield change

    def tell(self, verb: str, thing: JSON) -> None:
        """Change an object, or let an event happen."""
        kind = thing.get("kind", "Event")
        self.changes[PATHS[kind]].put({"type": verb, "object": thing})

    def end(self) -> None:
        for changes in self.changes.values():
            changes.put(None)

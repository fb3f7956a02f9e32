"""Follow one kind of object of the whole cluster: list, watch, and list again when something was missed.

Guarantees: after every gap the sink gets the whole list anew, so that nothing stays wrong for long;
changes arrive in the API server's order; no failure ends a reader, and none makes it try more often
than the back-off allows. It does not promise that every change arrives: what came and went within a
gap is lost, as always with Kubernetes.
"""

import logging
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

from dashboard.apiserver import ApiError, Expired

log = logging.getLogger(__name__)

JSON = dict[str, Any]
STORE = "storefleet.dev/store"
PAGE = "500"
"""Objects per page of a list, kubectl's default."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
WATCH_SECONDS = (40, 60)
"""The server ends a watch after a time in between, so that readers come back one by one. As the client's
patience follows from it, this is also how long a dead connection stays unnoticed."""

ABSENT_PAUSES = 60
"""First pauses until a kind that the cluster lacks is asked for again: half a minute."""

BRIEF_SECONDS = 2.0
"""A watch that ends sooner, without a word, is no success."""


@dataclass(frozen=True)
class Watched:
    """A kind of object and where it lives; `labelled` ones are asked for by the store's label.

    `optional` ones belong to a controller that a cluster may lack, and may get later.
    """

    kind: str
    path: str
    labelled: bool = True
    optional: bool = False

    def within(self, namespace: str) -> "Watched":
        """The same kind in one namespace; namespaces themselves stay as they are."""
        collection, _, plural = self.path.rpartition("/")
        path = self.path if self.kind == "Namespace" else f"{collection}/namespaces/{namespace}/{plural}"
        return replace(self, path=path)

    @property
    def query(self) -> dict[str, str]:
        """The parameters that choose the objects."""
        return {"labelSelector": STORE} if self.labelled else {}


WATCHED = (
    Watched("Namespace", "/api/v1/namespaces"),
    Watched("Pod", "/api/v1/pods"),
    Watched("PersistentVolumeClaim", "/api/v1/persistentvolumeclaims"),
    Watched("ResourceQuota", "/api/v1/resourcequotas"),
    Watched("Job", "/apis/batch/v1/jobs"),
    Watched("Deployment", "/apis/apps/v1/deployments"),
    Watched("StatefulSet", "/apis/apps/v1/statefulsets"),
    Watched("Event", "/api/v1/events", labelled=False),  # events carry no labels
    Watched("Certificate", "/apis/cert-manager.io/v1/certificates", optional=True),
    Watched("Challenge", "/apis/acme.cert-manager.io/v1/challenges", labelled=False, optional=True),
)
"""Everything that is watched. The worker needs the verbs list and watch on these, cluster-wide."""


class Api(Protocol):
    """What a reader needs of `apiserver.ApiServer`."""

    def list(self, path: str, **query: str) -> JSON:
        """A list document."""
        ...

    def watch(self, path: str, resource_version: str = "", seconds: int = 300, **query: str) -> Iterator[JSON]:
        """Changes until the server ends."""
        ...


class Sink(Protocol):
    """Who hears what a reader sees. Called on the reader's thread; must be quick and must not raise."""

    def replace(self, kind: str, objects: list[JSON]) -> None:
        """These and no others exist."""

    def change(self, kind: str, verb: str, thing: JSON) -> None:
        """`verb` is ADDED, MODIFIED or DELETED."""

    def reached(self, kind: str) -> None:
        """The API server answered."""

    def lost(self, kind: str, why: str) -> None:
        """It did not, or refused; `why` is fit for people."""


class Reader:
    """Follows one kind until `stop` is set. `run` belongs on a thread of its own."""

    def __init__(self, watched: Watched, api: Api, sink: Sink, stop: threading.Event, pause: float = FIRST_PAUSE):
        self._watched, self._api, self._sink, self._stop = watched, api, sink, stop
        self._pause = pause
        self._version = ""
        self._failures = 0

    def run(self) -> None:
        """List and watch, again and again."""
        while not self._stop.is_set():
            try:
                self._once()
            except Expired:
                self._version = ""
                # The first list after a gap should come at once.
                self._rest(self._failures)
            except ApiError as error:
                if error.status == 404 and self._watched.optional:
                    self._do_without()
                else:
                    self._sink.lost(self._watched.kind, _plain(error))
                    self._rest(self._failures + 1)
            except Exception:  # whatever a strange server sends must not blind us for ever
                log.exception("cannot read what the cluster says of %s", self._watched.kind)
                self._version = ""
                self._sink.lost(self._watched.kind, "the cluster answers, but not as Kubernetes does")
                self._rest(self._failures + 1)

    def _once(self) -> None:
        """One list, if one is needed, and one watch to its end."""
        watched = self._watched
        if not self._version:
            objects, self._version = self._list()
            self._tell_list(objects)
        elif self._failures:
            # A watch says nothing while nothing happens, so ask something that is answered.
            self._api.list(watched.path, limit="1", **watched.query)
        self._sink.reached(watched.kind)
        begun, heard = time.monotonic(), False
        for change in self._api.watch(watched.path, self._version, random.randint(*WATCH_SECONDS), **watched.query):
            if self._stop.is_set():
                return
            heard = True
            self._failures = 0
            self._hear(change)
        if heard or time.monotonic() - begun >= BRIEF_SECONDS:
            self._failures = 0
        else:
            self._rest(self._failures + 1)

    def _list(self) -> tuple[list[JSON], str]:
        objects: list[JSON] = []
        more = ""
        while True:
            query = {**self._watched.query, **({"continue": more} if more else {})}
            page = self._api.list(self._watched.path, limit=PAGE, **query)
            objects += [slim(self._watched.kind, thing) for thing in page.get("items") or []]
            more = page["metadata"].get("continue") or ""
            if not more:
                return objects, str(page["metadata"]["resourceVersion"])

    def _do_without(self) -> None:
        """The cluster has no such kind: that is an answer, too, and may change."""
        self._version, self._failures = "", 0
        self._tell_list([])
        self._sink.reached(self._watched.kind)
        self._stop.wait(min(LONGEST_PAUSE, self._pause * ABSENT_PAUSES))

    def _tell_list(self, objects: list[JSON]) -> None:
        if not self._stop.is_set():
            self._sink.replace(self._watched.kind, objects)

    def _hear(self, change: JSON) -> None:
        verb, thing = str(change["type"]), change["object"]
        version = str(thing["metadata"]["resourceVersion"])
        if verb != "BOOKMARK":
            self._sink.change(self._watched.kind, verb, slim(self._watched.kind, thing))
        self._version = version

    def _rest(self, failures: int) -> None:
        """Wait the longer, the more often it failed in a row; half of it by chance, so that readers spread."""
        self._failures = max(failures, 1)
        if failures:
            longest = min(LONGEST_PAUSE, self._pause * 2 ** min(failures - 1, 10))
            self._stop.wait(longest * random.uniform(0.5, 1.0))


def _plain(error: ApiError) -> str:
    if error.status in (401, 403):
        return f"the cluster refuses to be watched: {error.message}"
    if error.status:
        return f"the cluster is busy or ill: HTTP {error.status}"
    return error.message


_SPEC = {
    "Pod": ("volumes", "nodeName", "restartPolicy"),
    "PersistentVolumeClaim": ("storageClassName",),
    "Deployment": ("replicas",),
    "StatefulSet": ("replicas",),
    "Certificate": ("dnsNames",),
    "Challenge": ("dnsName",),
}
_METADATA = (
    "name", "namespace", "uid", "resourceVersion", "labels", "creationTimestamp", "deletionTimestamp", "finalizers",
    "ownerReferences",
)  # fmt: skip


def slim(kind: str, thing: JSON) -> JSON:
    """The object without what nobody here reads, which is most of it: a thousand stores fit into memory.

    Objects in a list lack their `kind`; this adds it.
    """
    metadata = {key: thing["metadata"][key] for key in _METADATA if key in thing["metadata"]}
    if kind == "Event":
        return {**{k: v for k, v in thing.items() if k not in ("managedFields", "apiVersion")}, "metadata": metadata}
    spec = thing.get("spec") or {}
    kept = {key: spec[key] for key in _SPEC.get(kind, ()) if key in spec}
    status = {key: value for key, value in (thing.get("status") or {}).items() if key not in ("podIPs", "hostIPs")}
    return {"kind": kind, "metadata": metadata, "spec": kept, "status": status}

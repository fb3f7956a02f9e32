"""What a killed attempt may leave, and how each of it is made good before the next attempt.

    state file torn, empty            the newest readable copy takes its place
    namespace still going             wait
    Helm record pending, install      forget it: Helm then adopts what already runs; unless something else
                                      is asked for now: then its objects go, whose fields cannot all change
    Helm record pending, upgrade      forget it and its Jobs: the revision before counts again
    Helm record deployed, but Pulumi  the kill came between the two: forget it, Helm adopts
      was still creating the release
    Helm uninstalling                 end the uninstall, then install anew
    objects going, no Helm record     wait: a new pod would be given a volume that goes
    generated Secret not in state     delete it, if no release uses it: its values would conflict
    operations pending in the state   refresh, which forgets creates; what is there is adopted

Locks are the caller's: nothing here may run while somebody else holds one.
"""

import time
from collections.abc import Callable, Sequence

from dashboard.apiserver import ApiError, ApiServer
from dashboard.backend import RELEASE, SECRET, Checkpoint
from dashboard.engine_events import event
from dashboard.failures import KNOWN
from dashboard.model import Failure, Level, namespace_of
from dashboard.provisioner import Emit, Failed
from dashboard.releases import LEAVING, PENDING, Releases, Revision

NAMESPACE_SECONDS = 300.0
"""How long a namespace or an object may take to go before the attempt gives up."""

POLL_SECONDS = 0.5


class Repair:
    """Brings the cluster's side of one store into a state from which `up` or `destroy` can go on."""

    def __init__(self, cluster: ApiServer, name: str, emit: Emit, sleep: Callable[[float], None] = time.sleep) -> None:
        self._cluster, self._name, self._emit, self._sleep = cluster, name, emit, sleep
        self._namespace = namespace_of(name)
        self._releases = Releases(cluster, self._namespace)

    def before_up(self, checkpoint: Checkpoint, is_changed: bool = False) -> bool:
        """Mend what an `up` would stumble over; returns whether the state must be refreshed.

        `is_changed` says that something else is asked for than in the attempt before.
        """
        if not self.wait_while_terminating():
            # All is gone: whatever the state still says will be made anew after a look.
            return bool(checkpoint.pending) or checkpoint.is_finished
        revisions = self._revisions()
        if revisions is None:
            return bool(checkpoint.pending) or checkpoint.is_copy
        healed = self._heal_release(checkpoint, revisions, is_changed)
        if healed and not self._releases.revisions():
            revisions = []
        if not revisions:
            self._until(lambda: not self._releases.leaving(), lambda: "objects of the release do not go away")
            healed |= self._drop_unknown_secrets(checkpoint)
        return healed or bool(checkpoint.pending) or checkpoint.is_copy

    def before_destroy(self, checkpoint: Checkpoint) -> bool:
        """Whether the state must be refreshed before a destroy: it may name what is already gone."""
        if self.is_leaving():
            return True
        statuses = {revision.status for revision in self._revisions() or []}
        known = {release["outputs"].get("name") for release in checkpoint.of_type(RELEASE) if "outputs" in release}
        if checkpoint.pending or checkpoint.is_copy:
            return True
        return bool(statuses & (PENDING | LEAVING)) or (bool(known) and not statuses)

    def wait_while_terminating(self) -> bool:
        """Wait for a namespace on its way out; returns whether there is one afterwards."""
        path = f"/api/v1/namespaces/{self._namespace}"
        namespace = self._cluster.get(path)
        if namespace is None or not namespace["metadata"].get("deletionTimestamp"):
            return namespace is not None
        self._say("operation.waiting", f"the namespace {self._namespace} of an earlier store is still being deleted")
        self.wait_until_gone()
        return False

    def wait_until_gone(self) -> None:
        """Wait until the namespace and its volumes are gone; raises `Failed` with what holds them."""
        path = f"/api/v1/namespaces/{self._namespace}"
        self._until(lambda: self._cluster.get(path) is None, self._why_terminating)
        self._until(lambda: not self.volumes(), lambda: f"volumes are left: {', '.join(self.volumes())}")

    def volumes(self) -> list[str]:
        """Names of the PersistentVolumes that hold this store's data."""
        items = self._cluster.list("/api/v1/persistentvolumes")["items"]
        claims = ((item["metadata"]["name"], item["spec"].get("claimRef") or {}) for item in items)
        return [volume for volume, claim in claims if claim.get("namespace") == self._namespace]

    def delete_namespace(self) -> None:
        """Delete the namespace if it is this store's, and wait; a foreign one of the same name stays."""
        if self.start_deleting():
            self.wait_until_gone()

    def start_deleting(self) -> bool:
        """Have the namespace deleted without waiting; False if there is none or it is somebody else's."""
        namespace = self._cluster.get(f"/api/v1/namespaces/{self._namespace}")
        labels = (namespace or {}).get("metadata", {}).get("labels") or {}
        if labels.get("storefleet.dev/store") != self._name:
            return False
        return self._cluster.delete(f"/api/v1/namespaces/{self._namespace}")

    def is_leaving(self) -> bool:
        """Whether the namespace is on its way out, or gone."""
        namespace = self._cluster.get(f"/api/v1/namespaces/{self._namespace}")
        return namespace is None or bool(namespace["metadata"].get("deletionTimestamp"))

    def _revisions(self) -> list[Revision] | None:
        """The release's revisions; None where we may not look.

        In a cluster the worker is let in by the first object that a stack makes in its namespace: where it
        is not let in, the dead attempt made nothing.
        """
        try:
            return list(self._releases.revisions())
        except ApiError as error:
            if error.status != 403:
                raise
            return None

    def _heal_release(self, checkpoint: Checkpoint, revisions: Sequence[Revision], is_changed: bool) -> bool:
        if not revisions:
            return False
        last = revisions[-1]
        creating = any(p["resource"]["type"] == RELEASE and p["type"] == "creating" for p in checkpoint.pending)
        if last.status in LEAVING:
            self._recovered("ending an interrupted uninstall")
            self._releases.delete_objects()
            self._releases.forget(revisions)
            self._until(lambda: not self._releases.leaving(), lambda: "objects of the release do not go away")
            return True
        if checkpoint.is_finished and last.status in PENDING and len(revisions) > 1:
            self._recovered(f"forgetting the interrupted revision {last.number} of the release")
            self._releases.delete_jobs_of(last)
            self._releases.forget([last])
            return True
        if last.status in PENDING or (not checkpoint.is_finished and (creating or last.status == "failed")):
            if is_changed and not checkpoint.is_finished:
                self._recovered(f"clearing the interrupted install of {last.release}, which was to be another")
                self._releases.delete_objects()
            else:
                self._recovered(f"taking over the interrupted install of {last.release}")
            self._releases.forget(revisions)
            self._until(lambda: not self._releases.leaving(), lambda: "objects of the release do not go away")
            return True
        return False

    def _drop_unknown_secrets(self, checkpoint: Checkpoint) -> bool:
        """Generated values that the state does not know belong to an attempt that no release ever used."""
        path = f"/api/v1/namespaces/{self._namespace}/secrets"
        known = {resource.get("id") for resource in checkpoint.of_type(SECRET)}
        listed = self._cluster.list(path, labelSelector=f"storefleet.dev/store={self._name},owner!=helm")
        names = [item["metadata"]["name"] for item in listed["items"]]
        unknown = [name for name in names if f"{self._namespace}/{name}" not in known]
        for name in unknown:
            self._cluster.delete(f"{path}/{name}")
        return bool(unknown)

    def _until(self, true: Callable[[], bool], why: Callable[[], str]) -> None:
        until = time.monotonic() + NAMESPACE_SECONDS
        while not true():
            if time.monotonic() > until:
                known = next(k.failure for k in KNOWN if k.failure.reason == "NamespaceTerminating")
                raise Failed(Failure(known.reason, why() or known.message, known.cure, retryable=True))
            self._sleep(POLL_SECONDS)

    def _why_terminating(self) -> str:
        namespace = self._cluster.get(f"/api/v1/namespaces/{self._namespace}") or {}
        conditions = namespace.get("status", {}).get("conditions") or []
        said = [c["message"] for c in conditions if c.get("status") == "True" and c.get("message")]
        return f"the namespace {self._namespace} is still being deleted: {' '.join(said)}"

    def _recovered(self, message: str) -> None:
        self._say("operation.recovered", message)

    def _say(self, kind: str, message: str) -> None:
        self._emit(event(self._name, kind, message, Level.WARNING))

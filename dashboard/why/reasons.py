"""The reasons for which a store is not ready, each with cause and cure in plain words.

Their order is their weight: of several findings the first reason in this table is told, because what
stands further down usually follows from it. `docs/why-not-ready.md` is this table; a test compares.
"""

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """How bad it is: on its way, may pass by itself, needs somebody."""

    NORMAL = "normal"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Reason:
    """`cause` continues a sentence that begins with the object; `cure` may name {namespace}, {kind}, {name}
    and {container}."""

    code: str
    weight: Weight
    cause: str
    cure: str


def _look(what: str) -> str:
    return f"kubectl -n {{namespace}} {what}"


_N, _W, _E = Weight.NORMAL, Weight.WARNING, Weight.ERROR
_LOG = _look("logs {name} -c {container}")

REASONS = (
    Reason("ClusterAway", _E, "does not answer, so nothing is known of the store",
           "Look at the cluster's API server; stores go on running without it. What was begun is tried again."),
    Reason("FinalizerBlocks", _E, "cannot be deleted before its finalizer is done",
           "Let the finalizer's owner finish; only if it no longer exists, take the finalizer away: "
           + _look("patch {kind} {name} --type=merge -p '{{\"metadata\":{{\"finalizers\":null}}}}'")),
    Reason("StuckTerminating", _W, "should have ended and has not",
           "See whether its node is still there: " + _look("describe pod {name}")),
    Reason("NamespaceBlocked", _E, "is being deleted, but something in it cannot go",
           "See its conditions, and help what they name: kubectl get namespace {namespace} -o yaml"),
    Reason("NamespaceTerminating", _N, "is being deleted", "Wait until it is gone; then the name can be used again."),
    Reason("ImagePull", _E, "cannot get its container image",
           "Check name and tag of the image and that the nodes reach its registry; then deploy again."),
    Reason("ConfigurationMissing", _E, "refers to a Secret or ConfigMap that does not exist or lacks a key",
           "Deploy again, which makes the store's Secret; if that does not help, the chart refers to a wrong name."),
    Reason("StorageClassMissing", _E, "asks for a storage class that the cluster does not have",
           "Give the platform one of the classes of 'kubectl get storageclass'; then delete and deploy the store."),
    Reason("VolumeLost", _E, "has lost its volume, and with it its data",
           "Restore the volume from a backup, or delete the store and deploy it anew."),
    Reason("QuotaExceeded", _E, "is refused, because it would take more than the store's quota",
           "Free what the quota counts, or raise the quota: " + _look("describe resourcequota")),
    Reason("LimitExceeded", _E, "is refused, because a container asks for more or less than the LimitRange allows",
           "Choose another plan, or change the range: " + _look("describe limitrange")),
    Reason("PolicyRefused", _E, "is refused by a security policy of the cluster",
           "Change the chart so that its pods keep the policy that the message names."),
    Reason("CreateRefused", _E, "could not be created", "The message names the cause; see also "
           + _look("get events")),
    Reason("NodesFull", _E, "fits on no node, because processor or memory there are taken",
           "Delete stores that nobody needs, choose a smaller plan, or add a node: kubectl describe nodes"),
    Reason("VolumePending", _W, "gets no volume",
           "See whether the storage provisioner runs and has room: " + _look("describe pvc {name}")),
    Reason("Unschedulable", _E, "fits on no node",
           "Compare what the pod asks for with what nodes offer: " + _look("describe pod {name}")),
    Reason("MountFailing", _W, "waits for a volume that cannot be mounted",
           "See whether the volume is still in use on another node: " + _look("describe pod {name}")),
    Reason("NetworkFailing", _W, "gets no network or no sandbox on its node",
           "Look at the node's network plug-in and container runtime; it is tried again by itself."),
    Reason("OutOfMemory", _E, "was killed, because it needs more memory than its limit",
           "Choose a larger plan, which has a higher limit."),
    Reason("ContainerStart", _E, "has a container that cannot be started",
           "The command or the user of the image is wrong: " + _look("describe pod {name}")),
    Reason("LivenessFailing", _E, "is restarted again and again, because its liveness probe fails",
           "Read the log of the run before: " + _LOG + " --previous"),
    Reason("CrashLoop", _E, "ends again and again soon after its start",
           "Read the log of the run before: " + _LOG + " --previous"),
    Reason("Evicted", _W, "was evicted from its node", "The node lacks memory or disk: kubectl describe nodes"),
    Reason("SetupFailed", _E, "has given up setting the shop up",
           "Read its log: " + _look("logs job/{name}") + "; then deploy again, which repeats the set-up."),
    Reason("SetupRetrying", _W, "failed and is tried again", "Read its log: " + _look("logs job/{name}")),
    Reason("ProbeFailing", _W, "runs, but does not answer its probe yet",
           "Give a new shop a few minutes; if it stays so, read its log: " + _LOG),
    Reason("PodsMissing", _W, "has no pods, though it should",
           "See its events: " + _look("describe {kind} {name}")),
    Reason("CertificateRefused", _E, "was not issued, so browsers warn of the shop",
           "Mend what the authority names; it is asked again by itself, first after an hour: "
           + _look("describe certificate,order,challenge")),
    Reason("CertificatePending", _W, "is not issued yet, so browsers warn of the shop",
           "The shop's host name has to lead to this cluster, and port 80 has to be open to the world: "
           + _look("describe challenge")),
    Reason("VolumeBinding", _N, "is being provisioned", "Nothing; this takes some seconds."),
    Reason("SettingUp", _N, "sets the shop up", "Nothing; a first set-up takes up to some minutes."),
    Reason("Starting", _N, "is being started", "Nothing; a first start takes up to some minutes."),
    Reason("Certifying", _N, "is being issued", "Nothing; this takes some seconds."),
    Reason("NotCreated", _N, "has nothing in it yet", "Nothing; the store's objects are made next."),
    Reason("NamespaceMissing", _N, "does not exist (yet)",
           "Nothing while the store is being deployed; otherwise it was deleted behind storefleet: deploy it again."),
)  # fmt: skip
RANK = {reason.code: place for place, reason in enumerate(REASONS)}

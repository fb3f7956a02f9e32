"""The worst Warning event of a store's namespace, as the reason of a failed install."""

import re
from collections.abc import Mapping
from typing import Any

from dashboard.apiserver import ApiServer
from dashboard.failures import clean
from dashboard.model import Failure
from dashboard.recovery import namespace_of

# Reason of the event, what its message has, our reason, the cure; the worst first.
TABLE = (
    ("FailedCreate", "exceeded quota", "QuotaExceeded", "choose a larger plan"),
    ("Failed", "pull|ErrImage", "ImagePull", "bring the image to the cluster ('make images'), or correct its name"),
    ("ErrImageNeverPull|InspectFailed", "", "ImagePull", "bring the image to the cluster ('make images')"),
    ("FailedScheduling", "PersistentVolumeClaim|volume", "VolumePending", "check the storage class of the platform"),
    ("ProvisioningFailed|FailedMount|FailedAttachVolume", "", "VolumePending", "check the platform's storage class"),
    ("FailedScheduling", "", "Unschedulable", "give the cluster more room, or choose a smaller plan"),
    ("BackOff", "restarting|back-off", "CrashLoop", "read the pod's log"),
    ("BackoffLimitExceeded|DeadlineExceeded", "", "SetupFailed", "read the log of the set-up Job"),
    ("FailedCreate", "", "Rejected", "read the message; the cluster's policy refuses the pod"),
    ("Unhealthy", "", "ProbeFailing", "read the pod's log; it runs but does not answer"),
)


def worst_warning(cluster: ApiServer, name: str) -> Failure | None:
    """The failure that the namespace's Warning events tell of; None if they tell nothing known."""
    listed = cluster.list(f"/api/v1/namespaces/{namespace_of(name)}/events", fieldSelector="type=Warning")
    ranked = [(rank, item) for item in listed["items"] if (rank := _rank(item)) is not None]
    if not ranked:
        return None
    # Of equally bad ones the newest.
    rank, item = min(ranked, key=lambda pair: (pair[0], _age(pair[1])))
    about = item["involvedObject"]
    message = f"{about['kind']}/{about['name']}: {item.get('message', '')}"
    return Failure(TABLE[rank][2], clean(message), TABLE[rank][3], retryable=TABLE[rank][2] != "QuotaExceeded")


def _rank(item: Mapping[str, Any]) -> int | None:
    for rank, (reason, words, _, _) in enumerate(TABLE):
        if re.fullmatch(reason, item.get("reason") or "") and re.search(words, item.get("message") or ""):
            return rank
    return None


def _age(item: Mapping[str, Any]) -> tuple[int, ...]:
    """Sorts the newest event first."""
    return tuple(-ord(c) for c in item.get("lastTimestamp") or item.get("eventTime") or "")

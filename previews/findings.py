"""What of a change hurts: data that is lost, updates that are refused, pods that restart, quotas that are too small."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from previews.manifests import REVISION, Objects
from previews.model import Change, Finding, Level, Verb
from previews.quantities import demand, quantity, shown

LOST = {
    "Namespace": "everything in it is deleted, the shop's data too",
    "PersistentVolumeClaim": "the data in its volume is lost",
    "StatefulSet": "the database is stopped, and is away until another one has started",
    "Secret": "passwords are made anew, which existing data does not know",
    "Release": "the shop is uninstalled, its volumes and their data too",
}
"""Kind -> what it costs when one is deleted, or replaced by another."""

MUTABLE = {
    "StatefulSet": (
        "replicas", "template", "updateStrategy", "ordinals", "minReadySeconds", "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
    ),
    "PersistentVolumeClaim": ("resources", "volumeAttributesClassName"),
}  # fmt: skip
"""Kind -> the only fields of its spec that an update may change."""

IMMUTABLE = {
    "Deployment": ("selector",),
    "DaemonSet": ("selector",),
    "ReplicaSet": ("selector",),
    "Job": ("selector", "template", "completionMode", "podFailurePolicy", "backoffLimitPerIndex"),
    "Service": ("clusterIP", "clusterIPs"),
}
"""Kind -> fields of its spec that no update may change."""

_RUNNERS = ("Deployment", "StatefulSet", "DaemonSet")


def inspect(changes: Sequence[Change], old: Objects, new: Objects, hard: Mapping[str, str]) -> Iterator[Finding]:
    """All that can be said without asking anybody."""
    yield from losses(changes)
    yield from refusals(changes)
    yield from shrinking_claims(old, new)
    yield from overfull(new, hard)
    yield from restarts(changes)


def losses(changes: Iterable[Change]) -> Iterator[Finding]:
    """Deletes and replacements that lose something."""
    for change in changes:
        if change.verb in (Verb.REPLACE, Verb.DELETE) and change.kind in LOST:
            yield Finding(Level.DANGER, change.name, f"is {change.verb.value}d: {LOST[change.kind]}")


def refusals(changes: Iterable[Change]) -> Iterator[Finding]:
    """Updates that the API server is known to refuse, without asking it. Knows the usual kinds, not all of them."""
    for change in changes:
        if change.verb is not Verb.UPDATE or REVISION in change.name:
            continue  # a Job of a revision is another object with each revision
        if fixed := sorted({name for field in change.fields if (name := fixed_part(change.kind, field.path))}):
            message = f"the update would be refused, since {', '.join(fixed)} of a {change.kind} cannot be changed"
            yield Finding(Level.DANGER, change.name, message)


def fixed_part(kind: str, path: str) -> str:
    """The immutable field that `path` lies in, or ""."""
    head, _, rest = path.partition(".")
    name = rest.partition(".")[0].partition("[")[0]
    if kind in ("RoleBinding", "ClusterRoleBinding"):
        return "roleRef" if head == "roleRef" else ""
    if head != "spec" or not name:
        return ""
    fixed = name not in MUTABLE[kind] if kind in MUTABLE else name in IMMUTABLE.get(kind, ())
    return f"spec.{name}" if fixed else ""


def restarts(changes: Iterable[Change]) -> Iterator[Finding]:
    """Workloads whose pods are replaced."""
    for change in changes:
        touched = any(field.path.startswith("spec.template") for field in change.fields)
        if change.kind in _RUNNERS and change.verb is Verb.UPDATE and touched:
            away = ", the database is away meanwhile" if change.kind == "StatefulSet" else ""
            yield Finding(Level.NOTE, change.name, f"its pods restart{away}")


def shrinking_claims(old: Objects, new: Objects) -> Iterator[Finding]:
    """Claims that ask for less than they have, which the API server refuses."""
    for key in sorted({*old} & {*new}):
        sizes = [_size(objects[key]) for objects in (old, new)]
        if key.startswith("PersistentVolumeClaim/") and quantity(sizes[1]) < quantity(sizes[0]):
            message = f"the update would be refused, since a claim cannot shrink from {sizes[0]} to {sizes[1]}"
            yield Finding(Level.DANGER, key, message)


def _size(claim: Mapping[str, Any]) -> str:
    return str(claim.get("spec", {}).get("resources", {}).get("requests", {}).get("storage", "0"))


def overfull(objects: Objects, hard: Mapping[str, str]) -> Iterator[Finding]:
    """What the chart's objects need at most, in an update with all its Jobs, and the quota `hard` does not hold.

    Limits: knows requests and limits that the manifest names, not those that a LimitRange adds; and nothing of what
    somebody else made in the namespace.
    """
    need = demand(objects.values())
    for resource, wanted in need.items():
        if resource in hard and wanted > quantity(hard[resource]):
            message = f"does not fit: {resource} is {shown(resource, wanted)} at most, the quota {hard[resource]}"
            yield Finding(Level.DANGER, "ResourceQuota", message)


def not_raised(names: Sequence[str]) -> Finding:
    """The chart's files differ from what is deployed, under the same version."""
    some = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
    return Finding(
        Level.NOTE,
        "Release",
        f"the chart makes another {some}, but its version is not raised: nothing of that reaches a shop "
        "(charts/README.md)",
    )

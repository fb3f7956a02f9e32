"""Rules on the store's namespace: not there, on its way out, or blocked by a finalizer."""

from collections.abc import Iterator

from dashboard.why.facts import LONG_AGO, Facts, component, condition, created, is_going, moment, name
from dashboard.why.finding import Finding

BLOCKS = (
    "NamespaceDeletionDiscoveryFailure", "NamespaceDeletionGroupVersionParsingFailure",
    "NamespaceDeletionContentFailure", "NamespaceFinalizersRemaining",
)  # fmt: skip
PATIENCE_SECONDS = 60
"""A pod that ends in order takes its grace period, 30 s by default, and its volumes go after it."""


def namespace_findings(facts: Facts) -> Iterator[Finding]:
    """Findings on the namespace and on what keeps it from going."""
    namespace = facts.namespace
    if namespace is None:
        yield Finding("NamespaceMissing", "Namespace", f"store-{facts.store}", LONG_AGO)
    elif is_going(namespace):
        since = moment(namespace["metadata"]["deletionTimestamp"])
        yield from _blocked(facts)
        for kind in BLOCKS:
            found = condition(namespace, kind)
            # Kubernetes names remaining finalizers from the first second; only one that stays is a problem.
            if found and (facts.now - since).total_seconds() > PATIENCE_SECONDS:
                yield Finding("NamespaceBlocked", "Namespace", name(namespace), since, str(found.get("message", "")))
        yield Finding("NamespaceTerminating", "Namespace", name(namespace), since)
    elif not any((facts.pods, facts.claims, facts.jobs, facts.workloads)):
        yield Finding("NotCreated", "Namespace", name(namespace), created(namespace))


def _blocked(facts: Facts) -> Iterator[Finding]:
    for thing in (*facts.pods, *facts.claims, *facts.jobs, *facts.workloads):
        finalizers = thing["metadata"].get("finalizers") or []
        since = moment(thing["metadata"].get("deletionTimestamp"))
        if finalizers == ["kubernetes.io/pvc-protection"] and facts.pods:
            continue  # that one waits for the pods, as it should
        if is_going(thing) and finalizers and (facts.now - since).total_seconds() > PATIENCE_SECONDS:
            detail = ", ".join(map(str, finalizers))
            yield Finding("FinalizerBlocks", thing["kind"], name(thing), since, detail, component(thing))

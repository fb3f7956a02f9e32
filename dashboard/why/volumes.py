"""Rules on claims for volumes."""

from collections.abc import Iterator

from dashboard.why.facts import JSON, LONG_AGO, Facts, component, created, is_going, name, said, status
from dashboard.why.finding import Finding

FAILING = ("ProvisioningFailed", "FailedBinding", "VolumeMismatch", "ClaimLost", "ClaimMisbound")
NO_CLASS = ("storageclass.storage.k8s.io", "no storage class is set")


def volume_findings(facts: Facts) -> Iterator[Finding]:
    """Findings on claims that have no volume. One that only waits for its pod is none."""
    if facts.namespace is None or is_going(facts.namespace):
        return
    for claim in facts.claims:
        phase = status(claim).get("phase", "Pending")
        if is_going(claim) or phase == "Bound":
            continue
        events = facts.events_on("PersistentVolumeClaim", name(claim), *FAILING)
        detail = said(events[0]) if events else ""
        if phase == "Lost":
            yield _finding("VolumeLost", claim, detail)
        elif any(word in detail for word in NO_CLASS):
            yield _finding("StorageClassMissing", claim, detail)
        elif detail:
            yield _finding("VolumePending", claim, detail)
        elif _is_wanted(facts, claim):
            yield _finding("VolumeBinding", claim, "")


def _is_wanted(facts: Facts, claim: JSON) -> bool:
    """Is a pod there that needs the claim? A volume is often made only then."""
    volumes = (volume for pod in facts.live_pods() for volume in pod.get("spec", {}).get("volumes") or [])
    return any((volume.get("persistentVolumeClaim") or {}).get("claimName") == name(claim) for volume in volumes)


def _finding(code: str, claim: JSON, detail: str) -> Finding:
    since = created(claim) or LONG_AGO
    return Finding(code, "PersistentVolumeClaim", name(claim), since, detail, component(claim))

"""From all findings to the one that is told."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from dashboard.why.certificates import certificate_findings
from dashboard.why.facts import LONG_AGO, Facts
from dashboard.why.finding import Finding
from dashboard.why.namespaces import namespace_findings
from dashboard.why.pods import pod_findings
from dashboard.why.reasons import RANK, REASONS
from dashboard.why.volumes import volume_findings
from dashboard.why.workloads import workload_findings

RULES = (namespace_findings, volume_findings, workload_findings, pod_findings, certificate_findings)
_FIRST = {"database": 0, "setup": 1, "web": 2}
"""Who waits for whom: the shop for its database."""


@dataclass(frozen=True)
class Diagnosis:
    """Why a store is not ready. `object` is "Kind/name", `level` "normal", "warning" or "error"; `normal`
    means that nothing is wrong so far. `message` and `cure` are whole sentences without secrets."""

    object: str
    reason: str
    message: str
    cure: str
    since: datetime
    level: str

    def document(self) -> dict[str, Any]:
        """As JSON; times as ISO 8601 with Z."""
        return {**asdict(self), "since": self.since.isoformat(timespec="seconds").replace("+00:00", "Z")}


def findings(facts: Facts) -> list[Finding]:
    """Everything that keeps the store from being ready, the weightiest first; empty when all is well."""
    found = [finding for rule in RULES for finding in rule(facts)]
    return sorted(found, key=lambda f: (RANK[f.code], _FIRST.get(f.component, 1), f.since, f.name))


def diagnose(facts: Facts) -> Diagnosis | None:
    """The weightiest reason for which the store is not ready, or None."""
    found = findings(facts)
    return explain(found[0], facts) if found else None


def explain(finding: Finding, facts: Facts) -> Diagnosis:
    """A finding in plain words."""
    reason = REASONS[RANK[finding.code]]
    namespace = facts.namespace["metadata"]["name"] if facts.namespace else f"store-{facts.store}"
    thing = f"{finding.kind}/{finding.name}"
    cure = reason.cure.format(
        namespace=namespace, kind=finding.kind.lower(), name=finding.name, container=finding.container
    )
    return Diagnosis(
        object=thing,
        reason=finding.code,
        message=f"{thing} {reason.cause}" + (f": {finding.detail}" if finding.detail else "."),
        cure=cure,
        since=facts.now if finding.since == LONG_AGO else finding.since,
        level=reason.weight.value,
    )


def cluster_away(detail: str, now: datetime) -> Diagnosis:
    """What is told of every store while the cluster cannot be asked."""
    reason = REASONS[RANK["ClusterAway"]]
    told = f"The cluster {reason.cause}" + (f": {detail}" if detail else ".")
    return Diagnosis("Cluster", reason.code, told, reason.cure, now, reason.weight.value)

"""Rules on the certificate of a shop's host. The shop is ready without; its visitors are warned by their browsers."""

from collections.abc import Iterator
from datetime import datetime

from dashboard.why.facts import JSON, Facts, component, condition, created, is_going, moment, name, status
from dashboard.why.finding import Finding

PATIENCE_SECONDS = 60
"""An authority that is reached answers within seconds; cert-manager asks again every ten until its solver is seen."""


def certificate_findings(facts: Facts) -> Iterator[Finding]:
    """Findings on certificates that are not there, or were refused when they should have been renewed."""
    if facts.namespace is None or is_going(facts.namespace):
        return
    for certificate in facts.certificates:
        if is_going(certificate):
            continue
        refused = condition(certificate, "Issuing", "False") or {}
        if refused and refused.get("reason") != "Issued":
            since = moment(refused.get("lastTransitionTime"))
            yield _finding("CertificateRefused", certificate, since, str(refused.get("message", "")))
        elif not condition(certificate, "Ready"):
            since = created(certificate)
            late = (facts.now - since).total_seconds() > PATIENCE_SECONDS
            code = "CertificatePending" if late else "Certifying"
            yield _finding(code, certificate, since, _asked(facts, certificate))


def _asked(facts: Facts, certificate: JSON) -> str:
    """What cert-manager waits for, in its own words, "" where it does not say."""
    hosts = certificate.get("spec", {}).get("dnsNames") or []
    waiting = (c for c in facts.challenges if c.get("spec", {}).get("dnsName") in hosts)
    return next((str(status(c)["reason"]) for c in waiting if status(c).get("reason")), "")


def _finding(code: str, certificate: JSON, since: datetime, detail: str) -> Finding:
    return Finding(code, "Certificate", name(certificate), since, detail, component(certificate))

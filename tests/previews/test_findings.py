"""What hurts: losses, refusals, restarts, quotas."""

from typing import Any

import pytest

from previews import findings
from previews.manifests import REVISION, changes
from previews.model import Change, Field, Finding, Level, Verb, unique
from previews.quantities import demand, quantity

POD = {"containers": [{"name": "a", "resources": {"requests": {"memory": "80Mi"}, "limits": {"memory": "256Mi"}}}]}
OBJECTS: list[dict[str, Any]] = [
    {"kind": "Deployment", "spec": {"replicas": 1, "strategy": {"rollingUpdate": {"maxSurge": 1}},
                                    "template": {"spec": POD}}},
    {"kind": "StatefulSet", "spec": {"replicas": 1, "template": {"spec": POD}}},
    {"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": POD}}}}},
    {"kind": "PersistentVolumeClaim", "spec": {"resources": {"requests": {"storage": "1Gi"}}}},
]  # fmt: skip


def update(name: str, *paths: str) -> Change:
    return Change(Verb.UPDATE, name, tuple(Field(path, "a", "b") for path in paths))


@pytest.mark.parametrize("kind", sorted(findings.LOST))
@pytest.mark.parametrize("verb", [Verb.REPLACE, Verb.DELETE])
def test_a_loss_is_a_danger(kind: str, verb: Verb) -> None:
    (found,) = findings.losses([Change(verb, f"{kind}/x")])
    assert (found.level, found.subject) == (Level.DANGER, f"{kind}/x")
    assert verb.value in found.message


def test_what_loses_nothing_is_no_danger() -> None:
    harmless = [
        Change(Verb.DELETE, "NetworkPolicy/dns"),
        Change(Verb.UPDATE, "Secret/x"),
        Change(Verb.CREATE, "Namespace/x"),
    ]
    assert list(findings.losses(harmless)) == []


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        (update("StatefulSet/mariadb", "spec.volumeClaimTemplates"), "spec.volumeClaimTemplates"),
        (update("StatefulSet/mariadb", "spec.podManagementPolicy", "spec.template.x"), "spec.podManagementPolicy"),
        (update("StatefulSet/mariadb", "spec.template.spec.containers[a].image", "spec.replicas"), ""),
        (update("Deployment/web", "spec.selector.matchLabels.app"), "spec.selector"),
        (update("Deployment/web", "spec.template.metadata.labels.app"), ""),
        (update("Job/once", "spec.template.spec.containers[a].image"), "spec.template"),
        (update(f"Job/setup-{REVISION}", "spec.template.spec.containers[a].image"), ""),
        (update("PersistentVolumeClaim/content", "spec.storageClassName"), "spec.storageClassName"),
        (update("PersistentVolumeClaim/content", "spec.resources.requests.storage"), ""),
        (update("RoleBinding/x", "roleRef.name"), "roleRef"),
        (update("Ingress/web", "spec.rules"), ""),
        (update("StatefulSet/mariadb", "metadata.labels.a"), ""),
        (Change(Verb.CREATE, "StatefulSet/new"), ""),
    ],
)
def test_refusals_that_are_known_beforehand(change: Change, refused: str) -> None:
    found = list(findings.refusals([change]))
    assert bool(found) == bool(refused)
    assert all(refused in f.message and f.level is Level.DANGER for f in found)


def test_pods_that_restart() -> None:
    found = list(
        findings.restarts([update("Deployment/web", "spec.template.spec.x"), update("Deployment/b", "spec.replicas")])
    )
    assert found == [Finding(Level.NOTE, "Deployment/web", "its pods restart")]


def test_a_claim_cannot_shrink() -> None:
    def claim(size: str) -> dict[str, Any]:
        name = "PersistentVolumeClaim/content"
        return {name: {"kind": "PersistentVolumeClaim", "spec": {"resources": {"requests": {"storage": size}}}}}

    assert list(findings.shrinking_claims(claim("2Gi"), claim("1Gi")))
    assert not list(findings.shrinking_claims(claim("1Gi"), claim("2Gi")))
    assert not list(findings.shrinking_claims(claim("1Gi"), claim("1024Mi")))


def test_the_most_that_objects_take() -> None:
    need = demand(OBJECTS)
    assert need["pods"] == 4  # a surge pod, and the clock's
    assert need["limits.memory"] == 4 * 256 * 2**20
    assert need["requests.storage"] == 2**30


def test_a_quota_that_no_longer_holds_them() -> None:
    objects = {item["kind"]: item for item in OBJECTS}
    assert not list(findings.overfull(objects, {"limits.memory": "1Gi", "pods": "20"}))
    (found,) = findings.overfull(objects, {"limits.memory": "1000Mi", "pods": "20"})
    assert "limits.memory is 1024Mi at most, the quota 1000Mi" in found.message


@pytest.mark.parametrize(
    ("text", "number"), [("1", 1), ("20m", 0.02), ("1Ki", 1024), ("1.5G", 1.5e9), ("x", 0), ("", 0)]
)
def test_quantities(text: str, number: float) -> None:
    assert float(quantity(text)) == number


def test_dangers_come_first_and_once() -> None:
    note, danger = Finding(Level.NOTE, "a", "x"), Finding(Level.DANGER, "b", "y")
    assert unique([note, danger, note, danger]) == (danger, note)


def test_inspection_finds_all_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    def workload(policy: str, grace: int) -> dict[str, Any]:
        template = {"spec": {"terminationGracePeriodSeconds": grace}}
        spec = {"podManagementPolicy": policy, "template": template}
        return {"StatefulSet/db": {"kind": "StatefulSet", "metadata": {"name": "db"}, "spec": spec}}

    old, new = workload("Parallel", 1), workload("OrderedReady", 2)
    said = " | ".join(f.message for f in findings.inspect(changes(old, new), old, new, {}))
    assert "spec.podManagementPolicy" in said
    assert "restart" in said

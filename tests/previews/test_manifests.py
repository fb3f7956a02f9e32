"""Manifests as objects, without what Helm writes anew each time."""

from typing import Any

from previews.manifests import REVISION, changes, parse
from previews.model import Change, Field, Verb

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {helm.sh/chart: woocommerce-0.4.0, app: shop}}
spec: {replicas: 1}
"""
JOB = "---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: setup-NUMBER}\nspec: {template: {spec: {x: 1}}}\n"


def told(old: str, new: str) -> tuple[Change, ...]:
    return changes(parse(old), parse(new))


def test_a_new_chart_version_alone_is_no_difference() -> None:
    assert told(DEPLOYMENT, DEPLOYMENT.replace("0.4.0", "0.5.0")) == ()


def test_the_label_of_a_pod_template_is_a_difference() -> None:
    old: Any = {"Deployment/web": {"kind": "Deployment", "metadata": {"name": "web"}, "spec": {}}}
    new = {"Deployment/web": {**old["Deployment/web"], "spec": {"template": {"metadata": {"labels": {"a": "b"}}}}}}
    assert changes(old, new)[0].verb is Verb.UPDATE


def test_the_job_of_the_next_revision_is_the_same_job() -> None:
    assert told(JOB.replace("NUMBER", "1"), JOB.replace("NUMBER", "12")) == ()
    changed = told(JOB.replace("NUMBER", "1"), JOB.replace("NUMBER", "2").replace("x: 1", "x: 2"))
    assert changed == (Change(Verb.UPDATE, f"Job/setup-{REVISION}", (Field("spec.template.spec.x", "1", "2"),)),)


def test_objects_that_come_go_and_change() -> None:
    service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
    assert told(DEPLOYMENT, DEPLOYMENT.replace("replicas: 1", "replicas: 2") + service) == (
        Change(Verb.UPDATE, "Deployment/web", (Field("spec.replicas", "1", "2"),)),
        Change(Verb.CREATE, "Service/web"),
    )
    assert told(DEPLOYMENT + service, service) == (Change(Verb.DELETE, "Deployment/web"),)


def test_empty_documents_and_lists_are_read() -> None:
    assert parse("---\n# only a comment\n---\n") == {}
    items = (
        "apiVersion: v1\nkind: List\nitems: [{kind: Service, metadata: {name: a}}, {kind: Job, metadata: {name: b-7}}]"
    )
    assert sorted(parse(items)) == [f"Job/b-{REVISION}", "Service/a"]

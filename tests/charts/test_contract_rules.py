"""Each rule of the contract notices its breach: one rendered chart, broken in one place at a time."""

import copy
from collections.abc import Callable

import pytest

from .contract import breaches
from .rendering import Object, Rendered, render
from .workloads import workloads

Break = Callable[[Rendered], object]


def pod(rendered: Rendered, name: str = "Deployment/web") -> Object:
    return next(workload.pod for workload in workloads(rendered.objects) if workload.name == name)


def box(rendered: Rendered, name: str = "Deployment/web") -> Object:
    container: Object = pod(rendered, name)["containers"][0]
    return container


def add(kind: str) -> Break:
    def change(rendered: Rendered) -> None:
        labels = rendered.one("Service", "web")["metadata"]["labels"]
        rendered.objects.append({"kind": kind, "metadata": {"name": "extra", "labels": labels}, "spec": {}})

    return change


def spec(rendered: Rendered, kind: str, name: str) -> Object:
    found: Object = rendered.one(kind, name)["spec"]
    return found


def meta(rendered: Rendered, kind: str, name: str) -> Object:
    found: Object = rendered.one(kind, name)["metadata"]
    return found


def template_labels(rendered: Rendered, kind: str, name: str) -> Object:
    found: Object = spec(rendered, kind, name)["template"]["metadata"]["labels"]
    return found


CRON, SETUP, MARIADB = "CronJob/cron", "Job/setup-1", "StatefulSet/mariadb"

FORBIDDEN_KINDS: list[tuple[Break, str]] = [
    (add(kind), f"must not create a {kind}")
    for kind in (
        "Namespace", "NetworkPolicy", "ResourceQuota", "LimitRange", "Secret", "Role", "RoleBinding", "ClusterRole",
        "ServiceAccount", "PersistentVolume", "StorageClass", "PodDisruptionBudget", "Pod",
    )
]  # fmt: skip

OBJECTS: list[tuple[Break, str]] = [
    (lambda r: meta(r, "Service", "web").update(namespace="other"), "Service/web: names a namespace"),
    (lambda r: meta(r, "Job", "setup-1").update(annotations={"helm.sh/hook": "post-install"}), "helm.sh/hook"),
    (
        lambda r: meta(r, "PersistentVolumeClaim", "database").update(annotations={"helm.sh/resource-policy": "keep"}),
        "helm.sh/resource-policy",
    ),
    (lambda r: meta(r, "Service", "web")["labels"].pop("storefleet.dev/store"), "storefleet.dev/store"),
    (lambda r: meta(r, "Service", "web")["labels"].pop("helm.sh/chart"), "label helm.sh/chart is missing"),
    (lambda r: template_labels(r, "Deployment", "web").update({"helm.sh/chart": "x-1"}), "restarts it"),
    (lambda r: template_labels(r, "Deployment", "web").pop("app.kubernetes.io/name"), "pod of Deployment/web: label"),
    (
        lambda r: template_labels(r, "Job", "setup-1").update({"app.kubernetes.io/component": "other"}),
        "component other is not one of the fence's",
    ),
    (
        lambda r: spec(r, "Deployment", "web")["selector"]["matchLabels"].update({"helm.sh/chart": "x-1"}),
        "selects by",
    ),
    (lambda r: spec(r, "Service", "web")["selector"].update({"app.kubernetes.io/component": "w"}), "selects no pod"),
    (lambda r: spec(r, "StatefulSet", "mariadb").update(volumeClaimTemplates=[{}]), "outlive the release"),
    (lambda r: spec(r, "PersistentVolumeClaim", "content").update(storageClassName="slow"), "storage class"),
    (lambda r: spec(r, "PersistentVolumeClaim", "content").update(accessModes=["ReadWriteMany"]), "access modes"),
    (lambda r: spec(r, "Service", "web").update(type="NodePort"), "is reached from outside"),
    (lambda r: meta(r, "Service", "web").update(name="shop"), "Service/web is missing"),
    (lambda r: spec(r, "Ingress", "web").update(ingressClassName="other"), "ingress class"),
    (lambda r: spec(r, "Ingress", "web")["rules"][0].update(host="evil.example.org"), "another host"),
    (lambda r: spec(r, "Ingress", "web").update(tls=[{"hosts": ["x"]}]), "TLS does not follow"),
    (lambda r: meta(r, "Ingress", "web").update(annotations={"nginx/snippet": "x"}), "annotations"),
    (lambda r: spec(r, "Job", "setup-1").update(ttlSecondsAfterFinished=1), "hides it"),
    (lambda r: spec(r, "CronJob", "cron").update(concurrencyPolicy="Allow"), "runs pile up"),
    (lambda r: spec(r, "Job", "setup-1").pop("backoffLimit"), "no backoffLimit"),
    (lambda r: meta(r, "Job", "setup-1").update(name="setup"), "not setup-<revision>"),
    (lambda r: spec(r, "Deployment", "web").update(replicas=2), "replicas is not 1"),
]

PODS: list[tuple[Break, str]] = [
    (lambda r: pod(r).update(automountServiceAccountToken=True), "ServiceAccount token"),
    (lambda r: pod(r, CRON).pop("automountServiceAccountToken"), "CronJob/cron: holds a ServiceAccount token"),
    (lambda r: pod(r, SETUP).pop("enableServiceLinks"), "addresses of all Services"),
    (lambda r: pod(r).pop("terminationGracePeriodSeconds"), "how long its end may take"),
    (lambda r: pod(r).update(hostNetwork=True), "sets hostNetwork"),
    (lambda r: pod(r, CRON)["securityContext"].pop("runAsNonRoot"), "CronJob/cron: may run as root"),
    (lambda r: pod(r, SETUP)["securityContext"].update(runAsUser=0), "Job/setup-1: may run as root"),
    (lambda r: pod(r, MARIADB)["securityContext"].pop("seccompProfile"), "no seccomp profile"),
    (lambda r: pod(r)["volumes"].append({"name": "x", "hostPath": {"path": "/"}}), "hostPath is not allowed"),
    (lambda r: pod(r)["volumes"].append({"name": "x", "emptyDir": {}}), "may fill the node's disk"),
    (lambda r: pod(r)["volumes"][0]["secret"].update(secretName="other"), "another Secret"),
    (lambda r: pod(r, MARIADB)["volumes"][0]["secret"].pop("items"), "shows every key"),
    (
        lambda r: pod(r)["volumes"][0]["secret"]["items"].append({"key": "admin-password", "path": "x"}),
        "a web pod sees admin-password",
    ),
    (lambda r: pod(r, SETUP).update(restartPolicy="OnFailure"), "not kept for its log"),
    (
        lambda r: pod(r).update(initContainers=[{"name": "wait", "image": "busybox"}]),
        "Deployment/web/wait: is not restricted",
    ),
]

CONTAINERS: list[tuple[Break, str]] = [
    (lambda r: box(r)["securityContext"].update(readOnlyRootFilesystem=False), "its root is writable"),
    (lambda r: box(r, SETUP)["securityContext"].pop("capabilities"), "Job/setup-1/setup: is not restricted"),
    (lambda r: box(r, CRON)["securityContext"].update(privileged=True), "CronJob/cron/cron: is not restricted"),
    (lambda r: box(r).update(image="docker.io/library/wordpress:6"), "is not from the values"),
    (lambda r: box(r).update(imagePullPolicy="Always"), "imagePullPolicy is not from the values"),
    (lambda r: box(r, CRON)["resources"].pop("limits"), "CronJob/cron/cron: limits are not cpu and memory"),
    (lambda r: box(r, SETUP)["resources"]["requests"].pop("cpu"), "requests are not cpu and memory"),
    (lambda r: box(r)["resources"]["limits"].update(memory="1Gi"), "memory limits are not resources.web.limit"),
    (lambda r: box(r)["resources"]["requests"].update(memory="256Mi"), "reserves its whole limit"),
    (lambda r: box(r, CRON)["resources"]["requests"].update(memory="1Mi"), "are not resources.setup.request"),
    (
        lambda r: pod(r, MARIADB)["containers"][1]["resources"]["limits"].update(memory="256Mi"),
        "StatefulSet/mariadb/cache: memory limits are not resources.cache.limit",
    ),
    (lambda r: pod(r, MARIADB)["containers"][1].pop("livenessProbe"), "StatefulSet/mariadb/cache: no livenessProbe"),
    (lambda r: box(r)["env"].append({"name": "DB_PASSWORD", "value": "x"}), "a secret in the open"),
    (lambda r: box(r)["env"].append({"name": "X", "valueFrom": {}}), "X comes from elsewhere"),
    (lambda r: box(r)["volumeMounts"][0].pop("readOnly"), "mounted writable"),
    (lambda r: box(r)["ports"][0].update(containerPort=80), "web pods listen on [80]"),
    (lambda r: box(r).pop("readinessProbe"), "no readinessProbe"),
    (lambda r: box(r, MARIADB).pop("livenessProbe"), "no livenessProbe"),
    (lambda r: box(r, MARIADB).update(readinessProbe={}), "makes its install wait"),
    (lambda r: box(r)["startupProbe"].update(failureThreshold=30), "a start of ten minutes is killed"),
    (lambda r: box(r)["startupProbe"].update(periodSeconds=10), "notices its start only after 10 s"),
    (lambda r: box(r)["livenessProbe"].update(failureThreshold=1), "less than two minutes"),
]


EVERY = [*FORBIDDEN_KINDS, *OBJECTS, *PODS, *CONTAINERS]


# Named by the text alone: parallel workers must agree on the names, and a function's has its address.
@pytest.mark.parametrize(("change", "text"), EVERY, ids=[text for _, text in EVERY])
def test_a_breach_is_named(change: Break, text: str) -> None:
    broken = copy.deepcopy(render("woocommerce", "local"))
    assert breaches(broken) == []
    change(broken)
    found = breaches(broken)
    assert any(text in sentence for sentence in found), found

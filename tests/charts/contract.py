"""The contract of an engine chart (charts/README.md) as rules: each names every breach that it finds.

A rule takes what a chart rendered and yields one sentence per breach. Rules know no engine.
"""

from collections.abc import Callable, Iterator
from typing import Any

from .pods import SECRET_DIRECTORY, breaches_of_containers, breaches_of_pod
from .rendering import Object, Rendered
from .workloads import Workload, workloads

Rule = Callable[[Rendered], Iterator[str]]

KINDS = {
    "Deployment", "StatefulSet", "Job", "CronJob", "Service", "Ingress", "PersistentVolumeClaim", "ConfigMap",
}  # fmt: skip
COMPONENTS = {"web", "database", "setup"}
SELECTING = {"app.kubernetes.io/instance", "app.kubernetes.io/component"}
LABELS = SELECTING | {
    "app.kubernetes.io/name", "app.kubernetes.io/managed-by", "app.kubernetes.io/part-of", "storefleet.dev/store",
}  # fmt: skip
CHART_LABEL = "helm.sh/chart"
ISSUER = "cert-manager.io/cluster-issuer"


def title(item: Object) -> str:
    """How a breach names an object."""
    return f"{item['kind']}/{item['metadata']['name']}"


def kinds(rendered: Rendered) -> Iterator[str]:
    """Only kinds that a chart owns; namespaces, policies, secrets and rights belong to the programs."""
    for item in rendered.objects:
        if item["kind"] not in KINDS:
            yield f"{title(item)}: a chart must not create a {item['kind']}"


def metadata(rendered: Rendered) -> Iterator[str]:
    """No namespace, no hooks, nothing that outlives the release; labels say whose it is."""
    for item in rendered.objects:
        if "namespace" in item["metadata"]:
            yield f"{title(item)}: names a namespace"
        for annotation in item["metadata"].get("annotations", {}):
            if annotation.startswith("helm.sh/"):
                yield f"{title(item)}: annotation {annotation}"
        yield from _labels(title(item), item["metadata"].get("labels", {}), rendered)
        if CHART_LABEL not in item["metadata"].get("labels", {}):
            yield f"{title(item)}: label {CHART_LABEL} is missing"


def pod_labels(rendered: Rendered) -> Iterator[str]:
    """Pods carry the same labels without the chart's version, which would restart them."""
    for workload in workloads(rendered.objects):
        yield from _labels(f"pod of {workload.name}", workload.labels, rendered)
        if CHART_LABEL in workload.labels:
            yield f"pod of {workload.name}: label {CHART_LABEL} restarts it with every chart"


def _labels(name: str, labels: Object, rendered: Rendered) -> Iterator[str]:
    for key in sorted(LABELS - set(labels)):
        yield f"{name}: label {key} is missing"
    if labels.get("storefleet.dev/store") != rendered.values["store"]["name"]:
        yield f"{name}: label storefleet.dev/store is not the store's name"
    if labels.get("app.kubernetes.io/component") not in COMPONENTS:
        yield f"{name}: component {labels.get('app.kubernetes.io/component')} is not one of the fence's"


def selectors(rendered: Rendered) -> Iterator[str]:
    """Selectors hold what never changes, and find exactly the pods of their own component."""
    pods = {workload.labels["app.kubernetes.io/component"] for workload in workloads(rendered.objects)}
    for item in rendered.objects:
        if item["kind"] in ("Deployment", "StatefulSet"):
            selector = item["spec"]["selector"]["matchLabels"]
        elif item["kind"] == "Service":
            selector = item["spec"]["selector"]
        else:
            continue
        if set(selector) != SELECTING:
            yield f"{title(item)}: selects by {', '.join(sorted(selector))}"
        elif selector["app.kubernetes.io/component"] not in pods:
            yield f"{title(item)}: selects no pod"


def pods(rendered: Rendered) -> Iterator[str]:
    """Pod Security `restricted` and more on every pod, limits and images on every container."""
    for workload in workloads(rendered.objects):
        yield from breaches_of_pod(workload, rendered.values)
        yield from breaches_of_containers(workload, rendered.values)


def probes(rendered: Rendered) -> Iterator[str]:
    """Long-running containers say when they started and hang, the shop when it is ready; no slow start is killed."""
    for workload in (w for w in workloads(rendered.objects) if w.kind in ("Deployment", "StatefulSet")):
        if workload.spec.get("replicas") != 1:
            yield f"{workload.name}: replicas is not 1, but its volume is for one node"
        for container in workload.pod["containers"]:
            name = f"{workload.name}/{container['name']}"
            shop = ("readinessProbe",) if workload.kind == "Deployment" else ()
            for probe in ("startupProbe", "livenessProbe", *shop):
                if probe not in container:
                    yield f"{name}: no {probe}"
            if workload.kind == "StatefulSet" and "readinessProbe" in container:
                yield f"{name}: a readinessProbe makes its install wait after each start of the kubelet"
            start = container.get("startupProbe", {})
            if start.get("periodSeconds", 10) > 2:
                yield f"{name}: notices its start only after {start.get('periodSeconds', 10)} s"
            if start.get("periodSeconds", 10) * start.get("failureThreshold", 3) < 600:
                yield f"{name}: a start of ten minutes is killed"
            live = container.get("livenessProbe", {})
            if live.get("periodSeconds", 10) * live.get("failureThreshold", 3) < 120:
                yield f"{name}: is killed after less than two minutes of silence"


def jobs(rendered: Rendered) -> Iterator[str]:
    """The set-up is a plain Job of one revision that a waiting Helm can see."""
    for item in rendered.objects:
        if item["kind"] == "CronJob" and item["spec"].get("concurrencyPolicy") != "Forbid":
            yield f"{title(item)}: runs pile up, for which the quota has no room"
    found = [item for item in rendered.objects if item["kind"] == "Job"]
    if [item["metadata"]["name"] for item in found] != ["setup-1"]:
        yield f"Jobs are {[item['metadata']['name'] for item in found]}, not setup-<revision>"
    for item in found:
        for key in ("backoffLimit", "activeDeadlineSeconds"):
            if key not in item["spec"]:
                yield f"{title(item)}: no {key}"
        if "ttlSecondsAfterFinished" in item["spec"]:
            yield f"{title(item)}: ttlSecondsAfterFinished hides it from --wait-for-jobs"
    for workload in workloads(rendered.objects):
        if workload.kind in ("Job", "CronJob") and workload.pod.get("restartPolicy") != "Never":
            yield f"{workload.name}: a failed pod is not kept for its log"


def storage(rendered: Rendered) -> Iterator[str]:
    """Volumes are claims of the chart, which Helm removes with the release."""
    for item in rendered.objects:
        if item["spec"].get("volumeClaimTemplates"):
            yield f"{title(item)}: volumeClaimTemplates outlive the release"
        if item["kind"] == "PersistentVolumeClaim":
            if item["spec"].get("storageClassName") != rendered.values["storage"]["className"]:
                yield f"{title(item)}: not of the storage class of the values"
            if item["spec"]["accessModes"] != ["ReadWriteOnce"]:
                yield f"{title(item)}: access modes {item['spec']['accessModes']}"


def services(rendered: Rendered) -> Iterator[str]:
    """Services stay inside the cluster; `web` leads to port 8080 of the web pods."""
    for item in (item for item in rendered.objects if item["kind"] == "Service"):
        if item["spec"].get("type") != "ClusterIP" or item["spec"].get("externalIPs"):
            yield f"{title(item)}: is reached from outside"
    if not any(title(item) == "Service/web" for item in rendered.objects):
        yield "Service/web is missing"
    for workload in workloads(rendered.objects):
        if workload.labels.get("app.kubernetes.io/component") == "web":
            ports = [p["containerPort"] for c in workload.pod["containers"] for p in c.get("ports", [])]
            if ports != [8080]:
                yield f"{workload.name}: web pods listen on {ports}"


def ingress(rendered: Rendered) -> Iterator[str]:
    """One Ingress for the store's host, with TLS exactly when there is an issuer."""
    found = [item for item in rendered.objects if item["kind"] == "Ingress"]
    if len(found) != 1:
        yield f"{len(found)} Ingresses"
    issuer, host = rendered.values["ingress"]["tlsIssuer"], rendered.values["store"]["host"]
    for item in found:
        spec: dict[str, Any] = item["spec"]
        if spec.get("ingressClassName") != rendered.values["ingress"]["className"]:
            yield f"{title(item)}: not of the ingress class of the values"
        if [rule["host"] for rule in spec["rules"]] != [host]:
            yield f"{title(item)}: answers to another host than the store's"
        if item["metadata"].get("annotations", {}) != ({ISSUER: issuer} if issuer else {}):
            yield f"{title(item)}: annotations {item['metadata'].get('annotations', {})}"
        if [entry["hosts"] for entry in spec.get("tls", [])] != ([[host]] if issuer else []):
            yield f"{title(item)}: TLS does not follow the issuer"


def secrets(rendered: Rendered) -> Iterator[str]:
    """Passwords come as files of the one Secret; the administrator's reaches only the set-up Job."""
    for workload in workloads(rendered.objects):
        keys = _secret_keys(workload)
        if workload.labels.get("app.kubernetes.io/component") == "web" and keys & {
            "admin-password", "database-root-password",
        }:  # fmt: skip
            yield f"{workload.name}: a web pod sees {', '.join(sorted(keys))}"
        for container in workload.containers:
            for mount in container.get("volumeMounts", []):
                if mount["mountPath"] == SECRET_DIRECTORY and not mount.get("readOnly"):
                    yield f"{workload.name}: secrets are mounted writable"


def _secret_keys(workload: Workload) -> set[str]:
    volumes = [volume["secret"] for volume in workload.pod.get("volumes", []) if "secret" in volume]
    return {entry["key"] for volume in volumes for entry in volume.get("items", [])}


RULES: tuple[Rule, ...] = (
    kinds, metadata, pod_labels, selectors, pods, probes, jobs, storage, services, ingress, secrets,
)  # fmt: skip


def breaches(rendered: Rendered) -> list[str]:
    """Every breach of every rule; empty for a chart that keeps the contract."""
    return [text for rule in RULES for text in rule(rendered)]

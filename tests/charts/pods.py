"""Rules for one pod: what it may be, what its containers may have."""

from collections.abc import Iterator

from .rendering import Object
from .workloads import Workload

SECRET_DIRECTORY = "/run/secrets/store"
SECRET_WORDS = ("PASSWORD", "SECRET", "TOKEN")
CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
UNITS = {"Mi": 1, "Gi": 1024}


def mebibytes(quantity: str) -> int:
    """Size of a memory quantity that the schema accepts."""
    return int(quantity[:-2]) * UNITS[quantity[-2:]]


def breaches_of_pod(workload: Workload, values: Object) -> Iterator[str]:
    """Identity, rights and volumes of a pod."""
    pod, name = workload.pod, workload.name
    if pod.get("automountServiceAccountToken") is not False:
        yield f"{name}: holds a ServiceAccount token"
    if pod.get("enableServiceLinks") is not False:
        yield f"{name}: gets the addresses of all Services as environment"
    if "terminationGracePeriodSeconds" not in pod:
        yield f"{name}: does not say how long its end may take"
    for key in ("hostNetwork", "hostPID", "hostIPC", "serviceAccountName", "priorityClassName"):
        if key in pod:
            yield f"{name}: sets {key}"
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or not security.get("runAsUser"):
        yield f"{name}: may run as root"
    if security.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield f"{name}: no seccomp profile"
    for volume in pod.get("volumes", []):
        yield from _breaches_of_volume(f"{name}, volume {volume['name']}", volume, values)


def _breaches_of_volume(name: str, volume: Object, values: Object) -> Iterator[str]:
    source = next(key for key in volume if key != "name")
    if source == "emptyDir":
        if "sizeLimit" not in volume["emptyDir"]:
            yield f"{name}: may fill the node's disk"
    elif source == "secret":
        if volume["secret"]["secretName"] not in (values["secretName"], f"{values['secretName']}-settings"):
            yield f"{name}: another Secret than secretName and secretName-settings"
        if not volume["secret"].get("items"):
            yield f"{name}: shows every key of the Secret"
    elif source not in ("persistentVolumeClaim", "configMap"):
        yield f"{name}: {source} is not allowed"


def breaches_of_containers(workload: Workload, values: Object) -> Iterator[str]:
    """Rights, size, image and environment of each container."""
    for container in workload.containers:
        name = f"{workload.name}/{container['name']}"
        if container.get("securityContext") != CONTAINER_SECURITY:
            yield f"{name}: is not restricted, or its root is writable"
        if container["image"] not in values["images"].values():
            yield f"{name}: image {container['image']} is not from the values"
        if container.get("imagePullPolicy") != values["imagePullPolicy"]:
            yield f"{name}: imagePullPolicy is not from the values"
        component = workload.labels.get("app.kubernetes.io/component", "")
        # A container beside the component's own has a size of its own, by its name.
        sized = container["name"] if container["name"] in values["resources"] else component
        size = values["resources"].get(sized, {})
        yield from _breaches_of_size(name, container.get("resources", {}), sized, size)
        for entry in container.get("env", []):
            if "valueFrom" in entry or "envFrom" in container:
                yield f"{name}: {entry['name']} comes from elsewhere"
            elif any(word in entry["name"] for word in SECRET_WORDS) and not entry["name"].endswith("_FILE"):
                yield f"{name}: {entry['name']} holds a secret in the open"


def _breaches_of_size(name: str, resources: Object, component: str, size: Object) -> Iterator[str]:
    for bound, other in (("requests", "request"), ("limits", "limit")):
        if set(resources.get(bound, {})) != {"cpu", "memory"}:
            yield f"{name}: {bound} are not cpu and memory"
            return
        # Exactly, because the namespace's quota is computed from the values.
        if resources[bound]["memory"] != size.get(other):
            yield f"{name}: memory {bound} are not resources.{component}.{other}"
    if mebibytes(resources["requests"]["memory"]) >= mebibytes(resources["limits"]["memory"]):
        yield f"{name}: reserves its whole limit"

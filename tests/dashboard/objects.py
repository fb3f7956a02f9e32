"""Kubernetes objects as a real API server sends them, cut down to what is read; recorded on the embedded cluster."""

from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.why import Facts

JSON = dict[str, Any]
NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
SHOP, NAMESPACE, HOST = "nike-shoes", "store-nike-shoes", "nike-shoes.shops.example.org"


def ago(seconds: float) -> str:
    """A time of the API, that long before `NOW`."""
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def thing(kind: str, name: str, component: str = "", **more: Any) -> JSON:
    """An object of the store, made ten minutes ago; `more` are further parts, `metadata` is merged."""
    labels = {"storefleet.dev/store": SHOP, **({"app.kubernetes.io/component": component} if component else {})}
    metadata = {
        "name": name, "namespace": NAMESPACE, "uid": f"{kind}-{name}", "resourceVersion": "1", "labels": labels,
        "creationTimestamp": ago(600), **more.pop("metadata", {}),
    }  # fmt: skip
    return {"kind": kind, "metadata": metadata, **more}


def namespace(**status: Any) -> JSON:
    return thing("Namespace", NAMESPACE, status={"phase": "Active", **status})


def owned(kind: str, name: str) -> JSON:
    """Metadata of what a controller has made."""
    return {"ownerReferences": [{"kind": kind, "name": name, "controller": True}]}


def pod(name: str, component: str, owner: tuple[str, str], *containers: JSON, **status: Any) -> JSON:
    metadata = {**owned(*owner), **status.pop("metadata", {})}
    spec = status.pop("spec", {})
    found = {"phase": "Running", "containerStatuses": list(containers), "conditions": [], **status}
    return thing("Pod", name, component, metadata=metadata, spec=spec, status=found)


def web(*containers: JSON, **status: Any) -> JSON:
    return pod("web-7947548c9b-h2jlm", "web", ("ReplicaSet", "web-7947548c9b"), *containers, **status)


def database(*containers: JSON, **status: Any) -> JSON:
    return pod("mariadb-0", "database", ("StatefulSet", "mariadb"), *containers, **status)


def setup_pod(*containers: JSON, **status: Any) -> JSON:
    return pod("setup-1-tzpqz", "setup", ("Job", "setup-1"), *containers, **status)


def container(
    name: str = "main", ready: bool = False, restarts: int = 0, last: JSON | None = None, **state: Any
) -> JSON:
    """A container's status; `state` is waiting=, running= or terminated=."""
    return {
        "name": name, "ready": ready, "restartCount": restarts, "image": "localhost/storefleet/x:1", "state": state,
        "lastState": {"terminated": last} if last else {},
    }  # fmt: skip


def waiting(reason: str, message: str = "", **more: Any) -> JSON:
    return container(waiting={"reason": reason, "message": message}, **more)


def running(since: float = 300, ready: bool = False, **more: Any) -> JSON:
    return container(ready=ready, running={"startedAt": ago(since)}, **more)


def ended(code: int, reason: str = "Error") -> JSON:
    return {"exitCode": code, "reason": reason}


READY = {"conditions": [{"type": "Ready", "status": "True"}]}


def condition(kind: str, value: str = "True", reason: str = "", message: str = "") -> JSON:
    return {"type": kind, "status": value, "reason": reason, "message": message, "lastTransitionTime": ago(60)}


def deployment(replicas: int = 1, **status: Any) -> JSON:
    return thing("Deployment", "web", "web", spec={"replicas": replicas}, status=status)


def stateful_set(**status: Any) -> JSON:
    return thing("StatefulSet", "mariadb", "database", spec={"replicas": 1}, status=status)


def job(name: str = "setup-1", **status: Any) -> JSON:
    return thing("Job", name, "setup", status=status)


def claim(name: str = "database", phase: str = "Bound", **metadata: Any) -> JSON:
    return thing("PersistentVolumeClaim", name, "database", metadata=metadata, spec={}, status={"phase": phase})


def certificate(*conditions: JSON, age: float = 600) -> JSON:
    """What cert-manager makes for the shop's Ingress."""
    return thing("Certificate", "web-tls", "web", metadata={"creationTimestamp": ago(age)},
                 spec={"dnsNames": [HOST]}, status={"conditions": list(conditions)})  # fmt: skip


def challenge(reason: str, host: str = HOST) -> JSON:
    return thing("Challenge", "web-tls-1-2-3", spec={"dnsName": host}, status={"state": "pending", "reason": reason})


def event(
    kind: str, name: str, reason: str, message: str, seconds: float = 5, uid: str = "", count: int = 1, **more: Any
) -> JSON:
    """A core/v1 Event that happened `seconds` before `NOW`."""
    metadata = {"name": f"{name}.1", "namespace": NAMESPACE, "uid": uid or f"{name}-{reason}-{seconds}",
                "resourceVersion": "7", "creationTimestamp": ago(seconds)}  # fmt: skip
    return {
        "metadata": metadata, "type": "Warning", "reason": reason, "message": message, "count": count,
        "firstTimestamp": ago(seconds), "lastTimestamp": ago(seconds),
        "involvedObject": {"kind": kind, "name": name, "namespace": NAMESPACE}, **more,
    }  # fmt: skip


def facts(*things: JSON, home: JSON | None = None, events: tuple[JSON, ...] = ()) -> Facts:
    """What the eyes would know of a store with these objects."""
    where = {"Pod": "pods", "PersistentVolumeClaim": "claims", "Job": "jobs", "ResourceQuota": "quotas",
             "Certificate": "certificates", "Challenge": "challenges",
             "Deployment": "workloads", "StatefulSet": "workloads"}  # fmt: skip
    lists: dict[str, list[JSON]] = {field: [] for field in where.values()}
    for one in things:
        lists[where[one["kind"]]].append(one)
    return Facts(SHOP, NOW, home or namespace(), events=events, **lists)


def healthy() -> list[JSON]:
    """A finished store."""
    return [
        deployment(), stateful_set(), job(conditions=[condition("Complete")]), claim(), claim("content"),
        web(running(ready=True), **READY), database(running(ready=True), **READY),
        setup_pod(container(terminated=ended(0, "Completed")), phase="Succeeded"),
    ]  # fmt: skip


def shop(*changed: JSON) -> list[JSON]:
    """A finished store in which these objects stand in for those of the same name."""
    names = {(one["kind"], one["metadata"]["name"]) for one in changed}
    return [*changed, *(one for one in healthy() if (one["kind"], one["metadata"]["name"]) not in names)]

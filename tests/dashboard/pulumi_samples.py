"""A state folder, checkpoints and Helm records as Pulumi and Helm leave them."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import httpx

from dashboard.apiserver import ApiServer
from dashboard.kubeconfig import Access

NAME = "nike-shoes"
NAMESPACE = f"store-{NAME}"
OUTPUTS = {
    "url": f"http://{NAME}.127.0.0.1.nip.io", "namespace": NAMESPACE, "engine": "woocommerce", "chartVersion": "0.3.0",
    "adminSecretName": "store-secrets", "adminSecretKey": "admin-password", "notice": "",
}  # fmt: skip
STACK_URN = f"urn:pulumi:{NAME}::stores::pulumi:pulumi:Stack::stores-{NAME}"


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:{NAME}::stores::storefleet:index:Store${kind}::{name}"


def resource(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"urn": urn(kind, name), "type": kind, "custom": True, **more}


STACK = {"urn": STACK_URN, "type": "pulumi:pulumi:Stack", "outputs": OUTPUTS}
SPACE = resource("kubernetes:core/v1:Namespace", "namespace", id=NAMESPACE)
SECRETS = resource("kubernetes:core/v1:Secret", "secrets", id=f"{NAMESPACE}/store-secrets")
RELEASE = resource(
    "kubernetes:helm.sh/v3:Release", "release", id=f"{NAMESPACE}/woocommerce", outputs={"name": "woocommerce"}
)


def document(*resources: dict[str, Any], creating: dict[str, Any] | None = None) -> str:
    """A checkpoint file."""
    pending = [{"resource": creating, "type": "creating"}] if creating else []
    latest = {"resources": list(resources), "pending_operations": pending}
    return json.dumps({"version": 3, "checkpoint": {"stack": f"organization/stores/{NAME}", "latest": latest}})


def state(folder: Path, text: str, name: str = NAME) -> Path:
    """Put a checkpoint into a state folder; returns its file."""
    file = folder / ".pulumi" / "stacks" / "stores" / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def program(folder: Path) -> Path:
    """A program's folder, with its stacks' files in `folder/stacks`."""
    home = folder / "stores"
    home.mkdir()
    (home / "Pulumi.yaml").write_text("name: stores\nruntime: python\nstackConfigDir: ../stacks\n")
    return home


def record(number: int, status: str, jobs: tuple[str, ...] = ()) -> dict[str, Any]:
    """The Secret of one Helm revision."""
    manifest = "---\n".join(json.dumps({"kind": "Job", "metadata": {"name": job}}) + "\n" for job in jobs)
    packed = gzip.compress(json.dumps({"manifest": manifest}).encode())
    payload = base64.b64encode(base64.b64encode(packed)).decode()
    name = f"sh.helm.release.v1.woocommerce.v{number}"
    labels = {"owner": "helm", "name": "woocommerce", "version": str(number), "status": status}
    return {"metadata": {"name": name, "labels": labels}, "data": {"release": payload}}


class Cluster:
    """An API server of objects by path; `gone` collects what was deleted."""

    def __init__(self, **namespace: Any) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.gone: list[str] = []
        self.asked: list[str] = []
        if namespace:
            self.objects[f"/api/v1/namespaces/{NAMESPACE}"] = {"metadata": {"name": NAMESPACE, **namespace}}

    def put(self, collection: str, *items: dict[str, Any]) -> "Cluster":
        for item in items:
            self.objects[f"{collection}/{item['metadata']['name']}"] = item
        return self

    def client(self) -> ApiServer:
        return ApiServer(Access("http://cluster", None), transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if request.method == "DELETE":
            self.gone.append(path.rsplit("/", 1)[-1])
            found = self.objects.pop(path, None)
            return httpx.Response(200 if found else 404, json={})
        if path in self.objects:
            return httpx.Response(200, json=self.objects[path])
        inside = [o for p, o in self.objects.items() if p.rsplit("/", 1)[0] == path]
        wanted = [
            tuple(part.split("=")) for part in request.url.params.get("labelSelector", "").split(",") if "!" not in part
        ]
        matching = [
            o for o in inside if all(o["metadata"].get("labels", {}).get(p[0]) == p[1] for p in wanted if len(p) == 2)
        ]
        if matching or path.rsplit("/", 1)[-1] in COLLECTIONS:
            return httpx.Response(200, json={"items": matching, "metadata": {"resourceVersion": "1"}})
        return httpx.Response(404, json={"reason": "NotFound", "message": "not found"})


COLLECTIONS = {
    "secrets", "persistentvolumes", "deployments", "statefulsets", "cronjobs", "jobs", "ingresses", "services",
    "configmaps", "persistentvolumeclaims",
}  # fmt: skip

"""What runs in the cluster for all stores: DNS, ingress, volumes. Images, manifests, readiness."""

import json
import string
from pathlib import Path

from cluster import build, containers
from cluster.archive import program_image
from cluster.config import NETWORK, PATHS, ingress_port
from toolbox.paths import VAR
from toolbox.process import run

MANIFESTS = Path(__file__).resolve().parent / "manifests"
PROGRAMS = ("coredns", "traefik", "local-path-provisioner")
DEPLOYMENTS = (
    ("kube-system", "coredns"),
    ("kube-system", "traefik"),
    ("local-path-storage", "local-path-provisioner"),
)


def kubectl(*args: str, stdin: str | None = None, check: bool = True) -> str:
    """Run kubectl as the administrator and return its output."""
    argv = [str(PATHS.bin / "kubectl"), f"--kubeconfig={PATHS.kubeconfig}", *args]
    return run(argv, stdin=stdin, check=check, timeout=180)


def base_images() -> dict[str, str]:
    """References of the images that pods of the cluster itself need: name -> reference."""
    return {name: entry["ref"] for name, entry in json.loads((VAR / "images.json").read_text()).items()}


def install() -> None:
    """Import the images, apply the manifests; idempotent."""
    images = [program_image(name, build.ADDONS / name, VAR / "images") for name in PROGRAMS]
    containers.import_missing({image.ref: image.path for image in images})
    values = {name.replace("-", "_"): image.ref for name, image in zip(PROGRAMS, images, strict=True)}
    text = render({
        **values,
        "busybox": base_images()["busybox"],
        "dns_service": NETWORK.dns_service,
        "ingress_port": str(ingress_port()),
        "volumes": str(PATHS.volumes),
    })  # fmt: skip
    kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=text)


def wait_ready() -> None:
    """Return when every add-on serves. Raises `CommandFailed` with kubectl's words after 2 min."""
    for namespace, name in DEPLOYMENTS:
        kubectl("-n", namespace, "rollout", "status", f"deployment/{name}", "--timeout=120s")


def render(values: dict[str, str]) -> str:
    """All manifests as one YAML stream with `$name` filled in; an unknown name is a KeyError."""
    documents = [path.read_text() for path in sorted(MANIFESTS.glob("*.yaml"))]
    return string.Template("\n---\n".join(documents)).substitute(values)

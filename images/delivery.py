"""Bring the built images to where a cluster finds them: its nodes, or a registry.

The cluster is recognised by the kubeconfig's current context, as its own tool names it. Guarantees: an image that
is already there under its content's name is not sent again by a registry or by the embedded engine; nothing is
guessed for a cluster that cannot be recognised.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster import config, containers
from images.build import ARCHIVES, INDEX
from images.builders import builder
from toolbox.errors import UserError
from toolbox.paths import ROOT
from toolbox.process import run

PUBLISHED = ROOT / "images" / "published.json"
"""What `Pulumi.prod.yaml` reads: references with digests in a registry."""

NOT_DELIVERED = frozenset({"pause", "busybox", "base", "node"})
"""What only the embedded cluster needs, or only a build."""

REGISTRY = re.compile(r"\A[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)*\Z")


@dataclass(frozen=True)
class Loader:
    """How a kind of local cluster takes an archive; `pattern` matches its context's name."""

    pattern: re.Pattern[str]
    argv: Callable[[str, str], list[str]]


LOADERS = (
    Loader(re.compile(r"kind-(.+)"), lambda tar, name: ["kind", "load", "image-archive", tar, "--name", name]),
    Loader(re.compile(r"k3d-(.+)"), lambda tar, name: ["k3d", "image", "import", tar, "--cluster", name]),
    Loader(re.compile(r"(minikube)"), lambda tar, name: ["minikube", "image", "load", tar, "--profile", name]),
    Loader(re.compile(r"(docker-desktop)"), lambda tar, name: ["docker", "load", "--input", tar]),
)


def load() -> None:
    """Load every image into the cluster of the current context.

    Raises `UserError` for a cluster that is not recognised, and when its tool is missing or fails.
    """
    entries = _entries()
    if not config.external_kubeconfig():
        containers.import_archives(INDEX, ARCHIVES)
        return
    context = run(["kubectl", "config", "current-context"]).strip()
    command = loader(context)
    for name, entry in entries.items():
        run(command(str(ARCHIVES / entry["archive"])))
        print(f"{name}: {entry['ref']} loaded into {context}")


def loader(context: str) -> Callable[[str], list[str]]:
    """Archive -> command that loads it into the cluster of `context`; raises `UserError` for an unknown kind."""
    for known in LOADERS:
        if found := known.pattern.fullmatch(context):
            tool = known.argv("", found[1])[0]
            if not shutil.which(tool):
                raise UserError(f"the context {context} needs the program {tool}", f"put {tool} on PATH")
            return lambda tar: known.argv(tar, found[1])
    raise UserError(
        f"the context {context} is no kind, k3d, minikube or Docker Desktop cluster",
        "publish the images to a registry that it reaches: make publish-images REGISTRY=registry.example.org/shops",
    )


def publish(registry: str) -> None:
    """Push every image to `registry` (host[:port][/path]) and write `images/published.json` with their digests.

    A login is the builder's own affair (`docker login`, `buildah login`). TLS is required except on this machine.
    """
    if not REGISTRY.match(registry):
        raise UserError(f"{registry!r} is no registry", "name it as host[:port][/path], for instance ghcr.io/me/shops")
    here = registry.startswith(("127.0.0.1", "localhost"))
    published = {}
    for name, entry in _entries().items():
        target = f"{registry}/{entry['ref'].rpartition('/')[2]}"
        digest = builder().push(entry["ref"], ARCHIVES / entry["archive"], target, here)
        published[name] = {"ref": f"{target}@{digest}", "labels": entry["labels"]}
        print(f"{name}: {target}", flush=True)
    _write(PUBLISHED, published)
    print(f"{PUBLISHED.name} names them all; commit it, then bring the production platform up")


def _entries() -> Mapping[str, Any]:
    """Images that stores and dashboard run, as `var/images.json` has them."""
    if not INDEX.exists():
        raise UserError("no image has been built here yet", "run 'make images' first")
    return {name: entry for name, entry in json.loads(INDEX.read_text()).items() if name not in NOT_DELIVERED}


def _write(path: Path, document: object) -> None:
    new = path.with_suffix(".new")
    new.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    os.replace(new, path)

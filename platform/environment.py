"""The platform's configuration: read once, typed, frozen."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

RESOURCE_CLASSES = ("local", "prod")


@dataclass(frozen=True)
class Environment:
    """What differs between installations; `images` is name -> {"ref", "labels"}."""

    installation: str
    domain: str
    public_port: int
    ingress_class: str
    ingress_namespace: str
    storage_class: str
    resource_class: str
    tls_issuer: str
    images: dict[str, Any]


def read_environment(root: Path) -> Environment:
    """Read Pulumi's configuration and the images file; `pulumi.RunError` says what to mend."""
    config = pulumi.Config()
    resource_class = config.require("resourceClass")
    if resource_class not in RESOURCE_CLASSES:
        raise pulumi.RunError(
            f"storefleet:resourceClass is {resource_class!r}; choose one of {', '.join(RESOURCE_CLASSES)}"
        )
    return Environment(
        installation=config.require("installation"),
        domain=config.require("domain"),
        public_port=config.require_int("publicPort"),
        ingress_class=config.require("ingressClass"),
        ingress_namespace=config.require("ingressNamespace"),
        storage_class=config.require("storageClass"),
        resource_class=resource_class,
        tls_issuer=config.get("tlsIssuer") or "",
        images=read_images(root / config.require("imagesFile")),
    )


def read_images(path: Path) -> dict[str, Any]:
    """References and labels of the images, by name."""
    try:
        index = json.loads(path.read_text())
    except FileNotFoundError:
        raise pulumi.RunError(
            f"the images file {path.name} does not exist; build the images with 'make images'"
        ) from None
    return {name: {"ref": entry["ref"], "labels": entry["labels"]} for name, entry in index.items()}

"""The platform's configuration: read once, typed, frozen."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

RESOURCE_CLASSES = ("local", "prod")
PLACES = ("none", "cluster")
DASHBOARD_IMAGES = ("dashboard", "postgres")


@dataclass(frozen=True)
class Acme:
    """Whom to ask for certificates, and in whose name; `ca` is PEM, "" where the server's own is publicly trusted."""

    email: str
    server: str
    ca: str


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
    acme: Acme | None
    dashboard: str
    images: dict[str, Any]

    def url(self, host: str) -> str:
        """What a browser types to reach `<host>.<domain>`."""
        scheme = "https" if self.tls_issuer else "http"
        port = "" if self.public_port in (80, 443) else f":{self.public_port}"
        return f"{scheme}://{host}.{self.domain}{port}"


def read_environment(root: Path) -> Environment:
    """Read Pulumi's configuration and the images file; `pulumi.RunError` says what to mend."""
    if os.environ.get("STOREFLEET_CONNECTED"):
        raise pulumi.RunError(
            "this terminal is connected to the stores' state, where the platform's own is not; use another terminal"
        )
    config = pulumi.Config()
    images = read_images(root / config.require("imagesFile"))
    dashboard = _choice(config, "dashboard", PLACES)
    if dashboard == "cluster" and (missing := [name for name in DASHBOARD_IMAGES if name not in images]):
        raise pulumi.RunError(
            f"storefleet:dashboard is 'cluster', but the images file has no {' and no '.join(missing)}; "
            "build them with 'make dashboard-images'"
        )
    return Environment(
        installation=config.require("installation"),
        domain=config.require("domain"),
        public_port=config.require_int("publicPort"),
        ingress_class=config.require("ingressClass"),
        ingress_namespace=config.require("ingressNamespace"),
        storage_class=config.require("storageClass"),
        resource_class=_choice(config, "resourceClass", RESOURCE_CLASSES),
        tls_issuer=config.get("tlsIssuer") or "",
        acme=_acme(config, root),
        dashboard=dashboard,
        images=images,
    )


def _acme(config: pulumi.Config, root: Path) -> Acme | None:
    """What the platform's own issuer needs; None where it makes none."""
    email, file = config.get("acmeEmail") or "", config.get("acmeCaFile") or ""
    if not email:
        if file:
            raise pulumi.RunError("storefleet:acmeCaFile is for the issuer that storefleet:acmeEmail makes; set both")
        return None
    if not config.get("tlsIssuer"):
        raise pulumi.RunError(
            "storefleet:acmeEmail is set, but not storefleet:tlsIssuer; name the issuer, for instance letsencrypt"
        )
    return Acme(email=email, server=config.require("acmeServer"), ca=_pem(root / file) if file else "")


def _pem(path: Path) -> str:
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError):
        raise pulumi.RunError(f"storefleet:acmeCaFile {path.name} cannot be read; give a file in PEM form") from None
    if "BEGIN CERTIFICATE" not in text:
        raise pulumi.RunError(f"storefleet:acmeCaFile {path.name} has no certificate; give a file in PEM form")
    return text


def _choice(config: pulumi.Config, key: str, choices: tuple[str, ...]) -> str:
    value = config.require(key)
    if value not in choices:
        raise pulumi.RunError(f"storefleet:{key} is {value!r}; choose one of {', '.join(choices)}")
    return value


def read_images(path: Path) -> dict[str, Any]:
    """References and labels of the images, by name."""
    try:
        index = json.loads(path.read_text())
    except FileNotFoundError:
        raise pulumi.RunError(
            f"the images file {path.name} does not exist; build the images with 'make images'"
        ) from None
    return {name: {"ref": entry["ref"], "labels": entry["labels"]} for name, entry in index.items()}

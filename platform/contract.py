"""What the stores read of the platform: its outputs, as plain data."""

from typing import Any

from environment import Environment
from rights import grant


def contract(environment: Environment) -> dict[str, Any]:
    """Output -> value. `grant` is empty when no worker runs in the cluster; nothing here is secret."""
    return {
        "installation": environment.installation,
        "domain": environment.domain,
        "publicPort": environment.public_port,
        "ingressClass": environment.ingress_class,
        "ingressNamespace": environment.ingress_namespace,
        "storageClass": environment.storage_class,
        "resourceClass": environment.resource_class,
        "tlsIssuer": environment.tls_issuer,
        "images": environment.images,
        "grant": grant() if environment.dashboard == "cluster" else {},
    }

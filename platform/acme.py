"""TLS: the ClusterIssuer that asks an ACME server for certificates, and what its solvers need.

The certificates themselves belong to cert-manager: each Ingress names the issuer. cert-manager proves to the ACME
server that a host is ours with a pod beside the Ingress, its solver, which answers one question over plain HTTP.
"""

import base64
import subprocess
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from environment import Acme, Environment

API, KIND = "cert-manager.io/v1", "ClusterIssuer"
SOLVER_LABELS = {"acme.cert-manager.io/http01-solver": "true"}
SOLVER_PORT = 8089
"""As cert-manager makes its solver pods (pkg/issuer/acme/http/pod.go); `stores/isolation.py` has the same two."""
SECONDS = "10s"


def ask_cluster(path: str) -> tuple[int, str]:
    """kubectl's exit code and what it complained of, for a raw path of the API server."""
    argv = ["kubectl", "get", "--raw", path, f"--request-timeout={SECONDS}"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise pulumi.RunError("kubectl is not on PATH; install it, or source var/env.sh for the embedded one") from None
    return done.returncode, done.stderr


def check_issuer(environment: Environment) -> None:
    """Raise `pulumi.RunError` where certificates are wanted and nobody would make them: shops would have none."""
    if not environment.tls_issuer:
        return
    code, text = ask_cluster(f"/apis/{API}")
    if code and "NotFound" in text:
        raise pulumi.RunError(
            "storefleet:tlsIssuer is set, but this cluster has no cert-manager; install it (docs/tls.md), "
            "or set no issuer"
        )
    if code:
        raise pulumi.RunError("the cluster does not answer; start it with 'make up', or check KUBECONFIG")
    if environment.acme:
        return
    code, text = ask_cluster(f"/apis/{API}/clusterissuers/{environment.tls_issuer}")
    if code and "NotFound" in text:
        raise pulumi.RunError(
            f"there is no ClusterIssuer {environment.tls_issuer!r}; set storefleet:acmeEmail and the platform makes "
            "it, or make it yourself (docs/tls.md)"
        )


def issuer_spec(environment: Environment, acme: Acme) -> dict[str, Any]:
    """Spec of the ClusterIssuer. Its solvers' Services are of type ClusterIP, the only one that a store may have."""
    trusted = {"caBundle": base64.b64encode(acme.ca.encode()).decode()} if acme.ca else {}
    return {
        "acme": {
            "email": acme.email,
            "server": acme.server,
            **trusted,
            "privateKeySecretRef": {"name": f"{environment.tls_issuer}-account"},
            "solvers": [
                {"http01": {"ingress": {"ingressClassName": environment.ingress_class, "serviceType": "ClusterIP"}}}
            ],
        }
    }


def declare_issuer(environment: Environment) -> None:
    """The ClusterIssuer, if the platform is told to make it."""
    if acme := environment.acme:
        kubernetes.apiextensions.CustomResource(
            "issuer",
            api_version=API,
            kind=KIND,
            metadata={"name": environment.tls_issuer},
            spec=issuer_spec(environment, acme),
        )

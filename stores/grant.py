"""Lets the dashboard's worker into a store, when the platform says that one runs in the cluster.

The worker may bind one named role and otherwise has no rights in a namespace that it made. The
binding needs a moment until it holds; nothing else of the store may be begun before.
"""

import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

SECONDS = 30.0
POLL_SECONDS = 0.2


def may_write(namespace: str) -> bool:
    """Whether we may make Secrets in `namespace`, as the API server says."""
    argv = ["kubectl", "auth", "can-i", "create", "secrets", "--namespace", namespace, "--quiet"]
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0


def wait_for_rights(namespace: str, ask: Callable[[str], bool] = may_write, seconds: float = SECONDS) -> None:
    """Return when the binding holds; `pulumi.RunError` when it does not after `seconds`."""
    until = time.monotonic() + seconds
    while not ask(namespace):
        if time.monotonic() > until:
            raise pulumi.RunError(
                f"the rights in {namespace} do not hold after {seconds:.0f} s; bring the platform up and try again"
            )
        time.sleep(POLL_SECONDS)


def let_worker_in(
    grant: Mapping[str, str], namespace: pulumi.Resource, metadata: Mapping[str, Any], parent: pulumi.Resource
) -> pulumi.Input[pulumi.Resource]:
    """What everything inside the namespace depends on: the binding once it holds, or the namespace itself.

    `grant` is the platform's output; empty when no worker runs in the cluster. The binding goes with the
    namespace, so that the worker keeps its rights until everything else is gone.
    """
    if not grant:
        return namespace
    group = "rbac.authorization.k8s.io"
    subject = {"kind": "ServiceAccount", "name": grant["serviceAccount"], "namespace": grant["namespace"]}
    binding = kubernetes.rbac.v1.RoleBinding(
        "grant",
        metadata={"name": "storefleet-worker", **metadata},
        role_ref={"api_group": group, "kind": "ClusterRole", "name": grant["role"]},
        subjects=[subject],
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[namespace], deleted_with=namespace),
    )

    def in_force(_: str) -> pulumi.Resource:
        if not pulumi.runtime.is_dry_run():  # a preview writes nothing, and whoever runs it may have no such rights
            wait_for_rights(str(metadata["namespace"]))
        return binding

    return binding.id.apply(in_force)

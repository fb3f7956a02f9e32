"""One question to the cluster before anything is declared: is the namespace ours to use?

Provider 4.25 would adopt an existing namespace silently, and a later destroy would delete it.
The admission policy of the platform refuses that too, without a race; this says it sooner.
"""

import json
import subprocess
from collections.abc import Callable, Mapping

import pulumi

SECONDS = "10s"


def ask_cluster(namespace: str) -> tuple[int, str]:
    """kubectl's exit code and output for the raw Namespace."""
    argv = ["kubectl", "get", "--raw", f"/api/v1/namespaces/{namespace}", f"--request-timeout={SECONDS}"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise pulumi.RunError("kubectl is not on PATH; install it, or source var/env.sh for the embedded one") from None
    return done.returncode, done.stdout if done.returncode == 0 else done.stderr


def check_namespace(
    namespace: str, labels: Mapping[str, str], ask: Callable[[str], tuple[int, str]] = ask_cluster
) -> None:
    """Raise `pulumi.RunError` unless `namespace` is absent or carries our labels and stays."""
    code, text = ask(namespace)
    if code:
        if "NotFound" in text or "not found" in text:
            return
        if "orbidden" in text:
            raise pulumi.RunError(f"this kubeconfig may not read the namespace {namespace}; use one that may")
        raise pulumi.RunError("the cluster does not answer; start it with 'make up', or check KUBECONFIG")
    metadata = json.loads(text)["metadata"]
    found = metadata.get("labels", {})
    owner = ("storefleet.dev/store", "storefleet.dev/installation")
    if any(found.get(key) != labels[key] for key in owner):
        raise pulumi.RunError(
            f"the namespace {namespace} exists and is not this store's; choose another name or delete it first"
        )
    if metadata.get("deletionTimestamp"):
        raise pulumi.RunError(f"the namespace {namespace} is still being deleted; try again in a minute")

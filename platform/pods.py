"""What all pods of the dashboard have in common: Pod Security `restricted`, a read-only root, no rights."""

from typing import Any

from rights import NAMESPACE

SECRET = "dashboard-secrets"
SECRETS_FOLDER = "/run/secrets/storefleet"


def labels(component: str) -> dict[str, str]:
    """Who a pod is; selectors use them, too, so they never change."""
    return {"app.kubernetes.io/part-of": "storefleet-dashboard", "app.kubernetes.io/component": component}


def metadata(name: str, component: str = "") -> dict[str, Any]:
    """Name, namespace and labels of an object."""
    return {"name": name, "namespace": NAMESPACE, "labels": labels(component or name.removeprefix("dashboard-"))}


def pod(user: int, containers: list[dict[str, Any]], volumes: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Spec of a restricted pod without a ServiceAccount token, unless `more` says otherwise."""
    return {
        "automount_service_account_token": False,
        "enable_service_links": False,
        "security_context": {
            "run_as_non_root": True, "run_as_user": user, "run_as_group": user, "fs_group": user,
            "fs_group_change_policy": "OnRootMismatch", "seccomp_profile": {"type": "RuntimeDefault"},
        },
        "containers": containers,
        "volumes": volumes,
        **more,
    }  # fmt: skip


def container(name: str, image: str, memory: tuple[str, str], cpu: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A restricted container; `memory` and `cpu` are (request, limit)."""
    return {
        "name": name,
        "image": image,
        "security_context": {
            "allow_privilege_escalation": False,
            "read_only_root_filesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {
            "requests": {"memory": memory[0], "cpu": cpu[0]},
            "limits": {"memory": memory[1], "cpu": cpu[1]},
        },
        **more,
    }


def scratch(name: str, size: str) -> dict[str, Any]:
    """An empty volume of bounded size."""
    return {"name": name, "empty_dir": {"size_limit": size}}


def secret_files(*keys: str) -> dict[str, Any]:
    """The volume `secrets` with these keys of the installation's Secret as files, and no other."""
    items = [{"key": key, "path": key} for key in keys]
    return {"name": "secrets", "secret": {"secret_name": SECRET, "items": items, "default_mode": 0o440}}


def secret_variable(name: str, key: str) -> dict[str, Any]:
    """An environment variable from the installation's Secret; for what a program reads in no other way."""
    return {"name": name, "value_from": {"secret_key_ref": {"name": SECRET, "key": key}}}


def variables(values: dict[str, str]) -> list[dict[str, Any]]:
    """Plain environment variables; `$(OTHER)` in one stands for a variable before it."""
    return [{"name": name, "value": value} for name, value in values.items()]

"""The dashboard's two Deployments. The web one, which the world reaches, has no rights at all."""

import hashlib
import json
from typing import Any

from environment import Environment
from pods import (
    SECRETS_FOLDER,
    container,
    labels,
    pod,
    scratch,
    secret_files,
    secret_variable,
    variables,
)
from postgres import NAME as DATABASE
from postgres import PORT as DATABASE_PORT
from rights import WORKER

USER = 10001
WEB_PORT, WORKER_PORT = 8080, 8090
VAR = "/var/lib/storefleet"
CONTRACT_FOLDER = "/etc/storefleet"
FINISH_SECONDS = 300
"""How long a stopped worker lets a running operation finish before it hands it over; a shop takes 10 to 60."""

_SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


def kubeconfig() -> str:
    """The pod's own identity for programs that read a kubeconfig; the token's file is renewed by the kubelet."""
    cluster = {"server": "https://kubernetes.default.svc", "certificate-authority": f"{_SERVICE_ACCOUNT}/ca.crt"}
    return json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "cluster",
        "clusters": [{"name": "cluster", "cluster": cluster}],
        "users": [{"name": "worker", "user": {"tokenFile": f"{_SERVICE_ACCOUNT}/token"}}],
        "contexts": [{"name": "cluster", "context": {"cluster": "cluster", "user": "worker"}}],
    })  # fmt: skip


def worker_files(contract: dict[str, Any]) -> dict[str, str]:
    """File -> content of the worker's ConfigMap."""
    return {"kubeconfig": kubeconfig(), "platform.json": json.dumps(contract, sort_keys=True)}


def web(environment: Environment) -> dict[str, Any]:
    """Spec of the web Deployment: two pods, replaced one after the other."""
    probe = {"http_get": {"path": "/healthz", "port": WEB_PORT}, "timeout_seconds": 5}
    container_ = container(
        "web", environment.images["dashboard"]["ref"], ("96Mi", "384Mi"), ("50m", "1"),
        args=["web"],
        env=[
            *_common(environment),
            *variables({
                _setting("WORKER_URL"): f"http://{WORKER}:{WORKER_PORT}",
                # The network policies admit nobody but the ingress controller, so its header can be believed.
                _setting("PROXIES"): "1",
            }),
            secret_variable(_setting("OPERATOR_PASSWORD"), "operator-password"),
        ],
        ports=[{"name": "http", "container_port": WEB_PORT}],
        startup_probe={**probe, "period_seconds": 2, "failure_threshold": 90},
        readiness_probe={**probe, "period_seconds": 5},
        liveness_probe={**probe, "period_seconds": 10, "failure_threshold": 6},
        # Requests still come until the ingress controller has heard that this pod goes.
        lifecycle={"pre_stop": {"exec_": {"command": ["sleep", "5"]}}},
        volume_mounts=_scratch_mounts(),
    )  # fmt: skip
    return {
        "replicas": 2,
        "strategy": {"type": "RollingUpdate", "rolling_update": {"max_unavailable": 0, "max_surge": 1}},
        "selector": {"match_labels": labels("web")},
        "template": {
            "metadata": {"labels": labels("web")},
            "spec": pod(USER, [container_], _scratch_volumes("64Mi"), termination_grace_period_seconds=40),
        },
    }


def worker(environment: Environment, contract: dict[str, Any], stack: str) -> dict[str, Any]:
    """Spec of the worker Deployment: never two at a time, and time to finish what runs.

    Before it starts, the platform's outputs are published where the stores' stacks read them.
    """
    volumes = [
        *_scratch_volumes("512Mi"),
        {"name": "files", "config_map": {"name": WORKER}},
        secret_files("passphrase"),
    ]
    publish, work = _worker_containers(environment, stack)
    digest = hashlib.sha256(json.dumps(worker_files(contract)).encode()).hexdigest()
    return {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "selector": {"match_labels": labels("worker")},
        "template": {
            # A changed contract has to be published, which a new pod does.
            "metadata": {"labels": labels("worker"), "annotations": {"storefleet.dev/contract": digest}},
            "spec": pod(
                USER, [work], volumes, init_containers=[publish], service_account_name=WORKER,
                automount_service_account_token=True, termination_grace_period_seconds=FINISH_SECONDS + 60,
            ),
        },
    }  # fmt: skip


def _worker_containers(environment: Environment, stack: str) -> tuple[dict[str, Any], dict[str, Any]]:
    image = environment.images["dashboard"]["ref"]
    own = {
        _setting("WORKER_URL"): f"http://0.0.0.0:{WORKER_PORT}",
        _setting("SHUTDOWN_SECONDS"): str(FINISH_SECONDS),
        _setting("PLATFORM_STACK"): stack,
    }
    env = [*_common(environment), *_pulumi(), *variables(own)]
    mounts = [
        *_scratch_mounts(),
        {"name": "files", "mount_path": CONTRACT_FOLDER, "read_only": True},
        {"name": "secrets", "mount_path": SECRETS_FOLDER, "read_only": True},
    ]
    publish = container(
        "publish", image, ("128Mi", "512Mi"), ("50m", "2"), env=env, volume_mounts=mounts,
        args=["publish", f"{CONTRACT_FOLDER}/platform.json", stack],
    )  # fmt: skip
    work = container(
        "worker", image, ("256Mi", "1Gi"), ("100m", "2"), env=env, volume_mounts=mounts, args=["worker"],
        ports=[{"name": "private", "container_port": WORKER_PORT}],
        # Whether it works is told by its lease in the database, which the web's /readyz reads.
        readiness_probe={"tcp_socket": {"port": WORKER_PORT}, "period_seconds": 5, "timeout_seconds": 5},
    )  # fmt: skip
    return publish, work


def _setting(name: str) -> str:
    return f"STOREFLEET_DASHBOARD_{name}"


def _common(environment: Environment) -> list[dict[str, Any]]:
    queue = f"postgresql+psycopg://queue:$(QUEUE_PASSWORD)@{DATABASE}:{DATABASE_PORT}/queue"
    return [
        secret_variable("QUEUE_PASSWORD", "queue-password"),
        secret_variable(_setting("WORKER_TOKEN"), "worker-token"),
        *variables({
            _setting("DATABASE_URL"): queue,
            _setting("HOST"): "0.0.0.0",
            _setting("PORT"): str(WEB_PORT),
            _setting("PUBLIC_URL"): environment.url("dashboard"),
        }),
    ]  # fmt: skip


def _pulumi() -> list[dict[str, Any]]:
    # The connection does not leave the namespace, whose network policies admit nobody else.
    state = f"postgres://state:$(STATE_PASSWORD)@{DATABASE}:{DATABASE_PORT}/state?sslmode=disable"
    return [
        secret_variable("STATE_PASSWORD", "state-password"),
        *variables({
            "PULUMI_BACKEND_URL": state,
            "PULUMI_CONFIG_PASSPHRASE_FILE": f"{SECRETS_FOLDER}/passphrase",
            # A new pod has no stack files; what opens a stack's secrets is in its state as well.
            "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
            "KUBECONFIG": f"{CONTRACT_FOLDER}/kubeconfig",
        }),
    ]  # fmt: skip


def _scratch_mounts() -> list[dict[str, Any]]:
    return [{"name": "var", "mount_path": VAR}, {"name": "tmp", "mount_path": "/tmp"}]


def _scratch_volumes(size: str) -> list[dict[str, Any]]:
    return [scratch("var", size), scratch("tmp", size)]

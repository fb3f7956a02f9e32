"""The dashboard's PostgreSQL: one server, two databases whose users cannot open each other's.

`queue` holds what was asked and what happened; web and worker use it. `state` holds Pulumi's stacks;
only the worker and the operator's terminal use it.
"""

from typing import Any

from pods import SECRETS_FOLDER, container, labels, metadata, pod, scratch, secret_files

NAME, PORT, USER = "dashboard-database", 5432, 999
PASSWORDS = {"queue": "queue-password", "state": "state-password"}
"""Database (its user is called the same) -> key in the Secret."""

VOLUME = {"local": "1Gi", "prod": "5Gi"}

_ONE = """\
\\set password `cat {folder}/{key}`
SELECT 'CREATE ROLE {name} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') \\gexec
ALTER ROLE {name} PASSWORD :'password';
SELECT 'CREATE DATABASE {name} OWNER {name}' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \\gexec
REVOKE ALL ON DATABASE {name} FROM PUBLIC;
"""


def setup_sql() -> str:
    """Makes databases and users, or leaves them as they are: it runs at each start of the server.

    No password gets into the server's log, not even when a statement fails.
    """
    databases = "".join(_ONE.format(folder=SECRETS_FOLDER, key=key, name=name) for name, key in PASSWORDS.items())
    return f"SET log_min_error_statement = panic;\n{databases}REVOKE ALL ON DATABASE postgres FROM PUBLIC;\n"


def statefulset(image: str, storage_class: str, resource_class: str) -> dict[str, Any]:
    """Spec of the StatefulSet. Its volume outlives it: the state is worth more than a tidy removal."""
    volumes = [
        scratch("run", "16Mi"),
        scratch("tmp", "64Mi"),
        secret_files("postgres-password", *PASSWORDS.values()),
        {"name": "setup", "config_map": {"name": NAME}},
    ]
    claim = {
        "access_modes": ["ReadWriteOnce"],
        "storage_class_name": storage_class,
        "resources": {"requests": {"storage": VOLUME[resource_class]}},
    }
    return {
        "service_name": NAME,
        "replicas": 1,
        # With OrderedReady a pod that never became ready is not replaced, not even by a mended one.
        "pod_management_policy": "Parallel",
        "selector": {"match_labels": labels("database")},
        "template": {
            "metadata": {"labels": labels("database")},
            "spec": pod(USER, [_server(image)], volumes, termination_grace_period_seconds=60),
        },
        "volume_claim_templates": [{"metadata": {"name": "data"}, "spec": claim}],
        # Without the Secret, which goes with the server, nobody can read what is on the volume.
        "persistent_volume_claim_retention_policy": {"when_deleted": "Delete", "when_scaled": "Retain"},
    }


def _server(image: str) -> dict[str, Any]:
    # By the socket the server knows its own user without a password.
    programs, socket = "/usr/lib/postgresql/17/bin", "/var/run/postgresql"
    setup = [f"{programs}/psql", "-h", socket, "-d", "postgres", "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    setup += ["-f", "/opt/setup/setup.sql"]
    healthy = {"exec_": {"command": [f"{programs}/pg_isready", "-q", "-h", socket]}}
    return container(
        "database", image, ("64Mi", "256Mi"), ("50m", "1"),
        env=[{"name": "POSTGRES_PASSWORD_FILE", "value": f"{SECRETS_FOLDER}/postgres-password"}],
        ports=[{"name": "postgresql", "container_port": PORT}],
        # Started means: both databases stand.
        startup_probe={
            "exec_": {"command": setup}, "period_seconds": 2, "timeout_seconds": 30, "failure_threshold": 150,
        },
        readiness_probe={**healthy, "period_seconds": 5, "timeout_seconds": 5},
        liveness_probe={**healthy, "period_seconds": 10, "timeout_seconds": 10, "failure_threshold": 6},
        volume_mounts=[
            {"name": "data", "mount_path": "/var/lib/postgresql/data"},
            {"name": "run", "mount_path": "/var/run/postgresql"},
            {"name": "tmp", "mount_path": "/tmp"},
            {"name": "secrets", "mount_path": SECRETS_FOLDER, "read_only": True},
            {"name": "setup", "mount_path": "/opt/setup", "read_only": True},
        ],
    )  # fmt: skip


def service() -> dict[str, Any]:
    """Spec of the database's Service."""
    return {"selector": labels("database"), "ports": [{"name": "postgresql", "port": PORT, "target_port": PORT}]}


def config() -> dict[str, Any]:
    """The ConfigMap with what the start-up probe runs."""
    return {"metadata": metadata(NAME), "data": {"setup.sql": setup_sql()}}

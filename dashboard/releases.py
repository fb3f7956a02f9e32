"""Helm's own records of a release: one Secret per revision, which an interrupted Helm leaves `pending`.

Helm refuses to go on from such a record ("cannot re-use a name that is still in use", "another
operation is in progress"), and the provider does not know the state at all. Records are not the
workload: deleting one deletes nothing that runs, and Helm adopts objects that carry its own labels.
"""

import base64
import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from dashboard.apiserver import ApiServer

PENDING = frozenset({"pending-install", "pending-upgrade", "pending-rollback"})
LEAVING = frozenset({"uninstalling", "uninstalled"})
KINDS = (
    "apis/apps/v1/{}/deployments", "apis/apps/v1/{}/statefulsets", "apis/batch/v1/{}/cronjobs", "apis/batch/v1/{}/jobs",
    "apis/networking.k8s.io/v1/{}/ingresses", "api/v1/{}/services", "api/v1/{}/configmaps",
    "api/v1/{}/persistentvolumeclaims",
)  # fmt: skip
"""What a chart may make, see charts/README.md."""


@dataclass(frozen=True)
class Revision:
    """One record. `secret` is the name of the Secret that holds it."""

    secret: str
    release: str
    number: int
    status: str
    payload: str = ""


class Releases:
    """The Helm records of one namespace."""

    def __init__(self, cluster: ApiServer, namespace: str) -> None:
        self._cluster, self._namespace = cluster, namespace

    def revisions(self) -> list[Revision]:
        """All records, oldest first."""
        listed = self._cluster.list(f"/api/v1/namespaces/{self._namespace}/secrets", labelSelector="owner=helm")
        found = [_revision(secret) for secret in listed["items"]]
        return sorted((r for r in found if r), key=lambda revision: revision.number)

    def forget(self, revisions: Sequence[Revision]) -> None:
        """Delete records; what runs stays."""
        for revision in revisions:
            self._cluster.delete(f"/api/v1/namespaces/{self._namespace}/secrets/{revision.secret}")

    def delete_jobs_of(self, revision: Revision) -> None:
        """Delete the Jobs of one revision: they cannot be changed, so the next attempt makes them anew."""
        for name in job_names(revision.payload):
            self._cluster.delete(f"/apis/batch/v1/namespaces/{self._namespace}/jobs/{name}")

    def delete_objects(self) -> None:
        """Delete everything in the namespace that Helm made."""
        for path, item in self._objects():
            self._cluster.delete(f"{path}/{item['metadata']['name']}")

    def leaving(self) -> list[str]:
        """Names of Helm's objects that are being deleted and still there."""
        return [i["metadata"]["name"] for _, i in self._objects() if i["metadata"].get("deletionTimestamp")]

    def _objects(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for kind in KINDS:
            path = "/" + kind.format(f"namespaces/{self._namespace}")
            listed = self._cluster.list(path, labelSelector="app.kubernetes.io/managed-by=Helm")
            yield from ((path, item) for item in listed["items"])


def _revision(secret: dict[str, Any]) -> Revision | None:
    labels = secret["metadata"].get("labels", {})
    payload = secret.get("data", {}).get("release", "")
    try:
        number = int(labels["version"])
        return Revision(secret["metadata"]["name"], labels["name"], number, labels["status"], payload)
    except (KeyError, ValueError):
        return None


def job_names(payload: str) -> list[str]:
    """Names of the Jobs in a record's manifest; none if the record cannot be read.

    A record is JSON, compressed, in base64 by Helm and once more by Kubernetes.
    """
    try:
        record = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(payload))))
        objects = list(yaml.safe_load_all(record["manifest"]))
        return [o["metadata"]["name"] for o in objects if isinstance(o, dict) and o.get("kind") == "Job"]
    except (ValueError, KeyError, TypeError, OSError, EOFError, yaml.YAMLError):
        return []

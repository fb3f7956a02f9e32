"""The worker's eyes on the real cluster: what really fails arrives once, and the right object is named."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from commands.pulumi import environment
from dashboard.apiserver import ApiServer
from dashboard.database import Database, open_database
from dashboard.eyes import Eyes
from dashboard.fleet import Fleet
from dashboard.journal import Journal
from dashboard.kubeconfig import find_access
from dashboard.model import Event, Source
from dashboard.tables import stores
from tests.cluster.conftest import eventually, kubectl, pod

pytestmark = pytest.mark.cluster
STORE = "eyes-probe"
LABELS = {"storefleet.dev/store": STORE, "app.kubernetes.io/component": "web"}
SLEEP = "exec sleep 600"
PATIENCE = 120.0
"""Generous: under load a pod takes long to be started, and nothing below takes the time as a measure."""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path: Path = tmp_path_factory.mktemp("eyes") / "dashboard.db"
    database = open_database(f"sqlite:///{path}")
    with database.write() as writer:
        writer.execute(insert(stores).values(name=STORE, status="provisioning", created_at=datetime.now(UTC)))
    yield database
    database.close()


@pytest.fixture(scope="module")
def api() -> Iterator[ApiServer]:
    api = ApiServer(find_access({**os.environ, **environment()}))
    yield api
    api.close()


@pytest.fixture(scope="module")
def shop(namespace: str) -> str:
    """A namespace that belongs to a store."""
    kubectl("label", "namespace", namespace, f"storefleet.dev/store={STORE}")
    return namespace


@pytest.fixture(scope="module")
def eyes(api: ApiServer, database: Database, shop: str) -> Iterator[Eyes]:
    eyes = look(api, database)
    yield eyes
    eyes.stop()


def look(api: ApiServer, database: Database) -> Eyes:
    eyes = Eyes(api, database, Journal(database), Fleet(database))
    eyes.start()
    return eyes


def web(name: str, **container: Any) -> str:
    """A pod of the store whose container differs from a good one in `container`."""
    document = json.loads(pod(name, SLEEP, json.dumps(LABELS)))
    document["spec"]["containers"][0] |= container
    return json.dumps(document)


def why(database: Database) -> dict[str, str]:
    """What the newest snapshot says is wrong."""
    return (Fleet(database).snapshot(STORE) or {}).get("why") or {}


def told(database: Database) -> list[Event]:
    return Journal(database).recent(STORE, 500, Source.KUBERNETES)


def is_told(database: Database, reason: str, of: str) -> bool:
    return any(e.reason == reason and e.object.startswith(of) for e in told(database))


def check(eyes: Eyes, database: Database, reason: str, of: str) -> None:
    """Wait until snapshot and explanation name the reason and the object."""
    eventually(lambda: (why(database).get("reason"), why(database).get("object")) == (reason, of), PATIENCE)
    assert why(database)["cure"]
    found = eyes.explain(STORE, since=datetime.now(UTC))
    assert found and (found.reason, found.object) == (reason, of)


def test_a_full_quota_names_what_it_refuses(shop: str, eyes: Eyes, database: Database) -> None:
    kubectl("-n", shop, "create", "quota", "tight", "--hard=pods=0")
    status = ["-n", shop, "get", "quota", "tight", "-o", "jsonpath={.status.hard.pods}"]
    eventually(lambda: kubectl(*status) == "0", PATIENCE)
    template = json.loads(pod("x", SLEEP, json.dumps(LABELS)))
    template["spec"]["restartPolicy"] = "Always"
    deployment = {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "refused", "labels": LABELS},
        "spec": {
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": template["spec"]},
        },
    }  # fmt: skip
    kubectl("-n", shop, "apply", "-f", "-", stdin=json.dumps(deployment))
    check(eyes, database, "QuotaExceeded", "Deployment/refused")
    assert "exceeded quota: tight" in why(database)["message"]
    eventually(lambda: is_told(database, "FailedCreate", "ReplicaSet/refused-"), PATIENCE)
    kubectl("-n", shop, "delete", "deployment/refused", "quota/tight")


def test_an_image_that_does_not_exist_is_named(shop: str, eyes: Eyes, database: Database) -> None:
    kubectl("-n", shop, "apply", "-f", "-", stdin=web("imageless", image="localhost/storefleet/none:1"))
    check(eyes, database, "ImagePull", "Pod/imageless")
    assert "localhost/storefleet/none:1" in why(database)["message"]
    eventually(lambda: is_told(database, "ErrImageNeverPull", "Pod/imageless"), PATIENCE)
    kubectl("-n", shop, "delete", "pod", "imageless")


def test_a_pod_that_fails_its_probe_is_named(shop: str, eyes: Eyes, database: Database) -> None:
    probe = {
        "exec": {"command": ["/bin/sh", "-c", "echo no database; exit 1"]},
        "periodSeconds": 1,
        "timeoutSeconds": 30,
    }
    kubectl("-n", shop, "apply", "-f", "-", stdin=web("silent", readinessProbe=probe))
    check(eyes, database, "ProbeFailing", "Pod/silent")
    assert "no database" in why(database)["message"]
    eventually(lambda: is_told(database, "Unhealthy", "Pod/silent"), PATIENCE)
    pods = (Fleet(database).snapshot(STORE) or {})["pods"]
    assert [(p["name"], p["component"], p["phase"], p["ready"]) for p in pods] == [("silent", "web", "Running", False)]


def test_every_event_was_told_once_also_over_a_restart(
    shop: str, eyes: Eyes, api: ApiServer, database: Database
) -> None:
    eyes.stop()
    before = told(database)
    second = look(api, database)
    kubectl("-n", shop, "apply", "-f", "-", stdin=web("later"))
    eventually(lambda: is_told(database, "Started", "Pod/later"), PATIENCE)
    second.stop()
    occurrences = Counter((e.data["uid"], e.count) for e in told(database))
    assert len(before) >= 3 and {e.id for e in before} <= {e.id for e in told(database)}
    assert [key for key, times in occurrences.items() if times > 1] == []

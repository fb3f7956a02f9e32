"""What the medusa chart makes; what every chart shares is in the contract."""

from pathlib import Path
from typing import Any

import pytest

from .rendering import CHARTS, cases, helm, render
from .workloads import Workload, workloads

CHART = "medusa"
OBJECTS = {
    "PersistentVolumeClaim/content", "PersistentVolumeClaim/database", "Service/web", "Service/postgres",
    "Deployment/web", "StatefulSet/postgres", "Job/setup-1", "Ingress/web",
}  # fmt: skip
SHOP = {"path": "/health/shop", "port": "web"}


def workload(name: str, case: str = "local") -> Workload:
    return next(found for found in workloads(render(CHART, case).objects) if found.name == name)


def environment(name: str, case: str = "local") -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in workload(name, case).containers[0]["env"]}


def keys(name: str) -> list[str]:
    (secret,) = [volume["secret"] for volume in workload(name).pod["volumes"] if "secret" in volume]
    return [item["key"] for item in secret["items"]]


def mounts(name: str) -> dict[str, Any]:
    return {mount["mountPath"]: mount.get("subPath", "") for mount in workload(name).containers[0]["volumeMounts"]}


@pytest.mark.parametrize("case", cases(CHART))
def test_the_objects_and_no_others(case: str) -> None:
    assert {f"{item['kind']}/{item['metadata']['name']}" for item in render(CHART, case).objects} == OBJECTS


def test_the_shop_is_started_and_ready_when_it_lists_a_product() -> None:
    container = workload("Deployment/web").containers[0]
    assert container["startupProbe"]["httpGet"] == SHOP
    assert container["readinessProbe"]["httpGet"] == SHOP
    assert container["livenessProbe"]["tcpSocket"] == {"port": "web"}


def test_each_pod_sees_the_secrets_that_it_needs() -> None:
    assert keys("StatefulSet/postgres") == ["database-password"]
    assert keys("Deployment/web") == ["database-password", "application-secret"]
    assert keys("Job/setup-1") == ["database-password", "application-secret", "admin-password"]


def test_data_lies_on_volumes_and_below_a_folder_of_its_own() -> None:
    # The root of a fresh volume holds lost+found, which PostgreSQL refuses.
    assert mounts("StatefulSet/postgres")["/var/lib/postgresql/data"] == "postgresql"
    assert environment("StatefulSet/postgres")["PGDATA"].startswith("/var/lib/postgresql/data/")
    assert mounts("Deployment/web")["/srv/static"] == "static"
    assert "/srv/static" not in mounts("Job/setup-1")


def test_database_and_its_clients_agree() -> None:
    server = environment("StatefulSet/postgres")
    service = render(CHART, "local").one("Service", "postgres")
    for client in ("Deployment/web", "Job/setup-1"):
        given = environment(client)
        assert (given["DATABASE_USER"], given["DATABASE_NAME"]) == (server["POSTGRES_USER"], server["POSTGRES_DB"])
        assert given["DATABASE_HOST"] == service["metadata"]["name"]
    assert [port["port"] for port in service["spec"]["ports"]] == [5432]


def test_the_set_up_alone_knows_the_administrator() -> None:
    setup, web = environment("Job/setup-1"), environment("Deployment/web")
    assert workload("Job/setup-1").containers[0]["command"] == ["node", "/srv/store/setup.js"]
    assert setup["STORE_ADMIN_EMAIL"] == "admin@example.test"
    assert set(setup) - set(web) == {"STORE_TITLE", "STORE_ADMIN_EMAIL", "STORE_ADMIN_PASSWORD_FILE"}


def test_a_title_arrives_as_it_was_written() -> None:
    title = environment("Job/setup-1", "other-port")["STORE_TITLE"]
    written = render(CHART, "other-port").values["store"]["title"]
    # Kubernetes reads $$ as $ and leaves the rest alone.
    assert "$(" not in title.replace("$$", "") and title.replace("$$", "$") == written


@pytest.mark.parametrize("case", cases(CHART))
def test_the_shop_knows_the_address_that_a_browser_types(case: str) -> None:
    assert environment("Deployment/web", case)["STORE_URL"] == render(CHART, case).values["store"]["url"]


def test_url_and_host_must_agree() -> None:
    done = helm("template", "x", str(CHARTS / CHART), "--set", "store.url=http://other.example.org")
    assert done.returncode != 0
    assert "name different hosts: make them the same" in done.stderr


def test_the_notes_name_no_key_that_the_secret_does_not_have() -> None:
    text = (CHARTS / CHART / "templates" / "NOTES.txt").read_text()
    assert ".data.admin-password" in text


def test_the_chart_and_the_image_are_of_one_version() -> None:
    package = Path(CHARTS.parent / "images" / "medusa" / "package.json").read_text()
    chart = (CHARTS / CHART / "Chart.yaml").read_text()
    version = package.split('"@medusajs/medusa": "')[1].split('"')[0]
    assert f'appVersion: "{version}"' in chart

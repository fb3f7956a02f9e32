"""The worker's private endpoint, over a real socket."""

import base64
from collections.abc import Iterator

import httpx
import pytest

from dashboard.inside import Credentials, Inside
from dashboard.inventory import read_outputs
from tests.dashboard.pulumi_samples import NAME, NAMESPACE, OUTPUTS, Cluster

TOKEN = "a-token-of-the-test"
SECRETS = f"/api/v1/namespaces/{NAMESPACE}/secrets"


@pytest.fixture
def cluster() -> Cluster:
    password = base64.b64encode(b"a password").decode()
    return Cluster().put(SECRETS, {"metadata": {"name": "store-secrets"}, "data": {"admin-password": password}})


@pytest.fixture
def client(cluster: Cluster) -> Iterator[httpx.Client]:
    known = {NAME: read_outputs(OUTPUTS)}
    inside = Inside("http://127.0.0.1:0", TOKEN, Credentials(cluster.client(), known.get, lambda name: "admin"))
    inside.start()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{inside.port}", headers=headers, trust_env=False) as client:
        yield client
    inside.stop()


def test_the_login_is_read_from_the_cluster_each_time(client: httpx.Client, cluster: Cluster) -> None:
    answer = client.post(f"/stores/{NAME}/credentials")
    assert answer.json() == {"user": "admin", "password": "a password"}
    assert answer.headers["cache-control"] == "no-store"
    cluster.objects.clear()
    assert client.post(f"/stores/{NAME}/credentials").status_code == 404


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN} "[:-2]])
def test_without_the_token_nothing_is_told(client: httpx.Client, cluster: Cluster, shown: str) -> None:
    answer = client.post(f"/stores/{NAME}/credentials", headers={"Authorization": shown})
    assert answer.status_code == 401
    assert "password" not in answer.json()
    assert cluster.asked == []


@pytest.mark.parametrize(
    "path", ["/", "/stores/../x/credentials", "/stores/UP/credentials", f"/stores/{NAME}/credentials/"]
)
def test_there_is_nothing_else(client: httpx.Client, path: str) -> None:
    assert client.post(path).status_code == 404


def test_reading_by_get_is_refused(client: httpx.Client) -> None:
    assert client.get(f"/stores/{NAME}/credentials").status_code == 501


def test_an_unknown_store_has_none_and_a_broken_secret_is_the_clusters_fault(
    client: httpx.Client, cluster: Cluster
) -> None:
    assert client.post("/stores/another/credentials").status_code == 404
    cluster.objects[f"{SECRETS}/store-secrets"]["data"] = {}
    assert client.post(f"/stores/{NAME}/credentials").status_code == 502


def test_it_does_not_start_without_a_token(cluster: Cluster) -> None:
    with pytest.raises(ValueError, match="needs a token"):
        Inside("http://127.0.0.1:0", "", Credentials(cluster.client(), lambda name: None, lambda name: "admin"))

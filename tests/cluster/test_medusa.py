"""A shop of the engine Medusa on the real cluster: a customer buys, and the order stays."""

import base64
import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster.config import ingress_port
from commands.pulumi import pulumi
from tests.cluster.conftest import command, eventually, kubectl, leftovers
from tests.cluster.shopping import Visitor, visitor
from toolbox.paths import ROOT, VAR

pytestmark = [pytest.mark.cluster, pytest.mark.browser, pytest.mark.xdist_group("stores")]
NAME = "medusa-test"
ENGINE = "medusa"
EMAIL = "buyer@example.test"


def call(method: str, path: str, body: object = None, token: str = "") -> Any:
    """The answer of the store's API, reached through the ingress."""
    headers = {"Host": f"{NAME}.127.0.0.1.nip.io", "Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"http://127.0.0.1:{ingress_port()}{path}", data, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def orders(store: str) -> list[dict[str, Any]]:
    """The orders that the administrator sees, who logs in with the password of the Secret."""
    secret = kubectl("-n", store, "get", "secret", "store-secrets", "-o", "jsonpath={.data.admin-password}")
    login = {"email": f"admin@{NAME}.127.0.0.1.nip.io", "password": base64.b64decode(secret).decode()}
    token = call("POST", "/auth/user/emailpass", login)["token"]
    found: list[dict[str, Any]] = call("GET", "/admin/orders?fields=display_id,email,total", token=token)["orders"]
    return found


def sells() -> bool:
    """Whether the shop page lists a product; not while its pods are being replaced."""
    host = {"Host": f"{NAME}.127.0.0.1.nip.io"}
    request = urllib.request.Request(f"http://127.0.0.1:{ingress_port()}/", headers=host)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return "/products/blue-bottle" in answer.read().decode()
    except OSError:
        return False


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """The namespace of a store, made as a user makes it: images, platform, store; taken away before and after."""
    command("terminal", "destroy", NAME)
    for arguments in (
        ("images", "build", "--engine", ENGINE),
        ("commands.platform", "--public-port", str(ingress_port())),
        ("terminal", "create", NAME, "--engine", ENGINE, "--title", "Zoë's Bottles"),
    ):
        done = command(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
    assert f"admin login:    admin@{NAME}.127.0.0.1.nip.io\n" in done.stdout
    yield f"store-{NAME}"
    gone = command("terminal", "destroy", NAME)
    assert gone.returncode == 0, gone.stderr
    eventually(lambda: leftovers(NAME) == [])


@pytest.fixture(scope="module")
def order(store: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The number of an order that a customer placed in a browser."""
    assert store
    with visitor(tmp_path_factory.mktemp("browser")) as customer:
        return buy(customer)


def buy(customer: Visitor) -> str:
    """Catalogue, product, cart, checkout, confirmation; the order's number."""
    customer.go(f"http://{NAME}.127.0.0.1.nip.io:{ingress_port()}/")
    assert "Zoë's Bottles" in customer.driver.title
    customer.click('a[href="/products/blue-bottle"]')
    customer.type("#quantity", "2")
    customer.click('form[action="/cart"] button')
    customer.at("/cart")
    assert "€49.80" in customer.text
    customer.click('a[href="/checkout"]')
    customer.at("/checkout")
    typed = {
        "email": EMAIL, "first_name": "Bea", "last_name": "Uyer", "address_1": "Weg 2", "postal_code": "10115",
        "city": "Berlin",
    }  # fmt: skip
    for field, text in typed.items():
        customer.type(f"#{field}", text)
    customer.choose("#country_code", "de")
    customer.click('form[action="/checkout"] button')
    number = customer.find("#order-number").text
    assert "Berlin" in customer.text and "€54.70" in customer.text
    return number


def test_a_customer_buys_in_a_browser_and_the_owner_sees_the_order(store: str, order: str) -> None:
    (found,) = orders(store)
    assert (str(found["display_id"]), found["email"], found["total"]) == (order, EMAIL, 54.7)


def test_the_admin_pages_are_there(store: str) -> None:
    assert store
    host = {"Host": f"{NAME}.127.0.0.1.nip.io"}
    request = urllib.request.Request(f"http://127.0.0.1:{ingress_port()}/app/", headers=host)
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert '<div id="medusa"' in answer.read().decode()


def test_the_order_survives_the_end_of_every_pod(store: str, order: str) -> None:
    kubectl("-n", store, "delete", "pod", "-l", "app.kubernetes.io/component in (web,database)")
    kubectl("-n", store, "rollout", "status", "statefulset/postgres", "--timeout=300s")
    kubectl("-n", store, "rollout", "status", "deployment/web", "--timeout=300s")
    eventually(sells, 300)
    assert [str(found["display_id"]) for found in orders(store)] == [order]


def test_the_order_survives_an_up_with_a_new_chart_version(store: str, order: str, tmp_path: Path) -> None:
    for folder in ("stores", "charts"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copytree(VAR / "stacks", tmp_path / "var" / "stacks")
    chart = tmp_path / "charts" / ENGINE / "Chart.yaml"
    before = next(line for line in chart.read_text().splitlines() if line.startswith("version: "))
    chart.write_text(chart.read_text().replace(before, "version: 99.0.0"))
    pulumi(["up", "--stack", NAME, "--yes", "--skip-preview"], tmp_path / "stores")
    label = kubectl("-n", store, "get", "deployment", "web", "-o", "jsonpath={.metadata.labels.helm\\.sh/chart}")
    assert label == f"{ENGINE}-99.0.0"
    assert "already installed" in kubectl("-n", store, "logs", "job/setup-2")
    assert sells()
    assert [str(found["display_id"]) for found in orders(store)] == [order]

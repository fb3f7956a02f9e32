"""A customer buys in a WooCommerce store on the real cluster, through the Store API alone."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from cluster.config import ingress_port
from tests.cluster.conftest import command, eventually, kubectl
from toolbox.paths import VAR

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("stores")]
NAME = "purchase-test"
HOST = f"{NAME}.127.0.0.1.nip.io"
INDEX = VAR / "images.json"
LABELS = json.loads(INDEX.read_text())["wordpress"]["labels"] if INDEX.exists() else {}
if LABELS.get("storefleet.dev/woocommerce", "absent") == "absent":
    pytest.skip("WooCommerce is not in this image (add it: make fetch-vendor images platform)", allow_module_level=True)

ADDRESS = {
    "first_name": "Ada", "last_name": "Lovelace", "address_1": "1 Main Street", "city": "Berlin", "postcode": "10115",
    "country": "DE", "state": "", "email": "ada@example.org", "phone": "030 123456",
}  # fmt: skip
ORDER = """require '/srv/wordpress/wp-load.php'; $order = wc_get_order((int) $argv[1]);
echo json_encode(['status' => $order->get_status(), 'total' => $order->get_total(),
 'paid_by' => $order->get_payment_method(),
 'hpos' => get_option('woocommerce_custom_orders_table_enabled'), 'buyer' => $order->get_billing_email()]);"""


class Visitor:
    """A browser's cart: the token and nonce that the Store API hands out are sent back."""

    def __init__(self) -> None:
        self.tokens: dict[str, str] = {}

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON answer to GET, or to POST of `body`."""
        headers = {"Host": HOST, "Content-Type": "application/json", **self.tokens}
        url = f"http://127.0.0.1:{ingress_port()}/wp-json/wc/store/v1/{path}"
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=60) as answer:
            self.tokens |= {key: answer.headers[key] for key in ("Nonce", "Cart-Token") if answer.headers[key]}
            return json.loads(answer.read())


def order_of(number: int) -> dict[str, Any]:
    """The order as the shop's administration sees it."""
    said = kubectl(
        "-n", f"store-{NAME}", "exec", "deploy/web", "-c", "wordpress", "--", "php", "-r", ORDER, str(number)
    )
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def order() -> Iterator[int]:
    """A store of its own, and the number of an order that a visitor placed there."""
    command("terminal", "destroy", NAME)
    done = command("terminal", "create", NAME, "--set", "currency=EUR", "--set", "country=DE")
    assert done.returncode == 0, done.stderr
    visitor = Visitor()
    product = visitor.ask("products?search=cup")[0]
    visitor.ask("cart")
    cart = visitor.ask("cart/add-item", {"id": product["id"], "quantity": 2})
    assert cart["items_count"] == 2
    cart = visitor.ask("cart/update-customer", {"billing_address": ADDRESS, "shipping_address": ADDRESS})
    assert cart["totals"]["total_price"] == "2890"  # two cups of 12.00 and the flat rate of 4.90
    addresses = {"billing_address": ADDRESS, "shipping_address": ADDRESS}
    bought = visitor.ask("checkout", {**addresses, "payment_method": "cod"})
    assert bought["payment_result"]["payment_status"] == "success"
    yield int(bought["order_id"])
    gone = command("terminal", "destroy", NAME)
    assert gone.returncode == 0, gone.stderr


def test_the_shop_page_lists_the_samples(order: int) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{ingress_port()}/shop/", headers={"Host": HOST})
    with urllib.request.urlopen(request, timeout=60) as page:
        text = page.read().decode()
    assert all(name in text for name in ("Cup", "Lamp", "Vase", "Bowl"))


def test_the_order_is_in_the_administration(order: int) -> None:
    found = order_of(order)
    assert (found["status"], float(found["total"]), found["paid_by"]) == ("processing", 28.9, "cod")
    assert (found["hpos"], found["buyer"]) == ("yes", "ada@example.org")


def test_the_order_survives_new_pods_and_an_up(order: int) -> None:
    before = order_of(order)
    store = f"store-{NAME}"
    kubectl("-n", store, "delete", "pod", "-l", "app.kubernetes.io/component in (web,database)")
    kubectl("-n", store, "rollout", "status", "statefulset/mariadb", "--timeout=180s")
    kubectl("-n", store, "rollout", "status", "deployment/web", "--timeout=180s")
    done = command("terminal", "create", NAME, "--title", "Another title")
    assert done.returncode == 0, done.stderr
    eventually(lambda: order_of(order) == before, 120)


def test_the_samples_go_away_when_they_are_not_wished_for(order: int) -> None:
    done = command("terminal", "create", NAME, "--set", "samples=false")
    assert done.returncode == 0, done.stderr
    assert Visitor().ask("products") == []

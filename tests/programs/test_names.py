"""Names, hosts and URLs of stores."""

import string
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "stores"))
from guard import check_namespace
from names import name_problem
from tenant import make_tenant

LABELS = {"storefleet.dev/store": "nike", "storefleet.dev/installation": "storefleet"}


@pytest.mark.parametrize("name", ["nike-shoes", "abc", "a1b", "x" * 30])
def test_legal(name: str) -> None:
    assert name_problem(name) == ""


@pytest.mark.parametrize(
    "name",
    ["", "a", "ab-", "-ab", "1ab", "Nike", "a_b", "a.b", "x" * 31, "ab\n", "a--b", "..", "$(id)", "--stack", "ünder"]
    + ["dashboard", "api", "www", "kube-system", "default", "platform", "localhost"],
)
def test_illegal_or_reserved_says_why(name: str) -> None:
    assert repr(name) in name_problem(name)


# Names that are nearly right: of arbitrary text hardly any is legal, and the property would say nothing.
@given(st.text(alphabet="abz09-", max_size=34) | st.text(alphabet="aZ_.\n ü", max_size=4))
def test_a_name_is_legal_exactly_when_it_is_a_short_dns_label_without_double_hyphens(name: str) -> None:
    plain = all(character in string.ascii_lowercase + string.digits + "-" for character in name)
    hyphens = name.startswith("-") or name.endswith("-") or "--" in name
    is_label = plain and not hyphens and 3 <= len(name) <= 30 and name[0] in string.ascii_lowercase
    assert (name_problem(name) == "") == is_label
    assert not is_label or len(f"store-{name}") <= 63


@pytest.mark.parametrize(
    ("issuer", "port", "url"),
    [("", 80, "http://nike.d.io"), ("", 8081, "http://nike.d.io:8081"), ("le", 443, "https://nike.d.io")],
)
def test_url(issuer: str, port: int, url: str) -> None:
    config = {
        "engine": "woocommerce",
        "plan": "",
        "title": "",
        "adminUser": "a",
        "adminEmail": "",
        "timeoutSeconds": "9",
    }
    tenant = make_tenant(
        "nike", config, {"domain": "d.io", "tlsIssuer": issuer, "publicPort": port, "resourceClass": "local"}, {}
    )
    assert (tenant.url, tenant.title, tenant.admin_email) == (url, "Nike", "admin@nike.d.io")


def test_guard_accepts_absent_and_ours() -> None:
    ours = '{"metadata": {"labels": {"storefleet.dev/store": "nike", "storefleet.dev/installation": "storefleet"}}}'
    check_namespace("store-nike", LABELS, lambda _: (1, 'Error from server (NotFound): namespaces "x" not found'))
    check_namespace("store-nike", LABELS, lambda _: (0, ours))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((0, '{"metadata": {}}'), "exists and is not this store's"),
        ((0, '{"metadata": {"labels": {"storefleet.dev/store": "nike"}}}'), "exists and is not this store's"),
        ((1, "The connection to the server was refused"), "the cluster does not answer"),
        ((1, "Error from server (Forbidden)"), "may not read"),
    ],
)
def test_guard_refuses_with_one_sentence(answer: tuple[int, str], message: str) -> None:
    with pytest.raises(Exception, match=message):
        check_namespace("store-nike", LABELS, lambda _: answer)

"""From options and what a store's configuration says to a request; what is refused before anything happens."""

from typing import Any

import pytest

from dashboard.catalogue import Catalogue
from dashboard.model import Request
from dashboard.settings import ROOT
from terminal.request import check, make_request, split_settings
from toolbox.errors import UserError

CATALOGUE = Catalogue.read(ROOT / "stores")
KNOWN = {"plan": "medium", "title": "Nike", "currency": "USD", "timeoutSeconds": 900, "platform": "local"}


def test_options_come_before_what_is_known_and_the_rest_stays() -> None:
    request = make_request("nike", {"title": "Shoes", "plan": ""}, {"samples": "false"}, KNOWN)
    assert request == Request("nike", "", "medium", "Shoes", "", {"samples": "false", "timeoutSeconds": "900"})


def test_a_new_store_is_left_to_the_programs_defaults() -> None:
    assert make_request("nike", {}, {}, {}) == Request("nike", "", "", "", "", {})


def test_settings_are_pairs_whose_value_may_be_empty() -> None:
    assert split_settings(["currency=", "mailFrom=a=b"]) == {"currency": "", "mailFrom": "a=b"}
    for wrong in ("currency", "=USD", "cur-rency=USD"):
        with pytest.raises(UserError, match="is not KEY=VALUE"):
            split_settings([wrong])


@pytest.mark.parametrize(
    ("options", "settings", "known", "cause", "cure"),
    [
        ({"name": "Nike"}, {}, {}, "'Nike' cannot be a store's name", "use 3 to 30"),
        ({"engine": "shopify"}, {}, {}, "'shopify' is not an engine", "known are: "),
        ({"plan": "huge"}, {}, {}, "'huge' is not a plan", "choose one of"),
        ({"admin_email": "nobody"}, {}, {}, "admin_email is not an e-mail address", "write one such as"),
        ({}, {"curency": "USD"}, {}, "'curency' is not a setting of this engine", "known are"),
        ({}, {"currency": "US"}, {}, "currency ", ""),
        ({}, {"smtpPassword": "x"}, {}, "smtpPassword is a secret", "pulumi config set --secret"),
        ({}, {}, {"plan": "huge"}, "'huge' is not a plan", "choose one of"),
    ],
)
def test_what_the_program_would_refuse_is_refused_with_a_cure(
    options: dict[str, str], settings: dict[str, str], known: dict[str, Any], cause: str, cure: str
) -> None:
    name = options.pop("name", "nike")
    with pytest.raises(UserError) as refused:
        check(make_request(name, options, settings, known), known, CATALOGUE)
    assert cause in refused.value.cause
    assert cure in refused.value.cure


def test_what_is_known_and_what_goes_back_to_its_default_is_no_mistake() -> None:
    check(make_request("nike", {}, {"currency": ""}, KNOWN), KNOWN, CATALOGUE)

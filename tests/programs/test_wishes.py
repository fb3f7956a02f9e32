"""Settings of a store: checked before anything is made, handed to the chart typed, secrets apart."""

import subprocess
import sys
from typing import Any

import pytest

from tests.programs.conftest import PLATFORM_OUTPUTS, ROOT, STORE_CONFIG, Run

sys.path.insert(0, str(ROOT / "stores"))
from engines import ENGINES
from wishes import setting_problems, settings, value_problem

WOOCOMMERCE = ENGINES["woocommerce"].wishes
LABELS = {"storefleet.dev/plugins": "hello-shop,woocommerce", "storefleet.dev/themes": "twentytwentyfive"}
RELEASE = ("kubernetes:helm.sh/v3:Release", "release")
SECRET = ("kubernetes:core/v1:Secret", "settings")


@pytest.mark.parametrize("wish", [wish for engine in ENGINES.values() for wish in engine.wishes], ids=lambda w: w.name)
def test_every_wish_is_told_and_its_default_is_allowed(wish: Any) -> None:
    assert wish.kind in ("text", "choice", "boolean", "list")
    assert wish.label and wish.help and not wish.help.endswith(".")
    assert bool(wish.choices) == (wish.kind == "choice")
    assert value_problem(wish, wish.default, {}) == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("currency", "USD"), ("country", "US"), ("samples", "false"), ("plugins", " hello-shop, woocommerce,"),
        ("theme", "twentytwentyfive"), ("smtpHost", "mail.example.org"), ("smtpPort", "465"),
        ("mailFrom", "shop@example.org"), ("xmlrpc", "true"), ("plugins", ""),
    ],
)  # fmt: skip
def test_good_settings(name: str, value: str) -> None:
    assert setting_problems(WOOCOMMERCE, {name: value}, LABELS) == {}


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("curency", "USD", "'curency' is not a setting of this engine; known are: country, currency, mailFrom"),
        ("currency", "usd", "currency is 'usd'; choose one of: EUR, USD, GBP"),
        ("country", "XX", "country cannot be 'XX'; where the shop sells from: two capital letters of ISO 3166"),
        ("country", "DE\n", "country cannot be 'DE\\n'"),
        ("samples", "yes", "samples is 'yes'; say true or false"),
        (
            "plugins",
            "hello-shop,akismet",
            "plugins: 'akismet' is not in this image; known are: hello-shop, woocommerce",
        ),
        ("plugins", "../evil", "plugins cannot be '../evil'"),
        ("theme", "storefront", "theme: 'storefront' is not in this image; known are: twentytwentyfive"),
        ("smtpHost", "mail server", "smtpHost cannot be 'mail server'; host that takes the shop's mail"),
        ("smtpPort", "25", "smtpPort is '25'; choose one of: 587, 465"),
        ("mailFrom", "nobody", "mailFrom cannot be 'nobody'"),
    ],
)
def test_bad_settings_say_why(name: str, value: str, problem: str) -> None:
    assert setting_problems(WOOCOMMERCE, {name: value}, LABELS)[name].startswith(problem)


def test_what_an_image_has_is_not_judged_while_it_is_unknown() -> None:
    assert setting_problems(WOOCOMMERCE, {"plugins": "akismet"}) == {}
    assert "known are: none" in setting_problems(WOOCOMMERCE, {"plugins": "akismet"}, {})["plugins"]


def test_values_are_typed() -> None:
    typed = settings(WOOCOMMERCE, {"samples": "false", "plugins": "b, a,b", "currency": "JPY"})
    assert (typed["samples"], typed["plugins"], typed["currency"], typed["country"]) == (False, ["b", "a"], "JPY", "DE")


@pytest.fixture
def store(run_program: Run, monkeypatch: pytest.MonkeyPatch) -> Any:
    absent = subprocess.CompletedProcess([], 1, "", "Error from server (NotFound)")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: absent)
    known: dict[str, Any] = dict(PLATFORM_OUTPUTS)
    images = {**known["images"], "wordpress": {"ref": "localhost/w:1", "labels": LABELS}}
    platform = {**known, "images": images}
    return lambda **config: run_program("stores", "nike-shoes", {**STORE_CONFIG, **config}, platform)


def test_settings_reach_the_chart(store: Any) -> None:
    values = store(currency="USD", plugins="hello-shop", samples="false")[RELEASE]["values"]
    chosen = {key: values["settings"][key] for key in ("currency", "plugins", "samples", "country")}
    assert chosen == {"currency": "USD", "plugins": ["hello-shop"], "samples": False, "country": "DE"}


def test_a_secret_setting_is_in_a_secret_and_nowhere_else(store: Any) -> None:
    seen = store(smtpHost="mail.example.org", smtpPassword="hunter2-hunter2")
    assert seen[SECRET]["metadata"]["name"] == "store-secrets-settings"
    assert "hunter2-hunter2" in str(seen.pop(SECRET))
    assert "hunter2-hunter2" not in str(seen)
    assert SECRET not in store()


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"curency": "USD"}, "'curency' is not a setting of this engine"),
        ({"currency": "usd"}, "choose one of: EUR"),
        ({"plugins": "akismet"}, "'akismet' is not in this image; known are: hello-shop, woocommerce"),
        ({"theme": "storefront"}, "'storefront' is not in this image; known are: twentytwentyfive"),
    ],
)
def test_a_bad_setting_declares_nothing(store: Any, run_program: Run, config: dict[str, str], problem: str) -> None:
    with pytest.raises(Exception, match=problem):
        store(**config)

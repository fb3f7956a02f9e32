"""The catalogue: the program's own rules, and what the dashboard adds."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from dashboard.catalogue import Catalogue, CatalogueError
from dashboard.model import Request
from dashboard.refusal import Refusal
from dashboard.settings import ROOT

TABLES = {
    "names": "def name_problem(name): return '' if name.isalpha() else 'bad name'",
    "plans": """
class Plan:
    title, summary = "Small", "Little"
PLANS = {"small": Plan(), "large": Plan()}
def plans_for(minimum): return ["small", "large"] if minimum["web"] < 100 else ["large"]
def plan_problem(name, engine, minimum): return "" if name in plans_for(minimum) else "bad plan"
""",
    "engines": """
class Wish:
    def __init__(self, name): self.name = name
    label, help, kind, choices, default = "Currency", "What prices are in", "choice", ("EUR", "USD"), "EUR"
class Small:
    title, summary, minimum, wishes, secret_wishes = "Small", "…", {"web": 1}, (Wish("currency"),), (Wish("password"),)
class Large:
    title, summary, minimum, wishes, secret_wishes = "Large", "…", {"web": 500}, (), ()
ENGINES = {"light": Small(), "heavy": Large()}
""",
    "wishes": """
def setting_problems(wishes, given):
    known = {wish.name: wish for wish in wishes}
    return {n: "bad setting" for n, v in given.items() if n not in known or v not in known[n].choices}
""",
}
ASKED = Request("shop", "light", "small", "A shop", "owner@example.com", {"currency": "USD"})


def write(folder: Path, tables: dict[str, str]) -> Path:
    for name, text in tables.items():
        (folder / f"{name}.py").write_text(text)
    return folder


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue.read(write(tmp_path, TABLES))


def test_engines_as_plain_data(catalogue: Catalogue) -> None:
    engines = catalogue.engines()
    assert list(engines) == ["light", "heavy"]
    assert [plan["name"] for plan in engines["heavy"]["plans"]] == ["large"]
    # Secrets are no part of any form.
    assert engines["light"]["settings"] == [
        {
            "name": "currency", "label": "Currency", "help": "What prices are in", "kind": "choice",
            "choices": ["EUR", "USD"], "default": "EUR",
        }
    ]  # fmt: skip


def test_what_is_left_out_gets_defaults(catalogue: Catalogue) -> None:
    completed = catalogue.complete(Request("my-shop", "", "", " ", ""))
    assert (completed.engine, completed.plan, completed.title) == ("light", "small", "My Shop")
    assert catalogue.complete(Request("shop", "heavy", "", "", "")).plan == "large"


def test_a_good_request_passes_as_it_is(catalogue: Catalogue) -> None:
    assert catalogue.accept(ASKED) == ASKED


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "no-1"}, "name"),
        ({"engine": "other"}, "engine"),
        ({"engine": "heavy", "settings": {}}, "plan"),
        ({"title": "a\tb"}, "title"),
        ({"admin_email": "x"}, "admin_email"),
        ({"settings": {"currency": "XXX"}}, "settings.currency"),
        ({"settings": {"other": "x"}}, "settings.other"),
        ({"settings": {"password": "canary"}}, "settings.password"),
    ],
)
def test_bad_fields_are_named(catalogue: Catalogue, change: dict[str, object], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        catalogue.accept(replace(ASKED, **change))  # type: ignore[arg-type]
    assert list(refused.value.fields) == [field] and refused.value.status_hint == "invalid"
    assert "canary" not in str(refused.value.fields)


def test_a_program_without_settings(tmp_path: Path) -> None:
    engines = "class E:\n    title, summary, minimum = '', '', {'web': 1}\nENGINES = {'light': E()}"
    tables = {**TABLES, "engines": engines}
    del tables["wishes"]
    catalogue = Catalogue.read(write(tmp_path, tables))
    assert catalogue.engines()["light"]["settings"] == []
    assert set(catalogue.check(ASKED)) == {"settings.currency"}


@pytest.mark.parametrize("name", ["names", "engines", "plans", "wishes"])
def test_broken_tables_are_named(tmp_path: Path, name: str) -> None:
    for text in ("syntax error", ""):
        with pytest.raises(CatalogueError, match=name if text else "lack"):
            Catalogue.read(write(tmp_path, {**TABLES, name: text}))


def test_the_real_tables() -> None:
    catalogue = Catalogue.read(ROOT / "stores")
    for name, engine in catalogue.engines().items():
        assert engine["title"] and engine["summary"] and engine["plans"]
        chart = yaml.safe_load((ROOT / "charts" / name / "Chart.yaml").read_text())
        assert catalogue.chart_version(name) == chart["version"]
        settings = {setting["name"]: setting["default"] for setting in engine["settings"]}
        for plan in engine["plans"]:
            assert catalogue.check(Request("nike-shoes", name, plan["name"], "Nike", "", settings)) == {}
    assert catalogue.name_problem("dashboard") and catalogue.name_problem("a--b")

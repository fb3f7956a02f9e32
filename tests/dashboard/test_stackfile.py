"""The configuration that the dashboard writes is the one that a terminal reads."""

from pathlib import Path

import pytest
import yaml

from dashboard.model import Request
from dashboard.stackfile import Program
from tests.dashboard.pulumi_samples import NAME, program

SALT = "v1:abc:v1:def:ghi=="


def asked(**more: str) -> Request:
    return Request(NAME, "woocommerce", "small", "Nike's: Shoes", "a@b.test", settings=more)


@pytest.fixture
def home(tmp_path: Path) -> Program:
    return Program(program(tmp_path))


def test_it_is_written_where_pulumi_looks_for_it(home: Program, tmp_path: Path) -> None:
    assert home.configure(asked(currency="EUR"), "local")
    document = yaml.safe_load((tmp_path / "stacks" / f"Pulumi.{NAME}.yaml").read_text())
    assert document["config"] == {
        "stores:engine": "woocommerce", "stores:plan": "small", "stores:title": "Nike's: Shoes",
        "stores:adminEmail": "a@b.test", "stores:platform": "local", "stores:currency": "EUR",
    }  # fmt: skip
    assert home.config(NAME)["title"] == "Nike's: Shoes"


def test_the_same_again_changes_nothing(home: Program) -> None:
    assert home.configure(asked(), "local")
    assert not home.configure(asked(), "local")


def test_salt_secrets_and_what_a_terminal_set_stay(home: Program) -> None:
    file = home.stack_file(NAME)
    file.parent.mkdir()
    secret = {"secure": "v1:xyz"}
    config = {"stores:timeoutSeconds": "20", "stores:smtp": secret, "stores:currency": "EUR", "stores:title": "Old"}
    file.write_text(yaml.safe_dump({"encryptionsalt": SALT, "config": config}))
    home.configure(asked(currency=""), "local")
    document = yaml.safe_load(file.read_text())
    assert document["encryptionsalt"] == SALT
    assert document["config"]["stores:smtp"] == secret
    assert document["config"]["stores:timeoutSeconds"] == "20"
    assert document["config"]["stores:title"] == "Nike's: Shoes"
    assert "stores:currency" not in document["config"]
    assert "smtp" not in home.config(NAME)


@pytest.mark.parametrize("torn", ["", "config: [", "- a", "\x00\x00"])
def test_a_torn_file_is_made_anew(home: Program, torn: str) -> None:
    file = home.stack_file(NAME)
    file.parent.mkdir()
    file.write_text(torn)
    assert home.config(NAME) == {}
    assert home.configure(asked(), "local")
    assert home.config(NAME)["engine"] == "woocommerce"
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_forgetting_is_idempotent(home: Program) -> None:
    home.configure(asked(), "local")
    home.forget(NAME)
    home.forget(NAME)
    assert home.config(NAME) == {}

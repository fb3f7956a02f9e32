"""What exists, as the state folder tells it."""

from pathlib import Path

import pytest
import yaml

from dashboard.inventory import StackInventory
from tests.dashboard.pulumi_samples import NAME, OUTPUTS, RELEASE, SPACE, STACK, document, program, state


@pytest.fixture
def inventory(tmp_path: Path) -> StackInventory:
    (tmp_path / "stacks").mkdir()
    config = {"stores:engine": "woocommerce", "stores:title": "Nike", "stores:currency": "EUR", "stores:plan": "small"}
    (tmp_path / "stacks" / f"Pulumi.{NAME}.yaml").write_text(yaml.safe_dump({"config": config}))
    return StackInventory.at(program(tmp_path), f"file://{tmp_path}")


def test_stores_of_the_terminal_appear_and_disappear(inventory: StackInventory, tmp_path: Path) -> None:
    assert inventory.stores() == []
    file = state(tmp_path, document(STACK, SPACE, RELEASE))
    [store] = inventory.stores()
    assert (store.name, store.engine, store.title, store.plan) == (NAME, "woocommerce", "Nike", "small")
    assert store.settings == {"currency": "EUR"}
    assert store.outputs is not None and store.outputs.chart_version == "0.3.0"
    file.unlink()
    assert inventory.stores() == []


def test_only_what_changed_is_read_again(
    inventory: StackInventory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state(tmp_path, document(STACK, SPACE, RELEASE))
    before = inventory.stores()
    monkeypatch.setattr("dashboard.backend.parse", None)  # would fail if anything were read
    assert inventory.stores() == before


def test_a_store_in_the_making_is_not_listed_yet(inventory: StackInventory, tmp_path: Path) -> None:
    state(tmp_path, document(STACK, SPACE, creating=RELEASE))
    [half] = inventory.stores()
    assert half.outputs is None
    lock = tmp_path / ".pulumi" / "locks" / "organization" / "stores" / NAME / "a.json"
    lock.parent.mkdir(parents=True)
    lock.write_text("{}")
    assert inventory.stores() == []


def test_an_empty_stack_is_no_store(inventory: StackInventory, tmp_path: Path) -> None:
    state(tmp_path, document())
    assert inventory.stores() == []


def test_a_broken_stack_hides_no_other(inventory: StackInventory, tmp_path: Path) -> None:
    state(tmp_path, document(STACK, SPACE, RELEASE))
    state(tmp_path, "{", "broken")
    assert [(s.name, s.outputs is None) for s in inventory.stores()] == [("broken", True), (NAME, False)]


def test_the_administrators_login_is_what_the_store_says(inventory: StackInventory, tmp_path: Path) -> None:
    assert inventory.login(NAME) == "admin"
    outputs = {**OUTPUTS, "adminLogin": "owner@example.org"}
    state(tmp_path, document({**STACK, "outputs": outputs}, RELEASE))
    assert inventory.login(NAME) == "owner@example.org"

"""Which stacks there are and how they are configured: read, never written."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.pulumi import environment
from dashboard.backend import FileBackend
from previews.stacks import Backend, write_config
from tests.dashboard import pulumi_samples as samples
from toolbox.paths import VAR


def put(folder: Path, project: str, name: str, resources: list[dict[str, Any]], *history: dict[str, Any]) -> None:
    """A stack in a state folder, with the configurations of its updates, oldest first."""
    file = folder / ".pulumi" / "stacks" / project / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"resources": resources}}}))
    past = folder / ".pulumi" / "history" / project / name
    past.mkdir(parents=True)
    for number, config in enumerate(history):
        (past / f"{name}-179590405628950615{number}.history.json").write_text(json.dumps({"config": config}))
        (past / f"{name}-179590405628950615{number}.history.json.attrs").write_text("{}")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with the two programs' project files."""
    root = tmp_path / "checkout"
    (root / "stores").mkdir(parents=True)
    (root / "Pulumi.yaml").write_text("name: storefleet\nruntime: python\nmain: platform/\n")
    (root / "Pulumi.local.yaml").write_text(
        "config: {storefleet:domain: new.test, storefleet:imagesFile: var/images.json}"
    )
    (root / "stores" / "Pulumi.yaml").write_text("name: stores\nruntime: python\nstackConfigDir: ../var/stacks\n")
    return root


@pytest.fixture
def backend(tmp_path: Path, root: Path) -> Backend:
    """A state folder with a platform, one that is only published, and two stores."""
    state = tmp_path / "state"
    old = {"storefleet:domain": "old.test", "storefleet:publicPort": "8080", "storefleet:dashboard": "none"}
    put(state, "storefleet", "local", [samples.STACK, samples.SPACE], old)
    put(state, "storefleet", "prod", [samples.STACK, samples.SPACE], {})
    put(state, "stores", "adidas", [samples.STACK], {"stores:plan": "small"}, {"stores:plan": "large"})
    put(state, "stores", "nike-shoes", [samples.STACK])
    return Backend(f"file://{state}", root)


def test_every_store_and_the_platforms_of_this_checkout(backend: Backend, root: Path) -> None:
    assert backend.names() == ["adidas", "nike-shoes"]
    assert backend.platforms() == ["local"]  # prod has no file here


def test_a_platform_of_outputs_alone_is_left_out(tmp_path: Path, root: Path) -> None:
    put(tmp_path / "other", "storefleet", "local", [samples.STACK])
    assert Backend(f"file://{tmp_path / 'other'}", root).platforms() == []


def test_a_store_is_configured_as_at_its_last_update(backend: Backend) -> None:
    assert backend.store("adidas").config == {"stores:plan": "large"}
    assert backend.store("nike-shoes").config == {}


def test_its_file_in_the_checkout_wins(backend: Backend, root: Path) -> None:
    file = root / "var" / "stacks" / "Pulumi.adidas.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("config: {stores:plan: medium, stores:smtpPassword: {secure: v1:x}}\nencryptionsalt: v1:y\n")
    assert backend.store("adidas").config == {"stores:plan": "medium", "stores:smtpPassword": {"secure": "v1:x"}}


def test_the_platform_is_configured_by_the_committed_file_and_what_make_adds(backend: Backend, root: Path) -> None:
    target = backend.platform("local")
    assert target.config == {
        "storefleet:domain": "new.test",
        "storefleet:imagesFile": str(VAR / "images.json"),
        "storefleet:publicPort": "8080",
        "storefleet:dashboard": "none",
    }
    assert (target.program, target.code) == (root, root / "platform")
    assert target.label == "platform local"


def test_a_configuration_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.x.yaml"
    write_config({"stores:plan": "small"}, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert yaml.safe_load(file.read_text()) == {"config": {"stores:plan": "small"}}


@pytest.mark.built
def test_the_cli_answers_the_same_where_the_backend_is_no_folder(
    backend: Backend, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in {**environment(), "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}"}.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setattr(FileBackend, "at", lambda url, project: None)
    through_cli = Backend("s3://bucket", root)
    assert sorted(through_cli.names()) == backend.names()
    assert through_cli.platforms() == backend.platforms()
    assert through_cli.store("adidas") == backend.store("adidas")
    assert through_cli.platform("local") == backend.platform("local")

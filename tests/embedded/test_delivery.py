"""Images to clusters of the user's own and to registries."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from images import delivery
from tests.registry import digest_of, serving
from toolbox.errors import UserError
from toolbox.paths import VAR


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Programs that note how they were called, and a kubectl that knows one context."""
    notes = tmp_path / "notes"
    for tool in ("kind", "k3d", "minikube", "docker"):
        (tmp_path / tool).write_text(f'#!/bin/sh\necho {tool} "$@" >> {notes}\n')
    (tmp_path / "kubectl").write_text("#!/bin/sh\necho $CONTEXT\n")
    for path in tmp_path.iterdir():
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("KUBECONFIG", "/somewhere/else")
    index = {"mariadb": {"ref": "r/mariadb:1", "archive": "mariadb-1.tar", "labels": {}},
             "base": {"ref": "r/base:1", "archive": "base-1.tar", "labels": {}}}  # fmt: skip
    (tmp_path / "images.json").write_text(json.dumps(index))
    monkeypatch.setattr(delivery, "INDEX", tmp_path / "images.json")
    monkeypatch.setattr(delivery, "ARCHIVES", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("context", "called"),
    [
        ("kind-shops", "kind load image-archive {tar} --name shops"),
        ("k3d-dev", "k3d image import {tar} --cluster dev"),
        ("minikube", "minikube image load {tar} --profile minikube"),
        ("docker-desktop", "docker load --input {tar}"),
    ],
)
def test_a_local_cluster_gets_the_images_of_stores_by_its_own_tool(
    tools: Path, context: str, called: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTEXT", context)
    delivery.load()
    assert (tools / "notes").read_text() == called.format(tar=tools / "mariadb-1.tar") + "\n"


def test_an_unknown_cluster_is_told_to_use_a_registry(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTEXT", "production")
    with pytest.raises(UserError, match="production") as raised:
        delivery.load()
    assert "make publish-images" in raised.value.cure


def test_a_missing_tool_is_named(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTEXT", "kind-shops")
    (tools / "kind").unlink()
    with pytest.raises(UserError, match="needs the program kind"):
        delivery.load()


@pytest.mark.parametrize("registry", ["", "https://ghcr.io/me", "Ghcr.io", "ghcr.io/me/", "a b"])
def test_what_is_no_registry_is_refused(registry: str) -> None:
    with pytest.raises(UserError, match="is no registry"):
        delivery.publish(registry)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """A real registry on this machine."""
    with serving(tmp_path) as address:
        yield address


@pytest.mark.built
def test_published_images_are_named_by_the_digest_that_the_registry_has(
    registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = json.loads((VAR / "images.json").read_text())
    (tmp_path / "images.json").write_text(json.dumps({"mariadb": index["mariadb"]}))
    monkeypatch.setattr(delivery, "INDEX", tmp_path / "images.json")
    monkeypatch.setattr(delivery, "PUBLISHED", VAR / "published-test.json")
    try:
        delivery.publish(f"{registry}/shops")
        entry = json.loads(delivery.PUBLISHED.read_text())["mariadb"]
    finally:
        delivery.PUBLISHED.unlink(missing_ok=True)
    repository, _, digest = entry["ref"].partition("@")
    assert repository.startswith(f"{registry}/shops/mariadb:")
    assert digest_of(registry, "shops/mariadb", digest) == digest

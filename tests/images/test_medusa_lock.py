"""What npm installs for Medusa is pinned, free and the same everywhere."""

import json
from typing import Any

import pytest

from images.recipes import HERE

FOLDER = HERE / "medusa"
LICENCES = {
    "MIT", "Apache-2.0", "ISC", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "BlueOak-1.0.0", "CC-BY-4.0",
    "(MIT OR CC0-1.0)",
}  # fmt: skip
UNSAID = {  # the package's file names no licence; the repositories of these do, and it is MIT
    "@medusajs/admin-bundler", "@medusajs/admin-sdk", "@medusajs/admin-shared", "@medusajs/admin-vite-plugin",
    "@medusajs/dashboard", "busboy", "connect-dynamodb", "limiter", "parent-require", "streamsearch",
}  # fmt: skip


@pytest.fixture(scope="module")
def packages() -> dict[str, dict[str, Any]]:
    locked: dict[str, dict[str, Any]] = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
    return locked


def name(path: str) -> str:
    return path.rpartition("node_modules/")[2]


def test_versions_are_exact() -> None:
    package = json.loads((FOLDER / "package.json").read_text())
    for wanted in ("dependencies", "devDependencies"):
        assert all(version[0].isdigit() for version in package[wanted].values()), package[wanted]


def test_the_lock_is_of_the_package_file(packages: dict[str, dict[str, Any]]) -> None:
    package = json.loads((FOLDER / "package.json").read_text())
    assert packages[""]["dependencies"] == package["dependencies"]
    assert packages[""]["devDependencies"] == package["devDependencies"]


def test_every_package_has_a_hash_and_none_names_a_registry(packages: dict[str, dict[str, Any]]) -> None:
    installed = {path: entry for path, entry in packages.items() if path}
    assert [path for path, entry in installed.items() if "integrity" not in entry] == []
    assert [path for path, entry in installed.items() if "resolved" in entry] == []


def test_nothing_asks_for_whatever_is_latest(packages: dict[str, dict[str, Any]]) -> None:
    # Such a wish cannot be met from a lock once the registry has a newer one.
    assert [path for path, entry in packages.items() if "latest" in entry.get("dependencies", {}).values()] == []


def test_all_of_medusa_is_one_version_and_every_licence_is_free(packages: dict[str, dict[str, Any]]) -> None:
    version = packages[""]["dependencies"]["@medusajs/medusa"]
    own = {
        p: e["version"]
        for p, e in packages.items()
        if name(p).startswith("@medusajs/") and p.count("node_modules") == 1
    }
    assert set(own.values()) - {version} == {own["node_modules/@medusajs/ui"], own["node_modules/@medusajs/icons"]} - {
        version
    }
    unfree = {name(p): e.get("license") for p, e in packages.items() if p and e.get("license") not in LICENCES}
    assert {found for found, licence in unfree.items() if licence} == set()
    assert set(unfree) == UNSAID

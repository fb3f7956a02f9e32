"""Every engine chart, in every supported configuration, keeps the contract of charts/README.md."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from .contract import breaches
from .rendering import ALL_CASES, CHARTS, ENGINES, cases, helm, render
from .rendering import case_file as file_of

LINES = 60


@pytest.mark.parametrize(("engine", "case"), ALL_CASES)
def test_keeps_the_contract(engine: str, case: str) -> None:
    assert breaches(render(engine, case)) == []


@pytest.mark.parametrize(("engine", "case"), ALL_CASES)
def test_lints_strictly(engine: str, case: str) -> None:
    done = helm("lint", "--strict", str(CHARTS / engine), "-f", str(file_of(engine, case)))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("engine", ENGINES)
def test_supports_both_kinds_of_platform(engine: str) -> None:
    assert {"local", "prod"} <= set(cases(engine))
    for platform in ("local", "prod"):
        assert (CHARTS / engine / f"values-{platform}.yaml").exists()


@pytest.mark.parametrize("engine", ENGINES)
def test_values_and_schema_name_the_same_keys(engine: str) -> None:
    text = (CHARTS / engine / "values.yaml").read_text()
    assert len(text.splitlines()) <= LINES
    schema = json.loads((CHARTS / engine / "values.schema.json").read_text())
    assert set(paths_of_values(yaml.safe_load(text))) == set(paths_of_schema(schema))


@pytest.mark.parametrize("engine", ENGINES)
def test_schema_is_closed_complete_and_described(engine: str) -> None:
    schema = json.loads((CHARTS / engine / "values.schema.json").read_text())
    for path, node in nodes(schema):
        if node.get("type") == "object":
            assert node.get("additionalProperties") is False, f"{path or 'root'} is open"
            assert sorted(node["required"]) == sorted(node["properties"]), f"{path or 'root'}: not all required"
        if path:
            assert node.get("description"), f"{path} is not described"


def paths_of_values(values: dict[str, Any], above: str = "") -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from paths_of_values(value, f"{above}{key}.")
        else:
            yield f"{above}{key}"


def paths_of_schema(schema: dict[str, Any]) -> Iterator[str]:
    return (path for path, node in nodes(schema) if "properties" not in node)


def nodes(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, schema
    for key, below in schema.get("properties", {}).items():
        yield from nodes(below, f"{path}.{key}" if path else key)

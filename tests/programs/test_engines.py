"""A second engine is a chart and an entry: the program makes its store from these alone."""

import subprocess
from typing import Any

import pytest
import yaml

from tests.programs.conftest import PLATFORM_OUTPUTS, ROOT, STORE_CONFIG, Run

NAME = "medusa"
IMAGES = {
    "medusa": {"ref": "localhost/medusa:1", "labels": {"storefleet.dev/medusa": "2.18.0"}},
    "postgres": {"ref": "localhost/postgres:1", "labels": {}},
}
CONFIG = {**STORE_CONFIG, "engine": NAME}
WITH_IMAGES: dict[str, Any] = {**PLATFORM_OUTPUTS, "images": {**PLATFORM_OUTPUTS["images"], **IMAGES}}  # type: ignore[dict-item]


@pytest.fixture
def seen(run_program: Run, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], dict[str, Any]]:
    absent = subprocess.CompletedProcess([], 1, "", "Error from server (NotFound)")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: absent)
    return run_program("stores", "nike-shoes", CONFIG, WITH_IMAGES)


def test_the_release_gets_what_the_charts_closed_schema_takes(seen: dict[tuple[str, str], dict[str, Any]]) -> None:
    release = seen[("kubernetes:helm.sh/v3:Release", "release")]
    assert release["chart"] == "../charts/medusa"
    values = release["values"]
    assert values["images"] == {"medusa": "localhost/medusa:1", "postgres": "localhost/postgres:1"}
    assert values["features"] == {"medusa": "2.18.0"}
    own = yaml.safe_load((ROOT / "charts" / "medusa" / "values.yaml").read_text())
    assert set(values) <= set(own)
    assert set(values["resources"]) == set(own["resources"])


def test_the_smallest_plan_that_holds_it_is_chosen(seen: dict[tuple[str, str], dict[str, Any]]) -> None:
    values = seen[("kubernetes:helm.sh/v3:Release", "release")]["values"]
    assert values["resources"]["web"] == {"request": "128Mi", "limit": "512Mi"}


def test_its_database_is_fenced_on_its_own_port(seen: dict[tuple[str, str], dict[str, Any]]) -> None:
    policy = seen[("kubernetes:networking.k8s.io/v1:NetworkPolicy", "clients-to-database")]["spec"]
    assert [port["port"] for rule in policy["ingress"] for port in rule["ports"]] == [5432]


def test_its_quota_has_no_room_for_what_it_does_not_have(seen: dict[tuple[str, str], dict[str, Any]]) -> None:
    hard = seen[("kubernetes:core/v1:ResourceQuota", "quota")]["spec"]["hard"]
    assert (hard["requests.memory"], hard["limits.memory"]) == ("608Mi", "3072Mi")


def test_a_plan_that_cannot_hold_it_declares_nothing(run_program: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **_: asked.append(arguments))
    with pytest.raises(Exception, match="the plan 'small' cannot hold Medusa.*choose one of: medium, large"):
        run_program("stores", "nike-shoes", {**CONFIG, "plan": "small"}, WITH_IMAGES)
    assert asked == []


def test_an_engine_whose_images_are_not_made_is_refused_with_the_cure(
    run_program: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **_: asked.append(arguments))
    with pytest.raises(Exception, match="no image medusa, postgres for Medusa; make them with 'make images platform"):
        run_program("stores", "nike-shoes", CONFIG)
    assert asked == []

"""Plans: what they ask, what they hold, and that a store which does not fit is never begun."""

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.programs.conftest import PLATFORM_OUTPUTS, ROOT, STORE_CONFIG, Run

sys.path.insert(0, str(ROOT / "stores"))
from engines import ENGINES
from plans import COMPONENTS, PLANS, SCALES, plan_problem, plans_for, quota, resources, volume_sizes

CLASSES = sorted(SCALES)
RELEASE = ("kubernetes:helm.sh/v3:Release", "release")


def mebibytes(quantity: str) -> int:
    return int(quantity[:-2]) * {"Mi": 1, "Gi": 1024}[quantity[-2:]]


def test_the_files_are_read_without_importing_the_program() -> None:
    # As the dashboard does: in a process whose path has no stores/ and no pulumi.
    code = (
        "import runpy, sys; tables = [runpy.run_path(path) for path in sys.argv[1:]]; "
        "assert not {'pulumi', 'engines', 'plans', 'wishes', 'names'} & set(sys.modules); "
        "print([sorted(set(table) & {'ENGINES', 'PLANS', 'name_problem', 'setting_problems'}) for table in tables])"
    )
    files = [str(ROOT / "stores" / f"{name}.py") for name in ("engines", "plans", "names")]
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code, *files], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[['ENGINES'], ['PLANS'], ['name_problem']]"
    assert runpy.run_path(files[2])["name_problem"]("nike") == ""


@pytest.mark.parametrize("resource_class", CLASSES)
def test_a_bigger_plan_is_bigger_in_everything(resource_class: str) -> None:
    for smaller, bigger in zip(list(PLANS.values()), list(PLANS.values())[1:], strict=False):
        for component in COMPONENTS:
            less, more = (resources(plan, resource_class, COMPONENTS)[component] for plan in (smaller, bigger))
            assert mebibytes(less["request"]) <= mebibytes(more["request"]) < mebibytes(more["limit"])
            assert mebibytes(less["limit"]) < mebibytes(more["limit"])
        less, more = (volume_sizes(plan, resource_class) for plan in (smaller, bigger))
        assert all(mebibytes(less[name]) < mebibytes(more[name]) for name in ("content", "database"))


@pytest.mark.parametrize("resource_class", CLASSES)
@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("engine", ENGINES)
def test_the_quota_holds_one_web_pod_and_one_job_more_than_at_rest(engine: str, plan: str, resource_class: str) -> None:
    components = list(ENGINES[engine].minimum)
    asked = resources(PLANS[plan], resource_class, components)
    hard = quota(PLANS[plan], resource_class, components)
    busy = (*components, "web", "setup")  # at rest with the clock's Job, and an upgrade beside it
    for bound, key in (("request", "requests.memory"), ("limit", "limits.memory")):
        assert sum(mebibytes(asked[component][bound]) for component in busy) <= mebibytes(hard[key])
    volumes = volume_sizes(PLANS[plan], resource_class)
    assert sum(map(mebibytes, volumes.values())) == mebibytes(hard["requests.storage"])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("resource_class", CLASSES)
def test_the_profiles_of_a_chart_are_the_smallest_plan_that_holds_the_engine(engine: str, resource_class: str) -> None:
    profile = ROOT / "stores" / ENGINES[engine].chart / f"values-{resource_class}.yaml"
    values: dict[str, Any] = yaml.safe_load(profile.read_text())
    plan = PLANS[plans_for(ENGINES[engine].minimum, resource_class)[0]]
    assert values["resources"] == resources(plan, resource_class, ENGINES[engine].minimum)
    sizes = volume_sizes(plan, resource_class)
    assert {key: value for key, value in values["storage"].items() if key != "className"} == {
        f"{name}Size": size for name, size in sizes.items()
    }


@pytest.mark.parametrize("resource_class", CLASSES)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_fits_into_some_plan(engine: str, resource_class: str) -> None:
    assert plans_for(ENGINES[engine].minimum, resource_class)
    assert {"web", "database", "setup"} <= set(ENGINES[engine].minimum) <= set(COMPONENTS)


def test_a_plan_that_is_too_small_is_refused_with_those_that_are_not() -> None:
    assert plan_problem("small", "Medusa", {"web": 448, "database": 128}) == (
        "the plan 'small' cannot hold Medusa, which needs 448 MiB for web, 128 MiB for database; "
        "choose one of: medium, large"
    )
    assert plan_problem("small", "Medusa", {"web": 448}, "prod") == ""
    assert plan_problem("huge", "Medusa", {"web": 448}) == "'huge' is not a plan; choose one of: medium, large"
    assert "no plan is big enough" in plan_problem("large", "Medusa", {"web": 99999})


def test_a_chosen_plan_reaches_chart_and_quota(run_program: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = subprocess.CompletedProcess([], 1, "", "Error from server (NotFound)")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: absent)
    prod = {**PLATFORM_OUTPUTS, "resourceClass": "prod"}
    seen = run_program("stores", "nike-shoes", {**STORE_CONFIG, "plan": "large"}, prod)
    values = seen[RELEASE]["values"]
    assert values["resources"]["web"] == {"request": "256Mi", "limit": "2048Mi"}
    assert values["storage"] == {"className": "local-path", "contentSize": "100Gi", "databaseSize": "25Gi"}
    hard = seen[("kubernetes:core/v1:ResourceQuota", "quota")]["spec"]["hard"]
    most = quota(PLANS["large"], "prod", ENGINES["woocommerce"].minimum)
    assert {key: hard[key] for key in most} == most


def test_an_unknown_plan_declares_nothing(run_program: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **_: asked.append(arguments))
    with pytest.raises(Exception, match="'huge' is not a plan; choose one of: small, medium, large"):
        run_program("stores", "nike-shoes", {**STORE_CONFIG, "plan": "huge"})
    assert asked == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "charts").glob("*/templates/*/claim.yaml")), ids=lambda path: path.parent.name
)
def test_a_volume_that_exists_keeps_its_size(path: Path) -> None:
    # What `lookup` finds can be seen on a cluster only; that every claim asks is seen here.
    assert 'include "claimSize"' in path.read_text()

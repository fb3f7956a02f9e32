"""A store changes its plan on the real cluster: memory follows, the volumes stay as they are."""

from collections.abc import Iterator

import pytest

from tests.cluster.conftest import command, kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("stores")]
NAME = "plan-test"
SIZES = "jsonpath={range .items[*]}{.metadata.name}={.spec.resources.requests.storage} {end}"
LIMIT = "jsonpath={.spec.template.spec.containers[0].resources.limits.memory}"
QUOTA = "jsonpath={.spec.hard.limits\\.memory}"


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """A medium store, taken away before and after."""
    command("terminal", "destroy", NAME)
    done = command("terminal", "create", NAME, "--plan", "medium")
    assert done.returncode == 0, done.stderr
    yield f"store-{NAME}"
    gone = command("terminal", "destroy", NAME)
    assert gone.returncode == 0, gone.stderr


def test_a_change_of_plan_keeps_the_volumes_and_a_bad_one_changes_nothing(store: str) -> None:
    sizes = ["-n", store, "get", "pvc", "-o", SIZES]
    assert kubectl(*sizes).split() == ["content=5Gi", "database=2Gi"]
    refused = command("terminal", "create", NAME, "--plan", "huge", "--set", "currency=USD")
    assert refused.returncode == 1
    assert "'huge' is not a plan\n  cure: choose one of: small, medium, large\n" in refused.stderr
    done = command("terminal", "create", NAME, "--plan", "small")
    assert done.returncode == 0, done.stderr
    assert kubectl(*sizes).split() == ["content=5Gi", "database=2Gi"]
    assert kubectl("-n", store, "get", "deployment", "web", "-o", LIMIT) == "256Mi"
    assert kubectl("-n", store, "get", "resourcequota", "store", "-o", QUOTA) == "1568Mi"
    said = kubectl("-n", store, "get", "job", "-o", "jsonpath={.items[*].spec.template.spec.containers[0].env}")
    assert '\\"currency\\":\\"EUR\\"' in said  # the setting of the refused run did not stay

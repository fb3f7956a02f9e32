"""Previews of a real store: they show exactly what an update would do, warn where they must, and change nothing."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.pulumi import pulumi
from tests.cluster.conftest import command, eventually, kubectl, leftovers
from toolbox.paths import ROOT, VAR

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("stores")]
NAME = "preview-test"
NEEDED = ("platform", "stores", "charts", "dashboard", "previews", "commands", "toolbox")
KINDS = (
    "deployments,statefulsets,services,ingresses,persistentvolumeclaims,secrets,configmaps,resourcequotas,limitranges,"
    "networkpolicies,cronjobs,jobs"
)
STATEFULSET = "charts/woocommerce/templates/mariadb/statefulset.yaml"


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """A store, taken away before and after."""
    command("terminal", "destroy", NAME)
    done = command("terminal", "create", NAME)
    assert done.returncode == 0, done.stderr
    yield f"store-{NAME}"
    assert command("terminal", "destroy", NAME).returncode == 0
    eventually(lambda: leftovers(NAME) == [])


@pytest.fixture
def checkout(tmp_path: Path, store: str) -> Iterator[Path]:
    """A copy of the checkout for a test to change; what is there afterwards is what was there before."""
    for folder in NEEDED:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "var"))
    for file in ROOT.glob("Pulumi*.yaml"):
        shutil.copy(file, tmp_path)
    # The images that the platform has, which need not be those that were built last.
    images = pulumi(["stack", "output", "images", "--json", "--stack", "local"], ROOT)
    (tmp_path / "images.json").write_text(images)
    replace(tmp_path, "Pulumi.local.yaml", "var/images.json", "images.json")
    yield tmp_path


def tree(*folders: Path) -> dict[str, str]:
    """Every file of the folders with the hash of its content."""
    files = [
        path for folder in folders for path in folder.rglob("*") if path.is_file() and "__pycache__" not in str(path)
    ]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def objects(namespace: str) -> dict[str, Any]:
    """What is declared in the namespace, without what its controllers count and write beside it."""
    items = json.loads(kubectl("-n", namespace, "get", KINDS, "-o", "json"))["items"]
    ours = [item for item in items if not item["metadata"].get("ownerReferences")]
    return {
        f"{item['kind']}/{item['metadata']['name']}": {
            "metadata": {key: item["metadata"].get(key) for key in ("uid", "generation", "labels", "annotations")},
            **{key: value for key, value in item.items() if key not in ("metadata", "status")},
        }
        for item in ours
    }


def preview(root: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """`python -m previews` in that checkout, which leaves files, state and cluster as they were."""

    def world() -> tuple[dict[str, str], dict[str, Any]]:
        return tree(root, VAR / "state", VAR / "stacks"), objects(f"store-{NAME}")

    before = world()
    argv = [sys.executable, "-m", "previews", *arguments]
    env = {**os.environ, "STOREFLEET_VAR": str(VAR), **environ}  # the copy has nothing generated of its own
    done = subprocess.run(argv, cwd=root, capture_output=True, text=True, env=env)
    assert world() == before
    assert "Traceback" not in done.stderr, done.stderr
    return done


def replace(root: Path, file: str, old: str, new: str) -> None:
    """Change one text of the copy; it has to be there."""
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new))


def raise_version(root: Path) -> None:
    """What charts/README.md asks of every change of a chart."""
    file = root / "charts" / "woocommerce" / "Chart.yaml"
    file.write_text(re.sub(r"(?m)^version: .*$", "version: 99.0.0", file.read_text()))


def configure(root: Path, **config: str) -> None:
    """A configuration file of the store in the copy, as `pulumi config set` makes it."""
    file = root / "var" / "stacks" / f"Pulumi.{NAME}.yaml"
    file.parent.mkdir(parents=True)
    own = {"engine": "woocommerce", "platform": "local", **config}
    file.write_text(yaml.safe_dump({"config": {f"stores:{key}": value for key, value in own.items()}}))


def test_an_unchanged_checkout_changes_nothing(checkout: Path) -> None:
    done = preview(checkout, NAME)
    assert done.returncode == 0, done.stderr
    assert f"=== no changes (13 same) in 1: {NAME}" in done.stdout
    assert done.stdout.startswith("1 stack: 0 would change, 1 would stay as they are (")


def test_a_change_of_the_chart_is_shown_field_by_field_with_what_hurts(checkout: Path) -> None:
    replace(checkout, STATEFULSET, "podManagementPolicy: Parallel", "podManagementPolicy: OrderedReady")
    replace(checkout, STATEFULSET, "terminationGracePeriodSeconds: 60", "terminationGracePeriodSeconds: 61")
    raise_version(checkout)
    done = preview(checkout, NAME, "--strict")
    assert done.returncode == 2, done.stderr
    inside = done.stdout.partition("Kubernetes objects of the chart:\n")[2].rstrip().splitlines()
    assert [line.strip() for line in inside] == [
        "~ StatefulSet/mariadb",
        "spec.podManagementPolicy: Parallel -> OrderedReady",
        "spec.template.spec.terminationGracePeriodSeconds: 60 -> 61",
    ]
    assert re.search(r"version: \S+ -> 99\.0\.0", done.stdout)
    assert "!! DANGER StatefulSet/mariadb: the API server refuses the update: spec: Forbidden" in done.stdout
    assert "note   StatefulSet/mariadb: its pods restart, the database is away meanwhile" in done.stdout
    assert done.stdout.count("!! DANGER") == 1


def test_without_asking_the_server_the_known_refusals_are_told(checkout: Path) -> None:
    replace(checkout, STATEFULSET, "podManagementPolicy: Parallel", "podManagementPolicy: OrderedReady")
    raise_version(checkout)
    done = preview(checkout, NAME, "--no-dry-run", "--format", "markdown")
    assert done.returncode == 0, done.stderr
    assert "the update would be refused, since spec.podManagementPolicy of a StatefulSet" in done.stdout
    assert "refuses the update" not in done.stdout


def test_a_chart_without_a_new_version_reaches_no_shop_and_that_is_told(checkout: Path) -> None:
    replace(checkout, STATEFULSET, "terminationGracePeriodSeconds: 60", "terminationGracePeriodSeconds: 61")
    done = preview(checkout, NAME)
    assert "no changes" in done.stdout
    assert "the chart makes another StatefulSet/mariadb, but its version is not raised" in done.stdout


def test_a_new_image_of_the_platform_is_shown_in_the_store(checkout: Path) -> None:
    index = json.loads((checkout / "images.json").read_text())
    old, new = index["wordpress"]["ref"], "localhost/storefleet/wordpress:newer"
    index["wordpress"]["ref"] = new
    (checkout / "images.json").write_text(json.dumps(index))
    done = preview(checkout)
    assert done.returncode == 0, done.stderr
    assert f"spec.template.spec.containers[wordpress].image: {old} -> {new}" in done.stdout
    assert "Deployment/web: its pods restart" in done.stdout
    assert "DANGER" not in done.stdout
    assert f"images.wordpress.ref: {old} -> {new}" in done.stdout.partition("=== platform local")[2]


def test_a_change_of_a_stores_configuration_is_shown(checkout: Path) -> None:
    configure(checkout, title="Another Title", plan="medium")
    done = preview(checkout, NAME)
    assert done.returncode == 0, done.stderr
    assert "values.store.title: Preview Test -> Another Title" in done.stdout
    assert "~ ResourceQuota/quota" in done.stdout
    assert "PersistentVolumeClaim" not in done.stdout  # a claim that exists keeps its size


def test_a_stack_without_a_preview_is_told_in_a_sentence_and_the_others_go_on(checkout: Path) -> None:
    configure(checkout, plan="gigantic")
    done = preview(checkout)
    assert done.returncode == 1
    assert "FAILED: 'gigantic' is not a plan; choose one of: small, medium, large" in done.stdout
    assert "platform local" in done.stdout


def test_an_unknown_stack_is_refused(checkout: Path) -> None:
    done = preview(checkout, "no-such-store")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "there is no stack 'no-such-store'" in done.stderr


@pytest.fixture
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A kubeconfig of somebody with the rights of docs/previews.md and no others."""
    (role,) = re.findall(r"```yaml\n(apiVersion: rbac.*?)```", (ROOT / "docs" / "previews.md").read_text(), re.DOTALL)
    who, name = ["serviceaccount", "preview-reader"], yaml.safe_load(role)["metadata"]["name"]
    try:
        kubectl("apply", "-f", "-", stdin=role)
        kubectl("-n", "default", "create", *who)
        kubectl(
            "create", "clusterrolebinding", name, f"--clusterrole={name}", "--serviceaccount=default:preview-reader"
        )
        config = yaml.safe_load(kubectl("config", "view", "--raw", "--minify", "--flatten"))
        config["users"][0]["user"] = {"token": kubectl("-n", "default", "create", "token", who[1]).strip()}
        file = tmp_path_factory.mktemp("reader") / "kubeconfig"
        file.write_text(yaml.safe_dump(config))
        yield file
    finally:
        kubectl("delete", "clusterrolebinding", name, "--ignore-not-found")
        kubectl("delete", "clusterrole", name, "--ignore-not-found")
        kubectl("-n", "default", "delete", *who, "--ignore-not-found")


def test_who_may_only_read_gets_the_same_differences_and_is_told_what_is_missing(checkout: Path, reader: Path) -> None:
    configure(checkout, plan="medium")
    replace(checkout, STATEFULSET, "podManagementPolicy: Parallel", "podManagementPolicy: OrderedReady")
    raise_version(checkout)
    done = preview(checkout, NAME, "local", KUBECONFIG=str(reader))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "spec.podManagementPolicy: Parallel -> OrderedReady" in done.stdout
    assert re.search(r"spec\.hard\.limits\.memory: 1\d\d\dMi -> 3\d\d\dMi", done.stdout)
    assert "this kubeconfig may not ask the API server" in done.stdout
    assert "the update would be refused, since spec.podManagementPolicy" in done.stdout

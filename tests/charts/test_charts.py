"""Every engine chart keeps the contract of charts/README.md."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

CHARTS = Path(__file__).resolve().parents[2] / "charts"
ENGINES = sorted(p.parent for p in CHARTS.glob("*/Chart.yaml"))
CASES = [(chart, case) for chart in ENGINES for case in sorted((chart / "ci").glob("*-values.yaml"))]
ALLOWED = {
    "Deployment", "StatefulSet", "Job", "CronJob", "Service", "Ingress", "PersistentVolumeClaim", "ConfigMap",
    "PodDisruptionBudget",
}  # fmt: skip


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert shutil.which("helm"), "helm is not on PATH: run 'make up', or install it"
    return subprocess.run(["helm", *arguments], capture_output=True, text=True)


def rendered(chart: Path, case: Path) -> list[dict[str, Any]]:
    done = helm("template", "x", str(chart), "-f", str(case))
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def pods(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    specs = []
    for item in objects:
        spec = item["spec"].get("jobTemplate", item)["spec"] if item["kind"] == "CronJob" else item["spec"]
        if "template" in spec:
            specs.append(spec["template"])
    return specs


@pytest.mark.parametrize(("chart", "case"), CASES, ids=lambda p: p.name)
class TestContract:
    def test_lint(self, chart: Path, case: Path) -> None:
        done = helm("lint", "--strict", str(chart), "-f", str(case))
        assert done.returncode == 0, done.stdout

    def test_only_allowed_kinds_all_labelled(self, chart: Path, case: Path) -> None:
        for item in rendered(chart, case):
            assert item["kind"] in ALLOWED
            assert item["metadata"]["labels"]["storefleet.dev/store"] == "example"
            assert "namespace" not in item["metadata"]

    def test_every_pod_is_restricted_and_limited(self, chart: Path, case: Path) -> None:
        found = pods(rendered(chart, case))
        assert len(found) >= 3
        for pod in found:
            spec = pod["spec"]
            assert pod["metadata"]["labels"]["app.kubernetes.io/component"] in ("web", "database", "setup")
            assert spec["automountServiceAccountToken"] is False
            assert spec["securityContext"]["runAsNonRoot"] is True
            assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
            for container in spec["containers"] + spec.get("initContainers", []):
                assert container["securityContext"] == {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                }
                assert set(container["resources"]["limits"]) == {"cpu", "memory"}
                assert set(container["resources"]["requests"]) == {"cpu", "memory"}

    def test_selectors_survive_a_new_chart_version(self, chart: Path, case: Path) -> None:
        for item in rendered(chart, case):
            if item["kind"] in ("Deployment", "StatefulSet"):
                labels = item["spec"]["selector"]["matchLabels"]
                assert set(labels) == {"app.kubernetes.io/instance", "app.kubernetes.io/component"}


@pytest.mark.parametrize("chart", ENGINES, ids=lambda p: p.name)
def test_values_are_short_and_match_the_closed_schema(chart: Path) -> None:
    text = (chart / "values.yaml").read_text()
    assert len(text.splitlines()) <= 60
    schema = json.loads((chart / "values.schema.json").read_text())
    values = yaml.safe_load(text)
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) - {"global"} == set(values)
    for key, value in values.items():
        if isinstance(value, dict):
            assert schema["properties"][key]["additionalProperties"] is False
            assert set(schema["properties"][key]["properties"]) == set(value)


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("stroe.name=x", "stroe"),
        ("store.colour=red", "colour"),
        ("resources.web.limit=lots", "limit"),
        ("store.host=Bad_Host", "host"),
        ("store.title=", "title"),
        ("imagePullPolicy=Sometimes", "imagePullPolicy"),
    ],
)
@pytest.mark.parametrize("chart", ENGINES, ids=lambda p: p.name)
def test_the_schema_refuses(chart: Path, setting: str, complaint: str) -> None:
    done = helm("template", "x", str(chart), "--set", setting)
    assert done.returncode != 0
    assert complaint in done.stderr


def test_tls_only_with_an_issuer() -> None:
    for case, expected in (("local", False), ("prod", True)):
        objects = rendered(CHARTS / "woocommerce", CHARTS / "woocommerce" / "ci" / f"{case}-values.yaml")
        ingress = next(item for item in objects if item["kind"] == "Ingress")
        assert ("tls" in ingress["spec"]) is expected

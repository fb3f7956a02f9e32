"""What Helm makes of the engine charts, as plain objects. Runs the `helm` of PATH; needs no cluster."""

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

CHARTS = Path(__file__).resolve().parents[2] / "charts"
ENGINES = sorted(path.parent.name for path in CHARTS.glob("*/Chart.yaml"))
RELEASE = "release"

Object = dict[str, Any]


def cases(engine: str) -> list[str]:
    """Names of the supported configurations: `ci/<case>-values.yaml`."""
    return sorted(path.name.removesuffix("-values.yaml") for path in (CHARTS / engine / "ci").glob("*-values.yaml"))


def case_file(engine: str, case: str) -> Path:
    """The values file of one supported configuration."""
    return CHARTS / engine / "ci" / f"{case}-values.yaml"


ALL_CASES = [(engine, case) for engine in ENGINES for case in cases(engine)]


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run helm and return what it said, whatever its exit code."""
    assert shutil.which("helm"), "helm is not on PATH: run 'make up', or install it"
    return subprocess.run(["helm", *arguments], capture_output=True, text=True, check=False)


def merged(below: Object, above: Object) -> Object:
    """Values as Helm merges them: maps key by key, everything else replaced."""
    result = dict(below)
    for key, value in above.items():
        both_maps = isinstance(value, dict) and isinstance(below.get(key), dict)
        result[key] = merged(below[key], value) if both_maps else value
    return result


@dataclass(frozen=True)
class Rendered:
    """Objects that one chart makes of `values`."""

    engine: str
    values: Object
    objects: list[Object]

    def one(self, kind: str, name: str) -> Object:
        """The object of that kind and name; fails unless there is exactly one."""
        found = [item for item in self.objects if (item["kind"], item["metadata"]["name"]) == (kind, name)]
        assert len(found) == 1, f"{len(found)} objects {kind}/{name}"
        return found[0]


def values_of(engine: str, case: str) -> Object:
    """Every value of a case: the chart's own, under those of the file."""
    own = yaml.safe_load((CHARTS / engine / "values.yaml").read_text())
    return merged(own, yaml.safe_load(case_file(engine, case).read_text()))


@cache
def render(engine: str, case: str) -> Rendered:
    """Render a case as a first install. Shared between tests: copy before changing it."""
    done = helm("template", RELEASE, str(CHARTS / engine), "-f", str(case_file(engine, case)))
    assert done.returncode == 0, done.stderr
    objects = [item for item in yaml.safe_load_all(done.stdout) if item]
    return Rendered(engine, values_of(engine, case), objects)

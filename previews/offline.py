"""Without a cluster: what the charts of this checkout make of their test cases, against those of another revision.

Each `charts/<engine>/ci/<case>-values.yaml` is a typical shop. Knows nothing of real stores, and nothing of what
the programs `platform/` and `stores/` declare: quota, network policies, secrets.
"""

import io
import subprocess
import tarfile
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from previews import findings, helm, manifests
from previews.model import Preview, counted, unique
from toolbox.errors import UserError

LIMITS = (
    "the stores that exist, since this ran without a cluster: each chart's test cases stand for them",
    "the Pulumi programs (platform/, stores/): quota, network policies, secrets, settings of the platform",
    "what the API server would refuse; refusals that are known beforehand are told",
)
BASES = ("origin/main", "origin/master", "main", "master")
RELEASE = "release"


def offline(root: Path, base: str) -> list[Preview]:
    """A preview of each case of each chart. Raises `UserError` where `base` is no revision or has no charts."""
    with tempfile.TemporaryDirectory(prefix="storefleet-preview-") as folder:
        before = Path(folder)
        _extract(root, resolve(root, base), before)
        return [_preview(before, root, chart, case) for chart, case in _cases(before, root)]


def resolve(root: Path, base: str) -> str:
    """The commit to compare with: `base`, or where this checkout left the main branch."""
    if base:
        return base
    for candidate in BASES:
        found = _git(root, "merge-base", "HEAD", candidate)
        if not found.returncode:
            return found.stdout.decode().strip()
    raise UserError("there is no branch to compare with", "name one: --base REVISION (make preview BASE_REF=…)")


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    except FileNotFoundError:
        raise UserError("the program 'git' is not on PATH", "install git") from None


def _extract(root: Path, base: str, target: Path) -> None:
    """The charts of the revision `base`, under `target`."""
    archive = _git(root, "archive", "--format=tar", "--end-of-options", base, "charts")
    if archive.returncode:
        raise UserError(f"the charts of {base!r} cannot be read", "name a revision that has them: --base REVISION")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(target, filter="data")


def _cases(*roots: Path) -> list[tuple[str, str]]:
    """(chart, case) of all the roots."""
    files = {file.relative_to(root) for root in roots for file in (root / "charts").glob("*/ci/*-values.yaml")}
    return sorted((file.parts[1], file.name.removesuffix("-values.yaml")) for file in files)


def _preview(before: Path, after: Path, chart: str, case: str) -> Preview:
    label = f"{chart} ({case})"
    try:
        old, new = render(before, chart, case), render(after, chart, case)
    except helm.NotRendered as error:
        return Preview(label, failure=str(error))
    changes = manifests.changes(old, new)
    found = list(findings.inspect(changes, old, new, {}))
    if changes and version(before, chart) == version(after, chart):
        found.append(findings.not_raised([change.name for change in changes]))
    counts = Counter(change.verb.value for change in changes)
    counts["same"] = len({*old} & {*new}) - counts["update"]
    return Preview(label, counted(counts), objects=changes, findings=unique(found))


def render(root: Path, chart: str, case: str) -> manifests.Objects:
    """The objects of one case; none where this revision does not have it. Raises `helm.NotRendered`."""
    values = root / "charts" / chart / "ci" / f"{case}-values.yaml"
    if not values.exists():
        return {}
    argv = ["helm", "template", RELEASE, str(root / "charts" / chart), f"--values={values}"]
    return manifests.parse(helm.Tools(root).answer(argv))


def version(root: Path, chart: str) -> str:
    """The chart's version; "" where there is no such chart."""
    file = root / "charts" / chart / "Chart.yaml"
    document: Mapping[str, Any] = yaml.safe_load(file.read_text()) if file.exists() else {}
    return str(document.get("version", ""))

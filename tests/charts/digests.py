"""Ties a chart's version to its files, because a Pulumi Release sees the version and nothing else.

    python3 tests/charts/digests.py            which charts changed without a new version; exit 1 if any
    python3 tests/charts/digests.py --update   record new versions in charts/digests.json

`--update` refuses a changed chart whose version is recorded in the last commit: shops run that version.
A version that was never committed may be recorded anew as often as it changes. Standard library only.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

CHARTS = Path(__file__).resolve().parents[2] / "charts"
RECORD = CHARTS / "digests.json"
VERSION = re.compile(r"^version: (\S+)$", re.MULTILINE)
# As .helmignore: what is not part of a release.
NOT_PACKED = re.compile(r"\A(\.helmignore|ci/.*|values-[^/]*\.yaml|.*~|.*\.swp|(.*/)?\.DS_Store)\Z")

Digests = dict[str, dict[str, str]]


def packed(chart: Path) -> list[Path]:
    """Files that make a release, in a fixed order, relative to the chart."""
    files = (path.relative_to(chart) for path in chart.rglob("*") if path.is_file())
    return sorted(path for path in files if not NOT_PACKED.match(path.as_posix()))


def digest(chart: Path) -> str:
    """SHA-256 over names and contents of a chart's packed files."""
    sums = hashlib.sha256()
    for path in packed(chart):
        content = hashlib.sha256((chart / path).read_bytes()).hexdigest()
        sums.update(f"{content}  {path.as_posix()}\n".encode())
    return sums.hexdigest()


def version(chart: Path) -> str:
    """The version in Chart.yaml; raises ValueError where there is none."""
    if not (found := VERSION.search((chart / "Chart.yaml").read_text())):
        raise ValueError(f"{chart.name}/Chart.yaml has no line 'version: <version>'")
    return found.group(1)


def current(charts: Path) -> Digests:
    """Chart -> its version -> its digest, as the files are now."""
    return {path.parent.name: {version(path.parent): digest(path.parent)} for path in charts.glob("*/Chart.yaml")}


def problems(now: Digests, recorded: Digests) -> list[str]:
    """One sentence with its cure for each chart whose files are not those of its recorded version."""
    texts = []
    for chart, versions in sorted(now.items()):
        ((number, digest_now),) = versions.items()
        known = recorded.get(chart, {}).get(number)
        if known is None:
            texts.append(f"{chart} {number} is not recorded: run python3 tests/charts/digests.py --update")
        elif known != digest_now:
            texts.append(
                f"{chart} changed but is still version {number}: raise `version` in charts/{chart}/Chart.yaml, "
                "then run python3 tests/charts/digests.py --update"
            )
    return texts


def updated(now: Digests, recorded: Digests, committed: Digests) -> Digests:
    """The record with the charts as they are now; raises ValueError where a committed version changed."""
    result = {chart: dict(versions) for chart, versions in recorded.items()}
    for chart, versions in now.items():
        ((number, digest_now),) = versions.items()
        if committed.get(chart, {}).get(number, digest_now) != digest_now:
            raise ValueError(f"{chart} {number} is committed with other files: raise `version` in its Chart.yaml first")
        result.setdefault(chart, {})[number] = digest_now
    return result


def in_last_commit(record: Path) -> Digests:
    """The record of the last commit; empty where it has none, or the folder is no repository."""
    argv = ["git", "-C", str(record.parent), "show", f"HEAD:./{record.name}"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    committed: Digests = json.loads(done.stdout) if done.returncode == 0 else {}
    return committed


def main() -> int:
    parser = argparse.ArgumentParser(description="Check that a changed chart has a new version.")
    parser.add_argument("--update", action="store_true", help="record new versions")
    now = current(CHARTS)
    recorded: Digests = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    if parser.parse_args().update:
        try:
            recorded = updated(now, recorded, in_last_commit(RECORD))
        except ValueError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        RECORD.write_text(json.dumps(recorded, indent=2, sort_keys=True) + "\n")
    texts = problems(now, recorded)
    for text in texts:
        print(f"error: {text}", file=sys.stderr)
    return 1 if texts else 0


if __name__ == "__main__":
    sys.exit(main())

"""What Helm would make of a release, and what it made: the objects that a Pulumi Release hides. Writes nothing."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dashboard.failures import clean
from previews.manifests import Objects, parse

SECONDS = 120
Inputs = Mapping[str, Any]


class NotRendered(Exception):
    """Helm or kubectl did not answer as it should; the text is one sentence that a user may read."""


@dataclass(frozen=True)
class Tools:
    """Runs programs in the folder of the stores' program, which chart paths are relative to."""

    folder: Path

    def run(self, argv: Sequence[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run to the end, whatever the exit code. Raises `NotRendered` where that is not possible."""
        try:
            return subprocess.run(
                argv, cwd=self.folder, input=stdin, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except FileNotFoundError:
            raise NotRendered(f"the program '{argv[0]}' is not on PATH; run 'make up', or install it") from None
        except subprocess.TimeoutExpired:
            raise NotRendered(f"'{argv[0]} {argv[1]}' did not end within {SECONDS} s; run the preview again") from None

    def answer(self, argv: Sequence[str], stdin: str = "") -> str:
        """Standard output of a run that succeeds. Raises `NotRendered` with what the program said."""
        done = self.run(argv, stdin)
        if done.returncode:
            raise NotRendered(f"'{argv[0]} {argv[1]}' failed: {clean(done.stderr)}")
        return done.stdout


def deployed(tools: Tools, release: Inputs) -> Objects:
    """The objects of the release as it is in the cluster."""
    argv = ["helm", "get", "manifest", str(release["name"]), "--namespace", str(release["namespace"])]
    return _objects(tools.answer(argv))


def upgraded(tools: Tools, release: Inputs) -> Objects:
    """The objects that an upgrade to this checkout's chart and these values would leave.

    Helm itself asks the API server for what the chart looks up, and checks the objects against its schema.
    """
    argv = ["helm", "upgrade", *_what(release), "--dry-run=server", "--output=json"]
    try:
        return _objects(str(json.loads(tools.answer(argv, _values(release)))["manifest"]))
    except (ValueError, KeyError):
        raise NotRendered("'helm upgrade' answered something else than a release; install Helm 3.13 or newer") from None


def installed(tools: Tools, release: Inputs) -> Objects:
    """The objects that a first install would make. Does not ask the cluster, in which there is no namespace yet."""
    return _objects(tools.answer(["helm", "template", *_what(release)], _values(release)))


def _what(release: Inputs) -> list[str]:
    name, chart, namespace = (str(release[key]) for key in ("name", "chart", "namespace"))
    return [name, chart, "--namespace", namespace, "--values=-"]


def _values(release: Inputs) -> str:
    return json.dumps(release.get("values") or {})


def _objects(manifest: str) -> Objects:
    try:
        return parse(manifest)
    except yaml.YAMLError:
        raise NotRendered("the chart makes a manifest that is not YAML; look at it with 'helm template'") from None

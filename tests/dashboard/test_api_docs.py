"""docs/api.md: its curl lines work, and it names every path."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from dashboard.settings import ROOT
from tests.dashboard.web import PATIENCE, running_web, wait_until

TEXT = (ROOT / "docs" / "api.md").read_text()
LINES = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()]
EXPECTED = {
    "/api/engines": "woocommerce",
    "/api/names/nike-shoes": '"available":true',
    "-d '{": "location: /api/operations/",
    "?search=": '"total":1',
    "/api/stores/nike-shoes\"": '"status":"queued"',
    "/retry": "nothing of 'nike-shoes' has failed",
    "/update": '"kind":"create"',
    "/credentials": "The worker does not answer",
    "-sX DELETE": '"kind":"delete"',
    "/metrics": 'storefleet_stores{status="',
    "/api/events": "event: operation.queued",
}  # fmt: skip


def run(line: str, environment: dict[str, str], code: int) -> str:
    """What a line prints; it has to end with this exit code: 28 means that the time it gave itself is over."""
    ran = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert ran.returncode == code, line
    return ran.stdout


def check(line: str, part: str, environment: dict[str, str]) -> None:
    if "--max-time" not in line:
        assert part in run(line, environment, 0), line
    else:
        # A stream has no end: the line ends it after two seconds, whether or not a busy machine has answered by then.
        wait_until(lambda: part in run(line, environment, 28))


def test_the_lines_work(tmp_path: Path) -> None:
    assert len(LINES) == len(EXPECTED)
    with running_web(tmp_path) as web:
        environment = {"PATH": os.environ["PATH"], "DASHBOARD": web.url}
        for line in LINES:
            part = [text for mark, text in EXPECTED.items() if mark in line][-1]
            check(line, part, environment)


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    with running_web(tmp_path_factory.mktemp("web")) as web:
        return set(web.client.get("/api/openapi.json").json()["paths"])


def test_every_path_is_told(paths: set[str]) -> None:
    told = TEXT.replace("<name>", "{name}").replace("<id>", "{id}")
    assert [path for path in paths if f"{path}`" not in told and f"{path} " not in told] == []

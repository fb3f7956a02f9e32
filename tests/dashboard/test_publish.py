"""The platform's outputs in Pulumi's PostgreSQL backend, by the real CLI on a real server."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dashboard import postgresql
from toolbox.paths import BIN, ROOT

pytestmark = [pytest.mark.built, pytest.mark.postgresql]


def test_a_stack_finds_the_outputs_and_a_second_publication_replaces_them(tmp_path: Path) -> None:
    with postgresql.running() as server:
        database = server.new_database().partition("@/")[2].partition("?")[0]
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")},
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "STOREFLEET_VAR": str(tmp_path / "var"),
            "PULUMI_HOME": str(tmp_path / "home"),
            "PULUMI_BACKEND_URL": f"postgres://postgres@/{database}?host={server.folder}&sslmode=disable",
            "PULUMI_CONFIG_PASSPHRASE": "open",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        project = tmp_path / "project"
        project.mkdir()
        (project / "Pulumi.yaml").write_text("name: storefleet\nruntime: yaml\n")

        def run(*argv: str, cwd: Path) -> str:
            done = subprocess.run(argv, cwd=cwd, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            return done.stdout

        outputs = tmp_path / "platform.json"
        for domain in ("one.io", "two.io"):
            outputs.write_text(json.dumps({"domain": domain, "grant": {"role": "r"}}))
            run(sys.executable, "-m", "commands.publish", str(outputs), "local", cwd=ROOT)
            exported = json.loads(run("pulumi", "stack", "export", "--stack", "local", cwd=project))
            (root,) = exported["deployment"]["resources"]
            assert root["outputs"] == {"domain": domain, "grant": {"role": "r"}}

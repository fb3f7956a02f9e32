"""What the real CLI refuses: one clear text with a cure, before anything is changed."""

import subprocess
from pathlib import Path

import pytest

from tests.cluster.conftest import command, kubectl
from toolbox.paths import VAR

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("stores")]
NAME = "refused-test"


def refused(*arguments: str, env: dict[str, str] | None = None) -> str:
    """What `make store` says when it refuses; nothing may have been made."""
    done: subprocess.CompletedProcess[str] = command("terminal", "create", *arguments, NAME, env=env)
    assert done.returncode == 1, done.stdout
    assert "cure: " in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "NotFound" in kubectl("get", "namespace", f"store-{NAME}", check=False)
    assert not [path for folder in ("state", "stacks") for path in (VAR / folder).rglob(f"*{NAME}*")]
    return done.stderr


def test_an_unknown_engine_is_refused_with_the_known_ones() -> None:
    said = refused("--engine", "shopify")
    assert "'shopify' is not an engine" in said
    assert "woocommerce" in said


def test_a_missing_platform_is_named(tmp_path: Path) -> None:
    assert "the platform stack does not exist" in refused(env={"PULUMI_BACKEND_URL": f"file://{tmp_path}"})


def test_an_unreachable_cluster_is_named(tmp_path: Path) -> None:
    config = (VAR / "cluster" / "admin.kubeconfig").read_text().replace(":6443", ":1")
    (tmp_path / "kubeconfig").write_text(config)
    assert "the cluster does not answer" in refused(env={"KUBECONFIG": str(tmp_path / "kubeconfig")})


def test_a_wrong_passphrase_is_named(tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("wrong\n")
    done = command("commands.platform", env={"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "wrong")})
    assert done.returncode == 1
    assert "passphrase" in done.stderr
    assert "cure: " in done.stderr
    assert "Traceback" not in done.stderr

"""The storefront's own tests, by Node's test runner."""

import shutil
import subprocess

import pytest

from images.recipes import HERE


@pytest.mark.built
def test_the_storefront_keeps_its_tests() -> None:
    node = shutil.which("node")
    assert node, "node is not on PATH: apt-get install nodejs"
    done = subprocess.run([node, "--test", str(HERE / "medusa" / "store")], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# fail 0" in done.stdout or "fail 0" in done.stdout

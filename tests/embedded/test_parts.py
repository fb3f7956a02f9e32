"""The embedded cluster's own logic, without a cluster."""

import hashlib
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from cluster import addons, network, node, processes
from cluster.archive import program_image
from images import recipes
from images.bases import Base
from toolbox.errors import UserError


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> processes.Daemon:
    class Folders:
        home, logs = tmp_path, tmp_path / "log"

    monkeypatch.setattr(processes, "PATHS", Folders)
    return processes.Daemon("sleeper", (sys.executable, "-c", "import time; print('on', flush=True); time.sleep(60)"))


# A daemon outlives the object that started it, which Python reports.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_daemon_starts_once_and_stops(daemon: processes.Daemon) -> None:
    processes.start(daemon)
    pid = processes.running_pid(daemon)
    processes.start(daemon)
    assert pid and processes.running_pid(daemon) == pid
    processes.stop(daemon)
    os.waitpid(pid, 0)
    assert processes.running_pid(daemon) == 0
    assert not daemon.record.exists()


@pytest.mark.parametrize("change", [{"started": "1"}, {"boot": "another"}])
def test_a_pid_with_another_start_or_boot_is_never_ours(daemon: processes.Daemon, change: dict[str, str]) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        daemon.record.parent.mkdir(parents=True)
        record = {"pid": stranger.pid, "started": processes._start_time(stranger.pid), "boot": processes._boot()}
        daemon.record.write_text(json.dumps({**record, "argv": []}))
        assert processes.running_pid(daemon) == stranger.pid
        daemon.record.write_text(json.dumps({**record, "argv": [], **change}))
        assert processes.running_pid(daemon) == 0
        processes.stop(daemon)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_dead_part_is_told_with_its_last_lines(daemon: processes.Daemon) -> None:
    daemon.log.parent.mkdir(parents=True)
    daemon.log.write_text("first\nlast words\n")
    with pytest.raises(UserError, match="sleeper has ended by itself") as raised:
        processes.check_alive([daemon])
    assert "last words" in str(raised.value)


def test_only_our_packet_filter_rules_go() -> None:
    saved = (
        "*filter\n:INPUT ACCEPT\n:KUBE-FORWARD - [0:0]\n-A INPUT -p tcp -j ACCEPT\n-A FORWARD -j KUBE-FORWARD\nCOMMIT"
    )
    assert network.kept_rules(saved) == "*filter\n:INPUT ACCEPT\n-A INPUT -p tcp -j ACCEPT\nCOMMIT\n"


def test_an_image_of_a_program_is_named_by_its_content(tmp_path: Path) -> None:
    program = tmp_path / "dns"
    program.write_bytes(b"one")
    image = program_image("dns", program, tmp_path / "out")
    assert image.ref.endswith(hashlib.sha256(b"one").hexdigest()[:12])
    with tarfile.open(image.path) as tar:
        manifest = json.load(tar.extractfile("manifest.json") or pytest.fail("no manifest"))
    assert manifest[0]["RepoTags"] == [image.ref]
    program.write_bytes(b"two")
    assert program_image("dns", program, tmp_path / "out").ref != image.ref


def test_manifests_render_and_an_unknown_name_is_refused() -> None:
    names = ("coredns", "traefik", "local_path_provisioner", "busybox", "dns_service", "ingress_port", "volumes")
    text = addons.render({name: f"value-of-{name}" for name in names})
    assert "value-of-traefik" in text and '"$VOL_DIR"' in text
    with pytest.raises(KeyError):
        addons.render({})


def test_the_container_engine_is_apart_from_any_other() -> None:
    text = node.containerd_toml("pause:1")
    assert "restrict_oom_score_adj = true" in text
    assert "/run/containerd" not in text and "/var/lib/containerd" not in text


def test_an_image_changes_its_name_with_its_recipe_and_its_base_only(tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "images"
    shutil.copytree(recipes.HERE, folder, ignore=shutil.ignore_patterns("*.tar", "__pycache__"))
    hashes = {name: recipes.content_hash(recipe, folder, Base.LOCAL) for name, recipe in recipes.RECIPES.items()}
    (folder / "pause" / "pause").write_bytes(b"built")
    assert hashes["pause"] == recipes.content_hash(recipes.RECIPES["pause"], folder)
    (folder / "base" / "Containerfile").write_text("FROM other\n")
    changed = {
        name for name, r in recipes.RECIPES.items() if recipes.content_hash(r, folder, Base.LOCAL) != hashes[name]
    }
    assert changed == set(recipes.RECIPES) - {"pause", "busybox"}


def test_images_of_one_engine_alone_are_made_only_when_it_is_asked_for() -> None:
    always = {recipe.name for recipe in recipes.wanted()}
    assert (
        always
        == {recipe.name for recipe in recipes.wanted("none-of-its-own")}
        == {"pause", "busybox", "base", "mariadb", "valkey", "wordpress"}
    )
    for engine in {recipe.engine for recipe in recipes.RECIPES.values()} - {""}:
        names = [recipe.name for recipe in recipes.wanted(engine)]
        assert set(names) > always
        # A base is made before what stands on it, and by the same wish.
        assert all(not r.base or names.index(r.base) < names.index(r.name) for r in recipes.wanted(engine))

"""The upstream base for real: both kinds of builder, and a registry on this machine that stands in for Docker Hub.

The base is a shell of two megabytes, under the name and by the digest of a lock. Docker's part is played by Debian's
podman, which takes the same words. Both have a storage of the test's own, which mounts nothing.
"""

import hashlib
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from images import bases, build, buildah, builders, delivery
from images.builder import Order
from images.recipes import Recipe, lock, reference
from tests.registry import digest_of, serving
from toolbox.errors import UserError

TINY = Recipe("tiny", base="base", contents=("/bin/contents",))
BASE = """FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "/bin"]
"""
CONTAINERFILE = """ARG BASE=docker.io/library/debian:trixie-slim
FROM ${BASE}
COPY --chmod=0755 contents /bin/
RUN --mount=type=bind,source=vendor,target=/vendor --mount=type=secret,id=ca \
    echo "$(cat /vendor/word) $(cat /run/secrets/ca)" >/words
"""
CONTENTS = """#!/bin/sh
echo "{\\"words\\": \\"$(cat /words)\\"}"
"""
UNIFIED = Path("/sys/fs/cgroup/cgroup.controllers").exists()
# crun does without control groups, which a machine that is a container may not give; with the older kind it refuses.
GROUPS, RUNTIME = ("disabled", "crun") if UNIFIED else ("no-conmon", "runc")

pytestmark = pytest.mark.built


@dataclass
class Hub:
    """The registry's address, its files on disk, and the lock's entry for the base that is in it."""

    address: str
    files: Path
    pin: dict[str, str]

    def blob(self, digest: str) -> Path:
        """The file that holds what has `digest`."""
        folder = self.files / "blobs/sha256" / digest[7:9] / digest[7:]
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "data"

    def forge(self, digest: str, manifest: str) -> None:
        """Have the registry serve `manifest` as the base of `digest`, which it never checks."""
        self.blob(digest).write_text(manifest)
        known = self.files / "repositories/library/debian/_manifests/revisions/sha256" / digest[7:]
        known.mkdir(exist_ok=True)
        (known / "link").write_text(digest)

    def recipe(self, folder: Path, digest: str) -> Path:
        """A folder of recipes with the tiny one, whose lock names the base by `digest`."""
        (folder / "tiny" / "vendor").mkdir(parents=True)
        (folder / "tiny" / "Containerfile").write_text(CONTAINERFILE)
        (folder / "tiny" / "contents").write_text(CONTENTS)
        (folder / "tiny" / "vendor" / "word").write_text("bound")
        (folder / "lock.json").write_text(json.dumps({"base": {**self.pin, "digest": digest}, "vendor": {}}))
        return folder


def settings(folder: Path, address: str) -> dict[str, str]:
    """Variable -> file for the containers' tools: their storage, their runtime, and who answers for docker.io."""
    return {
        "CONTAINERS_STORAGE_CONF": f"""[storage]
driver = "vfs"
graphroot = "{folder}/root"
runroot = "{folder}/run"
""",
        "CONTAINERS_CONF": f"""[containers]
cgroups = "{GROUPS}"
default_ulimits = []
[engine]
runtime = "{RUNTIME}"
cgroup_manager = "cgroupfs"
events_logger = "none"
tmp_dir = "{folder}/tmp"
""",
        "CONTAINERS_REGISTRIES_CONF": f"""[[registry]]
prefix = "docker.io"
location = "{address}"
insecure = true
""",
    }


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    groups = set(Path("/sys/fs/cgroup").glob("*/libpod_parent"))
    with serving(folder) as address, pytest.MonkeyPatch.context() as patch:
        for variable, text in settings(folder, address).items():
            (folder / variable).write_text(text)
            patch.setenv(variable, str(folder / variable))
        patch.setenv("BUILDAH_ISOLATION", "chroot")
        storage = (f"--root={folder}/buildah", f"--runroot={folder}/buildah-run", "--storage-driver=vfs")
        patch.setattr(buildah, "BUILDAH", ("buildah", *storage))
        ref = lock()["base"]["ref"]
        digest = push_base(folder, ref.replace("docker.io", address))
        yield Hub(address, folder / "blobs/docker/registry/v2", {"ref": ref, "digest": digest})
    for group in set(Path("/sys/fs/cgroup").glob("*/libpod_parent")) - groups:
        group.rmdir()


def push_base(folder: Path, target: str) -> str:
    """Put the shell into the registry; returns its digest."""
    (folder / "base").mkdir()
    (folder / "base" / "Containerfile").write_text(BASE)
    (folder / "base" / "busybox").write_bytes(Path("/bin/busybox").read_bytes())
    (folder / "base" / "busybox").chmod(0o755)
    builder = buildah.Buildah()
    builder.build(Order(folder / "base", "localhost/shell:1"), folder / "base.log")
    return builder.push("localhost/shell:1", folder / "base.tar", target, plain_http=True)


@pytest.fixture(params=["buildah", "podman"])
def tried(
    request: pytest.FixtureRequest, hub: Hub, undecided: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder for what is built, with one builder after the other, on the upstream base."""
    monkeypatch.setenv(bases.SETTING, "upstream")
    monkeypatch.setenv(builders.SETTING, request.param)
    (tmp_path / "authorities").write_text("trusted")
    for name, path in {"AUTHORITIES": "authorities", "ARCHIVES": "out", "INDEX": "images.json", "LOGS": "log"}.items():
        monkeypatch.setattr(build, name, tmp_path / path)
    return tmp_path


def archived(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """(manifest, configuration) of the image in a docker-archive."""
    with tarfile.open(path) as tar:
        (manifest,) = json.loads((tar.extractfile("manifest.json") or pytest.fail("no manifest")).read())
        return manifest, json.loads((tar.extractfile(manifest["Config"]) or pytest.fail("no configuration")).read())


def test_an_image_stands_on_the_base_of_the_lock_and_is_published(
    hub: Hub, tried: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = hub.recipe(tried / "images", hub.pin["digest"])
    build.build(TINY, folder)
    entry, ref = json.loads(build.INDEX.read_text())["tiny"], reference(TINY, folder)
    words = {"words": "bound trusted"}
    assert entry == {"ref": ref, "archive": build.archive(ref).name, "labels": words}
    manifest, configuration = archived(build.archive(ref))
    assert manifest["RepoTags"] == [ref]
    assert words.items() <= configuration["config"]["Labels"].items()
    shell = json.loads(hub.blob(hub.pin["digest"]).read_text())
    below = json.loads(hub.blob(shell["config"]["digest"]).read_text())["rootfs"]["diff_ids"]
    assert configuration["rootfs"]["diff_ids"][: len(below)] == below

    for name, path in {"ARCHIVES": "out", "INDEX": "images.json", "PUBLISHED": "published.json"}.items():
        monkeypatch.setattr(delivery, name, tried / path)
    delivery.publish(f"{hub.address}/{tried.name}")
    repository, _, digest = json.loads(delivery.PUBLISHED.read_text())["tiny"]["ref"].partition("@")
    assert repository == f"{hub.address}/{tried.name}/{ref.rpartition('/')[2]}"
    assert digest_of(hub.address, f"{tried.name}/tiny", digest) == digest


def test_a_digest_that_the_registry_has_not_is_told_before_anything_is_built(hub: Hub, tried: Path) -> None:
    wrong = "sha256:" + "0" * 64
    with pytest.raises(UserError, match=f"base docker.io/library/debian@{wrong} cannot be pulled") as raised:
        build.build(TINY, hub.recipe(tried / "images", wrong))
    assert "images/lock.json" in raised.value.cure and "manifest unknown" in raised.value.detail
    assert not build.INDEX.exists() and list(build.ARCHIVES.iterdir()) == []


def test_other_content_under_the_right_digest_is_refused(hub: Hub, tried: Path) -> None:
    true = hub.blob(hub.pin["digest"]).read_text()
    claimed = "sha256:" + hashlib.sha256((true + " ").encode()).hexdigest()
    hub.forge(claimed, true)
    with pytest.raises(UserError, match="cannot be pulled") as raised:
        build.build(TINY, hub.recipe(tried / "images", claimed))
    assert "does not match provided manifest digest" in raised.value.detail
    hub.forge(claimed, true + " ")
    builders.builder().pull(f"docker.io/library/debian@{claimed}")  # it was the content, nothing else

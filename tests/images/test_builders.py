"""What the programs that build images are told, and which one is taken."""

import resource
from pathlib import Path

import pytest

from cluster import prerequisites
from images import DEBIAN_PACKAGES, bases, build, builders, docker
from images.bases import Base
from images.buildah import Buildah, build_arguments, open_files, push_arguments
from images.builder import Builder, Order
from images.docker import Docker, pushed_digest
from toolbox.errors import UserError

ORDER = Order(
    Path("/images/wordpress"), "localhost/x:1", {"BASE": "b@sha256:0", "VENDOR": "a=1 b=2"}, {"w": "6.8"}, Path("/ca")
)
OPTIONS = [
    "--build-arg=BASE=b@sha256:0", "--build-arg=VENDOR=a=1 b=2", "--label=w=6.8", "--secret=id=ca,src=/ca",
    "--tag=localhost/x:1",
]  # fmt: skip
DIGEST = "sha256:" + "0123456789abcdef" * 4


def test_both_builders_get_the_same_options() -> None:
    expected = ["bud", "--layers", "--isolation=chroot", open_files(), *OPTIONS, "/images/wordpress"]
    assert build_arguments(ORDER) == expected
    assert Docker().build_argv(ORDER) == [
        "docker", "build", "--file=/images/wordpress/Containerfile", *OPTIONS, "/images/wordpress",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("hard", "most"), [(20_000, 20_000), (1_048_576, 65_536), (resource.RLIM_INFINITY, 65_536)], ids=str
)
def test_a_build_may_open_as_many_files_as_we_may(monkeypatch: pytest.MonkeyPatch, hard: int, most: int) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, hard))
    assert open_files() == f"--ulimit=nofile={most}:{most}"


def test_an_image_without_wishes_is_built_without_options() -> None:
    assert Docker("podman", podman=True).build_argv(Order(Path("/p"), "x:1")) == [
        "podman", "build", "--file=/p/Containerfile", "--tag=x:1", "/p",
    ]  # fmt: skip


def test_docker_asks_and_saves() -> None:
    assert Docker().ask_argv("x:1", ("php", "/contents.php")) == [
        "docker", "run", "--rm", "--network=none", "--entrypoint=php", "x:1", "/contents.php",
    ]  # fmt: skip
    assert Docker().save_argv("x:1", Path("/x.tar")) == ["docker", "save", "--output=/x.tar", "x:1"]


def test_each_pushes_in_its_own_way() -> None:
    file = Path("/x.digest")
    assert push_arguments("x:1", "r/x:1", file, plain_http=True) == [
        "push", "-q", "--tls-verify=false", "--digestfile=/x.digest", "x:1", "docker://r/x:1",
    ]  # fmt: skip
    assert Docker().push_argvs("x:1", "r/x:1", file, plain_http=True) == [
        ["docker", "tag", "x:1", "r/x:1"], ["docker", "push", "r/x:1"],
    ]  # fmt: skip
    assert Docker("podman", podman=True).push_argvs("x:1", "r/x:1", file, plain_http=False) == [
        ["podman", "push", "--digestfile=/x.digest", "x:1", "r/x:1"]
    ]


def test_the_digest_is_the_one_that_docker_says_last() -> None:
    said = f"The push refers to repository [r/x]\n5f70bf18: Pushed\n1: digest: {DIGEST} size: 528\n"
    assert pushed_digest(said, "r/x:1") == DIGEST
    with pytest.raises(UserError, match=r"which digest r/x:1 has"):
        pushed_digest("denied", "r/x:1")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of its own, empty at first."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def put(folder: Path, name: str, says: str = "", code: int = 0) -> None:
    (folder / name).write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    (folder / name).chmod(0o755)


def test_buildah_comes_before_docker_and_docker_before_podman(programs: Path) -> None:
    put(programs, "podman", "Client:       Podman Engine")
    assert builders.choose("") == Docker("podman", podman=True)
    put(programs, "docker", "Client: Docker Engine - Community")
    assert builders.choose("") == Docker("docker")
    put(programs, "buildah")
    assert isinstance(builders.choose(""), Buildah)


def test_the_setting_names_another(programs: Path) -> None:
    put(programs, "buildah")
    put(programs, "docker", "Client: Docker Engine - Community")
    assert builders.choose("docker") == Docker("docker")
    with pytest.raises(UserError, match="STOREFLEET_BUILDER=kaniko is no builder"):
        builders.choose("kaniko")


def test_podman_under_dockers_name_is_recognised(programs: Path) -> None:
    put(programs, "docker", "Client:       Podman Engine")
    found: Builder | None = docker.detect("docker")
    assert found == Docker("docker", podman=True)


def test_an_engine_that_does_not_answer_is_passed_over_or_named(programs: Path) -> None:
    put(programs, "docker", "Cannot connect to the Docker daemon", code=1)
    with pytest.raises(UserError, match="docker is on PATH, but its engine does not answer"):
        builders.choose("")
    put(programs, "podman", "Client:       Podman Engine")
    assert builders.choose("") == Docker("podman", podman=True)


def test_without_any_builder_the_cure_names_them(programs: Path) -> None:
    with pytest.raises(UserError, match=r"no program that builds images is on PATH") as raised:
        builders.choose("")
    assert all(name in raised.value.cure for name in ("Docker", "podman", "buildah"))


@pytest.mark.usefixtures("undecided")
def test_a_machine_with_docker_and_a_cluster_gets_no_packages(programs: Path) -> None:
    put(programs, "docker", "Client: Docker Engine - Community")
    assert builders.packages(own_cluster=True, base=Base.UPSTREAM) == ()
    prerequisites.install_packages(())  # asks neither dpkg nor apt, which are not there
    assert builders.packages(own_cluster=True, base=Base.LOCAL) == ("mmdebstrap", "debian-archive-keyring")
    assert builders.packages(own_cluster=False, base=Base.LOCAL) == DEBIAN_PACKAGES


@pytest.mark.usefixtures("undecided", "programs")
def test_without_a_builder_debian_gets_one_and_another_system_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="no program that builds images"):
        builders.packages(own_cluster=True, base=Base.UPSTREAM)
    monkeypatch.setattr(prerequisites, "can_install", lambda: True)
    assert builders.packages(own_cluster=True, base=Base.UPSTREAM) == ("buildah",)
    monkeypatch.setenv(builders.SETTING, "docker")  # who asks for Docker does not want another program
    with pytest.raises(UserError, match="no program that builds images"):
        builders.packages(own_cluster=True, base=Base.UPSTREAM)


@pytest.mark.usefixtures("undecided")
def test_parts_of_the_embedded_cluster_are_not_made_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(bases.SETTING, "local")
    monkeypatch.delenv("KUBECONFIG", raising=False)
    everything = {task.name for task in build.tasks()}
    monkeypatch.setenv("KUBECONFIG", "/home/me/.kube/config")
    assert everything - {task.name for task in build.tasks()} == {"image pause", "image busybox"}


def test_missing_packages_are_named_where_nothing_can_be_installed(programs: Path) -> None:
    with pytest.raises(UserError, match="missing: buildah") as raised:
        prerequisites.install_packages(("buildah",))
    assert "apt-get install buildah" in raised.value.cure

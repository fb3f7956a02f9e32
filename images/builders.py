"""Which program builds the images: buildah where it is, else Docker, else podman; `STOREFLEET_BUILDER` names one."""

import functools
import os
import shutil

from cluster import prerequisites
from images import DEBIAN_PACKAGES, docker
from images.bases import Base
from images.buildah import Buildah
from images.builder import Builder
from toolbox.errors import UserError

SETTING = "STOREFLEET_BUILDER"
NAMES = ("buildah", "docker", "podman")


@functools.cache
def builder() -> Builder:
    """The builder of this process, found once. Raises `UserError` when there is none."""
    return choose(os.environ.get(SETTING, ""))


def choose(asked: str) -> Builder:
    """The builder called `asked`, or the first of `NAMES` that works when `asked` is empty.

    Raises `UserError` for a name that is none of them and when nothing works.
    """
    if asked not in ("", *NAMES):
        raise UserError(f"{SETTING}={asked} is no builder of images", f"leave it out or use {', '.join(NAMES)}")
    silent = []
    for name in (asked,) if asked else NAMES:
        if not shutil.which(name):
            continue
        found: Builder | None = Buildah() if name == "buildah" else docker.detect(name)
        if found:
            return found
        silent.append(name)
    if silent:
        raise UserError(f"{silent[0]} is on PATH, but its engine does not answer", f"start it: '{silent[0]} version'")
    raise UserError(
        f"no program that builds images is on PATH ({asked or ', '.join(NAMES)})",
        "install Docker 23 or newer, podman 4.3 or newer, or buildah (Debian: apt-get install buildah)",
    )


def packages(own_cluster: bool, base: Base) -> tuple[str, ...]:
    """Debian packages that building images on `base` needs here.

    On a machine that brings a cluster no builder is installed where there is one; raises `UserError` where there is
    none and no package can be installed.
    """
    if not own_cluster:
        return DEBIAN_PACKAGES
    for_base = ("mmdebstrap", "debian-archive-keyring") if base is Base.LOCAL else ()
    try:
        builder()
    except UserError:
        if os.environ.get(SETTING, "") not in ("", "buildah") or not prerequisites.can_install():
            raise
        return ("buildah", *for_base)
    return for_base

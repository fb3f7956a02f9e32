"""What the images stand on: Debian's own image from Docker Hub, or one made here from Debian's archive.

The embedded cluster is made on machines that reach package archives and perhaps no registry: there the base is made by
`mmdebstrap`. Who brings a cluster has a machine on which images are pulled every day. `STOREFLEET_BASE` says otherwise
(`make images BASE=…`).
"""

import functools
import os
import shutil
from enum import StrEnum

from cluster import config
from toolbox.errors import UserError

SETTING = "STOREFLEET_BASE"


class Base(StrEnum):
    """The two bases; both are Debian trixie without documentation."""

    LOCAL = "local"
    UPSTREAM = "upstream"


@functools.cache
def chosen() -> Base:
    """The base of this process, read once. Raises `UserError` for a setting that is none."""
    debian = shutil.which("apt-get") is not None
    return choose(os.environ.get(SETTING, ""), own_cluster=bool(config.external_kubeconfig()), debian=debian)


def choose(asked: str, *, own_cluster: bool, debian: bool) -> Base:
    """The base that is `asked` for; else the local one on a Debian machine without a cluster of the user's own."""
    if asked:
        try:
            return Base(asked)
        except ValueError:
            raise UserError(
                f"{SETTING}={asked} is no base of images", f"leave it out or use {' or '.join(Base)}"
            ) from None
    return Base.LOCAL if debian and not own_cluster else Base.UPSTREAM

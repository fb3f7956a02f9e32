"""What a stopped cluster would leave in the kernel: mounts and cgroups; found and removed."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from cluster.config import PATHS
from toolbox.paths import BUILDER

CGROUPS = Path("/sys/fs/cgroup")


def mounts() -> list[str]:
    """Mount points under our folders, the innermost first; also the builder's, whose failed builds stay mounted."""
    roots = (f"{PATHS.run}/", f"{PATHS.home}/", f"{BUILDER}/")
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [line.split()[4].encode().decode("unicode_escape") for line in lines]
    return sorted((point for point in points if point.startswith(roots)), key=len, reverse=True)


def unmount() -> None:
    """Unmount everything under our folders and remove the run folder."""
    for _ in range(3):  # a mount may hide another one on the same point
        for point in mounts():
            subprocess.run(["umount", point], stderr=subprocess.DEVNULL)
        if not mounts():
            break
        time.sleep(0.3)
    for point in mounts():
        subprocess.run(["umount", "-l", point], stderr=subprocess.DEVNULL)
    shutil.rmtree(PATHS.run, ignore_errors=True)


def cgroups() -> list[Path]:
    """The pods' control groups of both cgroup versions, the innermost first."""
    tops = [top for pattern in ("kubepods*", "*/kubepods*") for top in CGROUPS.glob(pattern)]
    found = [Path(folder) for top in tops for folder, _, _ in os.walk(top)]
    return sorted(found, key=lambda path: len(path.parts), reverse=True)


def remove_cgroups() -> None:
    """Remove them; one that still holds a process stays and is reported by `status`."""
    for _ in range(20):
        for path in cgroups():
            try:
                path.rmdir()
            except OSError:
                continue
        if not cgroups():
            return
        time.sleep(0.1)

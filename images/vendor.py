"""Zips of WordPress, plugins and themes in `images/wordpress/vendor`: fetched and used only with the locked hash.

`vendor/wordpress.zip`, `vendor/plugins/<name>.zip` and `vendor/themes/<name>.zip`, each an entry of `vendor` in
`images/lock.json` by that path, with url, bytes and sha256. What is not there is not in the image.
"""

import hashlib
import os
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from images.recipes import HERE, lock
from toolbox.errors import UserError

FOLDER = HERE / "wordpress" / "vendor"
CORE = "wordpress.zip"


def arguments(folder: Path, pins: Mapping[str, Any]) -> dict[str, str]:
    """Build arguments with the hashes of the zips in `folder`; raises `UserError` for one without a pin."""
    present = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.zip"))
    for name in present:
        if name not in pins:
            raise UserError(
                f"images/wordpress/vendor/{name} is not in images/lock.json",
                "add its url, size and sha256 to the lock under that path, or take the file away",
            )
    words = " ".join(f"{name}={pins[name]['sha256']}" for name in present if name != CORE)
    core = pins[CORE]["sha256"] if CORE in present else ""
    return {"WORDPRESS_SHA256": core, "VENDOR": words}


def fetch() -> None:
    """Download every locked zip that is not there yet; keep none with a wrong hash."""
    for name, pin in lock()["vendor"].items():
        target = FOLDER / name
        if target.exists() and _digest(target.read_bytes()) == pin["sha256"]:
            print(f"{name}: there already, hash checked")
            continue
        data = _download(pin, target)
        target.parent.mkdir(parents=True, exist_ok=True)
        new = target.with_suffix(".new")
        new.write_bytes(data)
        os.replace(new, target)
        print(f"{name}: {len(data)} bytes, hash checked; now run 'make images platform'")


def _download(pin: Mapping[str, Any], target: Path) -> bytes:
    try:
        with urllib.request.urlopen(pin["url"], timeout=120) as answer:
            data: bytes = answer.read(pin["bytes"] + 1)
    except OSError as error:
        raise UserError(
            f"{pin['url']} cannot be fetched ({error})",
            f"run this on a connected machine and copy the file to {target.relative_to(HERE.parent)}",
        ) from None
    if _digest(data) != pin["sha256"]:
        raise UserError("the zip does not have the sha256 that images/lock.json names", "do not use it; check the pin")
    return data


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

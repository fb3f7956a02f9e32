"""Container images of a single static program, without any builder.

The add-ons are static binaries, so their image is one layer with one file: a docker-archive,
which containerd imports, written by the standard library in under a second.
"""

import hashlib
import io
import json
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
USER = 65532


@dataclass(frozen=True)
class ProgramImage:
    """`ref` names the image by its content, `path` is the archive to import."""

    ref: str
    path: Path


def program_image(name: str, program: Path, folder: Path) -> ProgramImage:
    """Write (unless it is there) the archive of `program` under `folder` and return it.

    The image runs `/<name>` as an unprivileged user and holds the machine's CA certificates.
    """
    content = hashlib.sha256(program.read_bytes()).hexdigest()[:12]
    ref = f"localhost/storefleet/{name}:{content}"
    path = folder / f"{name}-{content}.tar"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        _write(new, name, program, ref)
        os.replace(new, path)
    return ProgramImage(ref, path)


def _write(path: Path, name: str, program: Path, ref: str) -> None:
    layer = path.with_suffix(".layer")
    with tarfile.open(layer, "w") as tar:
        _add(tar, name, program.read_bytes(), 0o755)
        if CERTIFICATES.exists():
            _add(tar, "etc/ssl/certs/ca-certificates.crt", CERTIFICATES.read_bytes(), 0o644)
        _add(tar, "etc/passwd", f"nonroot:x:{USER}:{USER}::/:/none\n".encode(), 0o644)
    digest = hashlib.sha256(layer.read_bytes()).hexdigest()
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Entrypoint": [f"/{name}"], "User": f"{USER}:{USER}", "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
    }
    with tarfile.open(path, "w") as tar:
        tar.add(layer, arcname="layer.tar")
        _add(tar, "config.json", json.dumps(config).encode(), 0o644)
        manifest = [{"Config": "config.json", "RepoTags": [ref], "Layers": ["layer.tar"]}]
        _add(tar, "manifest.json", json.dumps(manifest).encode(), 0o644)
    layer.unlink()


def _add(tar: tarfile.TarFile, name: str, data: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), mode
    tar.addfile(entry, io.BytesIO(data))

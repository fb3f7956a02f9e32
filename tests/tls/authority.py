"""An ACME server and cert-manager's controllers, real ones, as processes of this machine.

Both are built here from pinned modules (`go/`). They run in a mount namespace of their own, whose /etc/hosts says where
the store answers: on a connected machine DNS says that.
"""

import hashlib
import io
import json
import os
import signal
import ssl
import subprocess
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cluster.config import ingress_port
from cluster.containers import ctr
from toolbox import golang
from toolbox.paths import LOGS
from toolbox.process import run

SOURCES = Path(__file__).resolve().parent / "go"
PEBBLE = "github.com/letsencrypt/pebble/v2/cmd/pebble"
CERT_MANAGER = "github.com/cert-manager/cert-manager"
SOLVER = "localhost/storefleet/test-acme-solver:1"
DIRECTORY, MANAGEMENT = "127.0.0.1:14000", "127.0.0.1:15000"
START_SECONDS = 30.0


def build(target: Path) -> None:
    """Pebble, the controllers and the solver, as programs in `target`; minutes with an empty build cache."""
    argv = [golang.find(), "build", "-trimpath", "-o", f"{target}/", "./controller", "./solver", PEBBLE]
    run(argv, cwd=SOURCES, env=golang.environment(), log=LOGS / "go-build-tls.log")


def custom_resources() -> Path:
    """The folder of cert-manager's CustomResourceDefinitions, as the pinned module has them."""
    argv = [golang.find(), "list", "-m", "-f", "{{.Dir}}", CERT_MANAGER]
    return Path(run(argv, cwd=SOURCES, env=golang.environment()).strip()) / "deploy" / "crds"


def load_solver(program: Path) -> None:
    """Bring the solver's image, this program and nothing else, into the embedded engine."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        entry = tar.gettarinfo(str(program), "solver")
        entry.mode = 0o755
        with program.open("rb") as binary:
            tar.addfile(entry, binary)
    digest = f"sha256:{hashlib.sha256(layer.getvalue()).hexdigest()}"
    config = {"Entrypoint": ["/solver"], "User": "65532:65532"}
    described = {
        "architecture": "amd64", "os": "linux", "config": config, "rootfs": {"type": "layers", "diff_ids": [digest]},
    }  # fmt: skip
    manifest = [{"Config": "config.json", "RepoTags": [SOLVER], "Layers": ["layer.tar"]}]
    files = {
        "layer.tar": layer.getvalue(), "config.json": json.dumps(described).encode(),
        "manifest.json": json.dumps(manifest).encode(),
    }  # fmt: skip
    archive = program.with_name("solver.tar")
    with tarfile.open(archive, "w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    ctr("images", "import", str(archive))


def write_certificate(folder: Path) -> Path:
    """A key and a self-signed certificate for the ACME server's own address; the latter's path."""
    argv = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", "/CN=acme", "-addext", "subjectAltName=IP:127.0.0.1",
        "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem"),
    ]  # fmt: skip
    run(argv)
    return folder / "cert.pem"


@contextmanager
def pebble(folder: Path, hosts: Path) -> Iterator[None]:
    """The ACME server while the block runs; it asks the hosts through our ingress."""
    settings = {
        "listenAddress": DIRECTORY, "managementListenAddress": MANAGEMENT, "httpPort": ingress_port(), "tlsPort": 443,
        "certificate": str(folder / "cert.pem"), "privateKey": str(folder / "key.pem"),
        "profiles": {"default": {"description": "ninety days", "validityPeriod": 7776000}},
    }  # fmt: skip
    (folder / "pebble.json").write_text(json.dumps({"pebble": settings}))
    with _process("pebble", folder, hosts, [str(folder / "pebble"), "-config", str(folder / "pebble.json")]):
        until = time.monotonic() + START_SECONDS
        while not _answers(f"https://{MANAGEMENT}/roots/0", folder):
            assert time.monotonic() < until, (folder / "pebble.log").read_text()[-2000:]
            time.sleep(0.1)
        yield


@contextmanager
def controllers(folder: Path, hosts: Path, kubeconfig: str, namespace: str) -> Iterator[None]:
    """cert-manager while the block runs."""
    argv = [str(folder / "controller"), f"-kubeconfig={kubeconfig}", f"-namespace={namespace}", f"-solver={SOLVER}"]
    with _process("controller", folder, hosts, argv):
        yield


def authority(folder: Path) -> str:
    """The certificate of the authority that Pebble made for this run, as PEM."""
    found = _answers(f"https://{MANAGEMENT}/roots/0", folder)
    assert found
    return found


def _answers(url: str, folder: Path) -> str:
    trusted = ssl.create_default_context(cafile=str(folder / "cert.pem"))
    try:
        with urllib.request.urlopen(url, timeout=5, context=trusted) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, OSError):
        return ""


@contextmanager
def _process(name: str, folder: Path, hosts: Path, argv: Sequence[str]) -> Iterator[None]:
    script = 'mount --bind "$0" /etc/hosts && exec "$@"'
    private = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [*private, str(hosts), *argv], stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, "PEBBLE_VA_NOSLEEP": "1"},
        )  # fmt: skip
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)

"""Build every Go program of the cluster and of Pulumi from the pinned modules.

One module and one `go build` for all of them, so that a package that several programs use is
compiled once; docs/build-time.md has the measurements behind this and behind the flags.
"""

import hashlib
import os
import shutil
from pathlib import Path

from cluster import modules
from cluster.config import KUBERNETES_VERSION, PROVIDER_VERSION, PULUMI_VERSION
from toolbox import golang
from toolbox.paths import BIN, LOGS, VAR
from toolbox.process import run

KUBE_PARTS = (
    "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet",
    "kubectl", "kube-network-policy",
)  # fmt: skip
ADDONS = VAR / "build" / "addons"
PULUMI_HOME = VAR / "pulumi"
PLUGIN = PULUMI_HOME / "plugins" / f"resource-kubernetes-v{PROVIDER_VERSION}"
STAMP = VAR / "build" / "built"
OUT = VAR / "build" / "out"
LOG = LOGS / "go-build.log"

HELM = "helm.sh/helm/v3/cmd/helm"
LOCAL_PATH = "github.com/rancher/local-path-provisioner"
TOGETHER = (
    "./cmd/kube", "./cmd/coredns", "./cmd/pulumi-resource-kubernetes",
    "github.com/traefik/traefik/v3/cmd/traefik", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", HELM,
)  # fmt: skip
LANGUAGE_HOST = "github.com/pulumi/pulumi/sdk/python/cmd/pulumi-language-python/v3"


def recipe() -> str:
    """A hash over everything that decides what is built: sources, pins, flags, Go's version."""
    digest = hashlib.sha256(_ldflags().encode())
    here = Path(__file__).resolve().parent
    for folder in ("go", "go-language-host"):
        for path in sorted((here / folder).rglob("*")):
            if path.is_file() and path.name not in modules.PROVIDER_DATA:
                digest.update(str(path.relative_to(here)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def is_built() -> bool:
    """Whether the programs in `var` are those of this recipe."""
    return STAMP.exists() and STAMP.read_text() == recipe()


def build() -> None:
    """Build what is missing. Killed half-way, the next run goes on from Go's build cache."""
    if is_built():
        return
    go, env = golang.find(), golang.environment()
    OUT.mkdir(parents=True, exist_ok=True)
    modfile = modules.prepare(LOG)
    common = [go, "build", "-trimpath", f"-ldflags={_ldflags()}", "-o", f"{OUT}/"]
    run([*common, f"-modfile={modfile}", *TOGETHER], cwd=modules.SOURCES, env=env, log=LOG)
    # Alone, because it imports logrus by its old, capitalised path, which Go refuses beside the new.
    run([*common, f"-modfile={modfile}", LOCAL_PATH], cwd=modules.SOURCES, env=env, log=LOG)
    _install()
    STAMP.write_text(recipe())


def build_language_host() -> None:
    """Build Pulumi's Python language host; its modules are older than all the others."""
    OUT.mkdir(parents=True, exist_ok=True)
    stamp = STAMP.with_name("built-language-host")
    if stamp.exists() and stamp.read_text() == recipe():
        return
    source = modules.SOURCES.parent / "go-language-host"
    run([golang.find(), "build", "-trimpath", "-ldflags=-s -w", "-o", str(OUT / "pulumi-language-python"),
         LANGUAGE_HOST], cwd=source, env=golang.environment(), log=LOGS / "go-build-language-host.log")  # fmt: skip
    BIN.mkdir(parents=True, exist_ok=True)
    _place(OUT / "pulumi-language-python", BIN / "pulumi-language-python")
    stamp.write_text(recipe())


def _ldflags() -> str:
    major, minor, _ = KUBERNETES_VERSION.split(".")
    version = {
        "gitVersion": f"v{KUBERNETES_VERSION}", "gitMajor": major, "gitMinor": minor,
        "gitTreeState": "clean", "gitCommit": "storefleet", "buildDate": "1970-01-01T00:00:00Z",
    }  # fmt: skip
    flags = ["-s", "-w", f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={PULUMI_VERSION}"]
    for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"):
        flags += [f"-X {package}.{key}={value}" for key, value in version.items()]
    return " ".join(flags)


def _install() -> None:
    """Put the programs where they are used: PATH, plugin folder, add-on images."""
    for folder in (BIN, PLUGIN, ADDONS):
        folder.mkdir(parents=True, exist_ok=True)
    for name in ("kube", "pulumi", "helm"):
        _place(OUT / name, BIN / name)
    for part in KUBE_PARTS:
        link = BIN / f"{part}.new"
        link.unlink(missing_ok=True)
        link.symlink_to("kube")
        os.replace(link, BIN / part)
    # Beside the others on PATH it would draw a warning into every update.
    _place(OUT / "pulumi-resource-kubernetes", PLUGIN / "pulumi-resource-kubernetes")
    for name in ("coredns", "traefik", "local-path-provisioner"):
        _place(OUT / name, ADDONS / name)
    executor = modules.module_dir("github.com/pulumi/pulumi/sdk/v3") / "python/cmd/pulumi-language-python-exec"
    _place(executor, BIN / "pulumi-language-python-exec")


def _place(source: Path, target: Path) -> None:
    """Copy under another name and rename, so that a running program can be replaced."""
    new = target.with_name(target.name + ".new")
    shutil.copyfile(source, new)
    new.chmod(0o755)
    os.replace(new, target)

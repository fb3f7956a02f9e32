"""Where the Kubernetes API is and who we are there: a kubeconfig file, or a pod's ServiceAccount."""

import base64
import os
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where Kubernetes mounts a pod's token and the cluster's certificate authority."""


class NoCluster(Exception):
    """Nothing says where the cluster is, or what says it cannot be used; the text names cause and cure."""


@dataclass(frozen=True)
class Access:
    """Address and identity. `token_file` is read anew for every request, because the kubelet renews it."""

    server: str
    tls: ssl.SSLContext | None = field(repr=False)
    token: str = field(default="", repr=False)
    token_file: Path | None = None


def find_access(environ: Mapping[str, str] = os.environ, account: Path = SERVICE_ACCOUNT) -> Access:
    """The kubeconfig that `KUBECONFIG` or the home folder names, else the pod's ServiceAccount.

    Raises `NoCluster`. Credential plugins (`exec`) and the deprecated `auth-provider` are not supported.
    """
    named = environ.get("KUBECONFIG", "").split(os.pathsep)[0]
    if named:
        return from_kubeconfig(Path(named))
    if "KUBERNETES_SERVICE_HOST" in environ and (account / "token").exists():
        return from_service_account(environ, account)
    home = Path(environ.get("HOME", "/nonexistent")) / ".kube" / "config"
    if home.exists():
        return from_kubeconfig(home)
    raise NoCluster("nothing says where the cluster is; set KUBECONFIG to a kubeconfig file")


def from_service_account(environ: Mapping[str, str], account: Path = SERVICE_ACCOUNT) -> Access:
    """What Kubernetes gives to every pod that has a ServiceAccount token."""
    host, port = environ["KUBERNETES_SERVICE_HOST"], environ.get("KUBERNETES_SERVICE_PORT", "443")
    host = f"[{host}]" if ":" in host else host
    tls = ssl.create_default_context(cafile=str(account / "ca.crt"))
    return Access(f"https://{host}:{port}", tls, token_file=account / "token")


def from_kubeconfig(path: Path) -> Access:
    """The current context of a kubeconfig file. Raises `NoCluster`."""
    try:
        config = yaml.safe_load(path.read_text())
        context = _named(config, "contexts", config["current-context"])["context"]
        cluster = _named(config, "clusters", context["cluster"])["cluster"]
        user = _named(config, "users", context["user"]).get("user") or {}
    except OSError as error:
        raise NoCluster(f"the kubeconfig {path} cannot be read ({error.strerror}); check KUBECONFIG") from None
    except (KeyError, TypeError, StopIteration, yaml.YAMLError):
        raise NoCluster(f"{path} is not a kubeconfig with a current context; check KUBECONFIG") from None
    if "exec" in user or "auth-provider" in user:
        raise NoCluster(f"{path} asks a credential plugin; use one with a certificate or a token (a ServiceAccount's)")
    try:
        tls = None if cluster["server"].startswith("http://") else _context(cluster, user, path.parent)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        raise NoCluster(f"a certificate or key in {path} cannot be used; make the kubeconfig anew") from None
    token_file = path.parent / user["tokenFile"] if "tokenFile" in user else None
    return Access(cluster["server"].rstrip("/"), tls, user.get("token", ""), token_file)


def _named(config: Mapping[str, Any], kind: str, name: str) -> Mapping[str, Any]:
    return next(entry for entry in config[kind] if entry["name"] == name)


def _context(cluster: Mapping[str, Any], user: Mapping[str, Any], folder: Path) -> ssl.SSLContext:
    authority = _bytes(cluster, "certificate-authority", folder)
    tls = ssl.create_default_context(cadata=authority.decode() if authority else None)
    if cluster.get("insecure-skip-tls-verify"):
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    certificate, key = _bytes(user, "client-certificate", folder), _bytes(user, "client-key", folder)
    if certificate and key:
        with _file(certificate + b"\n" + key) as name:
            tls.load_cert_chain(name)
    return tls


def _bytes(entry: Mapping[str, Any], key: str, folder: Path) -> bytes:
    """`<key>-data` decoded, or the content of the file that `<key>` names, or nothing."""
    if f"{key}-data" in entry:
        return base64.b64decode(entry[f"{key}-data"])
    return (folder / entry[key]).read_bytes() if key in entry else b""


@contextmanager
def _file(content: bytes) -> Iterator[str]:
    """A file only we can read, for the moment: Python's TLS takes a client's key from a file alone."""
    with tempfile.NamedTemporaryFile(prefix="storefleet-", suffix=".pem") as file:
        file.write(content)
        file.flush()
        yield file.name

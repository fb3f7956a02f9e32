"""Certificates and kubeconfigs of the cluster, made once and kept until `reset`."""

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path

from cluster.config import NETWORK, NODE, PATHS, PORTS
from toolbox.process import run

DAYS = "3650"


@dataclass(frozen=True)
class Identity:
    """A certificate: its file name, its subject and the names it serves (none for a client)."""

    name: str
    subject: str
    serves: tuple[str, ...] = ()
    kubeconfig: bool = True


IDENTITIES = (
    Identity(
        "kube-apiserver",
        "/CN=kube-apiserver",
        (
            "DNS:localhost", "DNS:kubernetes", "DNS:kubernetes.default",
            "DNS:kubernetes.default.svc", "DNS:kubernetes.default.svc.cluster.local",
            "IP:127.0.0.1", f"IP:{NETWORK.node}", f"IP:{NETWORK.api_service}",
        ),
        kubeconfig=False,
    ),
    Identity("etcd", "/CN=etcd", ("DNS:localhost", "IP:127.0.0.1"), kubeconfig=False),
    Identity("admin", "/O=system:masters/CN=admin"),
    Identity("kubelet", f"/O=system:nodes/CN=system:node:{NODE}", (f"DNS:{NODE}", f"IP:{NETWORK.node}")),
    Identity("kube-controller-manager", "/CN=system:kube-controller-manager"),
    Identity("kube-scheduler", "/CN=system:kube-scheduler"),
    Identity("kube-proxy", "/CN=system:kube-proxy"),
    # Needs to list pods, namespaces and policies of the whole cluster; runs on the host.
    Identity("kube-network-policy", "/O=system:masters/CN=kube-network-policy"),
)  # fmt: skip


def ensure() -> None:
    """Make what is missing. A half-made file is never left under its final name."""
    PATHS.pki.mkdir(parents=True, exist_ok=True)
    PATHS.pki.chmod(0o700)
    PATHS.etc.mkdir(parents=True, exist_ok=True)
    _authority()
    _service_account_key()
    for identity in IDENTITIES:
        _certificate(identity)
        if identity.kubeconfig:
            _kubeconfig(identity)


def kubeconfig_of(name: str) -> Path:
    """The kubeconfig of the identity `name`."""
    return PATHS.kubeconfig if name == "admin" else PATHS.etc / f"{name}.kubeconfig"


def _authority() -> None:
    key, crt = PATHS.pki / "ca.key", PATHS.pki / "ca.crt"
    if crt.exists():
        return
    new = crt.with_suffix(".new")
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", str(key), "-out", str(new), "-days", DAYS, "-subj", "/CN=storefleet-embedded",
         "-addext", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature"])  # fmt: skip
    new.rename(crt)


def _service_account_key() -> None:
    key, public = PATHS.pki / "service-account.key", PATHS.pki / "service-account.pub"
    if public.exists():
        return
    run(["openssl", "genrsa", "-out", str(key), "2048"])
    new = public.with_suffix(".new")
    run(["openssl", "rsa", "-in", str(key), "-pubout", "-out", str(new)])
    new.rename(public)


def _certificate(identity: Identity) -> None:
    base = PATHS.pki / identity.name
    crt = base.with_suffix(".crt")
    if crt.exists():
        return
    key, csr, new = base.with_suffix(".key"), base.with_suffix(".csr"), base.with_suffix(".new")
    run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", str(key), "-out", str(csr), "-subj", identity.subject])  # fmt: skip
    extensions = base.with_suffix(".ext")
    usage = "extendedKeyUsage=clientAuth,serverAuth\nkeyUsage=digitalSignature\n"
    names = f"subjectAltName={','.join(identity.serves)}\n" if identity.serves else ""
    extensions.write_text(usage + names)
    run(["openssl", "x509", "-req", "-in", str(csr), "-CA", str(PATHS.pki / "ca.crt"),
         "-CAkey", str(PATHS.pki / "ca.key"), "-CAcreateserial", "-days", DAYS,
         "-out", str(new), "-extfile", str(extensions)])  # fmt: skip
    csr.unlink()
    extensions.unlink()
    new.rename(crt)


def _kubeconfig(identity: Identity) -> None:
    path = kubeconfig_of(identity.name)
    if path.exists():
        return

    def data(file: str) -> str:
        return base64.b64encode((PATHS.pki / file).read_bytes()).decode()

    user = {"client-certificate-data": data(f"{identity.name}.crt"), "client-key-data": data(f"{identity.name}.key")}
    server = {"server": f"https://127.0.0.1:{PORTS.api}", "certificate-authority-data": data("ca.crt")}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "storefleet", "cluster": server}],
        "users": [{"name": identity.name, "user": user}],
        "contexts": [{"name": "storefleet", "context": {"cluster": "storefleet", "user": identity.name}}],
        "current-context": "storefleet",
    }
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(document, indent=1))
    os.replace(new, path)

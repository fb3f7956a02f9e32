"""The bridge that pods hang on, the kernel settings it needs, and their removal."""

import json
from pathlib import Path

from cluster.config import NETWORK, PATHS
from toolbox.errors import UserError
from toolbox.process import run

SYSCTLS = {
    "net/ipv4/ip_forward": "1",
    "net/bridge/bridge-nf-call-iptables": "1",  # else Services are not translated between pods
}


def ensure() -> None:
    """Create the bridge and set the kernel settings, remembering the old values once."""
    run(["modprobe", "-q", "-a", "br_netfilter", "overlay", "ip_set"], check=False)  # may be built in
    if not (Path("/sys/class/net") / NETWORK.bridge).exists():
        run(["ip", "link", "add", NETWORK.bridge, "type", "bridge"])
        prefix = NETWORK.pods.split("/")[1]
        run(["ip", "addr", "add", f"{NETWORK.node}/{prefix}", "dev", NETWORK.bridge])
    run(["ip", "link", "set", NETWORK.bridge, "up"])
    _set_sysctls()
    _write_cni()


def remove() -> None:
    """Delete the bridge, our packet filter rules and sets, and restore the kernel settings."""
    if (Path("/sys/class/net") / NETWORK.bridge).exists():
        run(["ip", "link", "del", NETWORK.bridge])
    for command in ("iptables", "ip6tables"):
        _remove_rules(command)
    for name in run(["ipset", "list", "-n"], check=False).split():
        if _is_ours(name):
            run(["ipset", "destroy", name], check=False)
    saved = _saved_sysctls()
    for key, value in json.loads(saved.read_text()).items() if saved.exists() else ():
        (Path("/proc/sys") / key).write_text(value)
    saved.unlink(missing_ok=True)
    for result in Path("/var/lib/cni/results").glob("storefleet-*"):
        result.unlink()


def kept_rules(saved: str) -> str:
    """`iptables-save` output without the chains and rules that Kubernetes and CNI made."""
    return "\n".join(line for line in saved.splitlines() if not _is_ours(line)) + "\n"


def _is_ours(text: str) -> bool:
    return any(mark in text for mark in ("KUBE-", "CNI-", NETWORK.bridge))


def _remove_rules(command: str) -> None:
    saved = run([f"{command}-save"], check=False)
    if _is_ours(saved):
        run([f"{command}-restore"], stdin=kept_rules(saved))


def _saved_sysctls() -> Path:
    return PATHS.home / "sysctls-before.json"


def _set_sysctls() -> None:
    before: dict[str, str] = {}
    for key, wanted in SYSCTLS.items():
        path = Path("/proc/sys") / key
        try:
            before[key] = path.read_text().strip()
            if before[key] != wanted:
                path.write_text(wanted)
        except OSError as error:
            raise UserError(
                f"the kernel setting {key} cannot be set ({error.strerror})",
                "load the module br_netfilter, or run on a kernel that has it",
            ) from None
    PATHS.home.mkdir(parents=True, exist_ok=True)
    if not _saved_sysctls().exists():
        _saved_sysctls().write_text(json.dumps(before))


def _write_cni() -> None:
    bridge = {
        "type": "bridge", "bridge": NETWORK.bridge, "isGateway": True, "ipMasq": True, "hairpinMode": True,
        "ipam": {
            "type": "host-local", "dataDir": str(PATHS.run / "ipam"), "routes": [{"dst": "0.0.0.0/0"}],
            "ranges": [[{"subnet": NETWORK.pods, "rangeStart": NETWORK.pods_start, "gateway": NETWORK.node}]],
        },
    }  # fmt: skip
    ports = {"type": "portmap", "capabilities": {"portMappings": True}, "snat": True}
    document = {"cniVersion": "0.4.0", "name": "storefleet", "plugins": [bridge, ports]}
    folder = PATHS.etc / "cni"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "10-storefleet.conflist").write_text(json.dumps(document, indent=1))

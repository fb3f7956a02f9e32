"""What a store needs of its cluster, asked of the real one."""

import json
import urllib.request

import pytest

from cluster.config import ingress_port
from tests.cluster.conftest import eventually, kubectl, pod

pytestmark = pytest.mark.cluster
SERVER = "mkdir -p /tmp/www && echo hello > /tmp/www/index.html && httpd -f -p 8080 -h /tmp/www"


def get(url: str) -> str:
    """A script that prints the page at `url`; in PHP, as the static busybox resolves no names."""
    return f"php -r 'echo ($page = @file_get_contents($argv[1])) ?: exit(1);' {url}"


def patiently(url: str) -> str:
    """As `get`, for a while: a new Service or policy takes a moment to reach the packet filter."""
    return f"for i in 1 2 3 4 5 6; do timeout 4 {get(url)} && exit 0; sleep 1; done; exit 1"


@pytest.fixture(scope="module")
def server(namespace: str) -> str:
    """A web server behind the Service `web`, open to pods labelled `friend: yes` only."""
    kubectl("-n", namespace, "apply", "-f", "-", stdin=pod("web", SERVER, '{"app": "web"}'))
    kubectl("-n", namespace, "expose", "pod", "web", "--port=80", "--target-port=8080")
    kubectl("-n", namespace, "wait", "--for=condition=Ready", "pod/web", "--timeout=60s")
    return f"http://web.{namespace}.svc.cluster.local/"


def outcome(namespace: str, name: str, script: str, labels: str = "{}", **more: str) -> tuple[str, str]:
    """(phase, log) of a pod that runs `script` to its end."""
    kubectl("-n", namespace, "apply", "-f", "-", stdin=pod(name, script, labels, **more))
    phase = ["-n", namespace, "get", "pod", name, "-o", "jsonpath={.status.phase}"]
    eventually(lambda: kubectl(*phase) in ("Succeeded", "Failed"))
    return kubectl(*phase), kubectl("-n", namespace, "logs", name)


def test_a_service_is_found_by_name_and_logs_come_back(namespace: str, server: str) -> None:
    assert outcome(namespace, "by-name", patiently(server), runs="wordpress") == ("Succeeded", "hello\n")


def test_exec_works(namespace: str, server: str) -> None:
    assert kubectl("-n", namespace, "exec", "web", "--", "/bin/sh", "-c", "echo inside").strip() == "inside"


def test_a_network_policy_refuses_and_admits(namespace: str, server: str) -> None:
    policy = {
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "friends"},
        "spec": {
            "podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"friend": "yes"}}}]}],
        },
    }  # fmt: skip
    kubectl("-n", namespace, "apply", "-f", "-", stdin=json.dumps(policy))
    assert outcome(namespace, "friend", patiently(server), '{"friend": "yes"}', runs="wordpress")[0] == "Succeeded"
    assert outcome(namespace, "stranger", f"sleep 2; timeout 5 {get(server)}", runs="wordpress")[0] == "Failed"
    kubectl("-n", namespace, "delete", "networkpolicy", "friends")


def test_a_volume_keeps_its_data(namespace: str) -> None:
    claim = {
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Mi"}}},
    }  # fmt: skip
    kubectl("-n", namespace, "apply", "-f", "-", stdin=json.dumps(claim))
    volume = '{"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]}'
    mount = '[{"name": "d", "mountPath": "/data"}]'
    assert outcome(namespace, "writer", "echo kept > /data/x", extra=volume, mounts=mount)[0] == "Succeeded"
    kubectl("-n", namespace, "delete", "pod", "writer")
    assert outcome(namespace, "reader", "cat /data/x", extra=volume, mounts=mount) == ("Succeeded", "kept\n")


def test_an_ingress_answers_by_host(namespace: str, server: str) -> None:
    kubectl("-n", namespace, "create", "ingress", "web", "--class=traefik", "--rule=probe.test/*=web:80")
    request = urllib.request.Request(f"http://127.0.0.1:{ingress_port()}/", headers={"Host": "probe.test"})

    def answers() -> bool:
        try:
            with urllib.request.urlopen(request, timeout=5) as page:
                return bool(page.read() == b"hello\n")
        except OSError:
            return False

    eventually(answers, 20)


def test_a_quota_refuses(namespace: str) -> None:
    kubectl("-n", namespace, "create", "quota", "tight", "--hard=services=1")
    status = ["-n", namespace, "get", "quota", "tight", "-o", "jsonpath={.status.hard.services}"]
    eventually(lambda: kubectl(*status) == "1")
    said = kubectl("-n", namespace, "create", "service", "clusterip", "more", "--tcp=80", check=False)
    kubectl("-n", namespace, "delete", "quota", "tight")
    assert "exceeded quota" in said


def test_a_container_over_its_memory_limit_is_killed(namespace: str) -> None:
    greedy = "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done"
    assert outcome(namespace, "greedy", greedy, memory="16Mi")[0] == "Failed"
    state = "jsonpath={.status.containerStatuses[0].state.terminated.reason}"
    assert kubectl("-n", namespace, "get", "pod", "greedy", "-o", state) == "OOMKilled"


def test_pod_security_refuses_a_privileged_pod(namespace: str) -> None:
    kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted", "--overwrite")
    loose = json.loads(pod("loose", "true"))
    loose["spec"]["containers"][0]["securityContext"] = {"privileged": True}
    said = kubectl("-n", namespace, "apply", "-f", "-", stdin=json.dumps(loose), check=False)
    kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce-")
    assert 'violates PodSecurity "restricted' in said

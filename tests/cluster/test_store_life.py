"""The life of a store on the real cluster, through the commands that a user types."""

import base64
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from cluster.config import ingress_port
from commands.pulumi import STORES, pulumi
from tests.cluster.conftest import command, eventually, kubectl, leftovers, pod, shows
from toolbox.paths import ROOT, VAR

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("stores")]
HELM_RECORDS = 'go-template={{range .items}}"status":"{{.metadata.labels.status}}" {{end}}'
NAME, OTHER, TAKEN = "life-test", "broken-test", "taken-test"


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """A store with a title of its own, taken away before and after; the second attempt, as the first is interrupted."""
    command("terminal", "destroy", NAME)
    making = ("create", NAME, "--title", "Blue Bottle")
    interrupt(*making)
    done = command("terminal", *making)
    assert done.returncode == 0, done.stderr
    assert "taking over the interrupted install" in done.stdout
    assert "admin login:    admin\n" in done.stdout
    yield f"store-{NAME}"
    gone = command("terminal", "destroy", NAME)
    assert gone.returncode == 0, gone.stderr
    eventually(lambda: leftovers(NAME) == [])


def interrupt(*making: str) -> None:
    """Ctrl-C when Helm has begun."""
    argv = [sys.executable, "-m", "terminal", *making]
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        eventually(lambda: "web" in kubectl("-n", f"store-{NAME}", "get", "deployments", check=False), 30)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[1]
    finally:
        process.kill()
    assert (process.returncode, said) == (130, "interrupted; run the same command again to go on\n")


def test_the_shop_answers_with_its_title(store: str) -> None:
    eventually(lambda: shows(NAME, "<title>Blue Bottle</title>"), 10)


def test_an_unchanged_up_changes_nothing_and_keeps_the_passwords(store: str) -> None:
    secret = ["-n", store, "get", "secret", "store-secrets", "-o", "jsonpath={.data}"]
    before = kubectl(*secret)
    said = pulumi(["up", "--stack", NAME, "--yes", "--skip-preview"], STORES)
    assert "13 unchanged" in said
    assert kubectl(*secret) == before


def test_what_has_no_end_of_its_own_goes_with_the_namespace(store: str) -> None:
    state = json.loads(pulumi(["stack", "export", "--stack", NAME], STORES))["deployment"]["resources"]
    objects = [resource for resource in state if resource["type"].startswith("kubernetes:")]
    ends = {resource["urn"].rpartition("::")[2]: "deletedWith" in resource for resource in objects}
    assert len(ends) == 11
    assert [name for name, with_namespace in ends.items() if not with_namespace] == ["namespace", "release"]


def test_no_password_is_in_pulumis_state_in_plain_text(store: str) -> None:
    data = json.loads(kubectl("-n", store, "get", "secret", "store-secrets", "-o", "jsonpath={.data}"))
    words = [base64.b64decode(value) for value in data.values()] + [value.encode() for value in data.values()]
    files = [path for path in (VAR / "state").rglob("*") if path.is_file() and NAME in str(path)]
    assert files
    assert not [path for path in files for word in words if word in path.read_bytes()]


def test_data_survives_a_restart_of_every_pod(store: str) -> None:
    update = "UPDATE wordpress.wp_options SET option_value='Kept' WHERE option_name='blogname'"
    sql = f'mariadb -h127.0.0.1 -uwordpress -p"$(cat /run/secrets/store/database-password)" -e "{update}"'
    kubectl("-n", store, "exec", "mariadb-0", "--", "sh", "-c", sql)
    kubectl("-n", store, "delete", "pod", "-l", "app.kubernetes.io/component in (web,database)")
    kubectl("-n", store, "rollout", "status", "statefulset/mariadb", "--timeout=60s")
    kubectl("-n", store, "rollout", "status", "deployment/web", "--timeout=60s")
    eventually(lambda: shows(NAME, "<title>Kept</title>"), 60)


def test_a_neighbour_reaches_neither_database_nor_api(store: str) -> None:
    kubectl("delete", "namespace", "neighbour", "--ignore-not-found")
    kubectl("create", "namespace", "neighbour")
    address = kubectl("-n", store, "get", "pod", "mariadb-0", "-o", "jsonpath={.status.podIP}")
    try:
        kubectl(
            "-n", "neighbour", "apply", "-f", "-", stdin=pod("spy", f"nc -w 4 {address} 3306 </dev/null | head -c 9")
        )
        phase = ["-n", "neighbour", "get", "pod", "spy", "-o", "jsonpath={.status.phase}"]
        eventually(lambda: kubectl(*phase) in ("Succeeded", "Failed"))
        said = kubectl("-n", "neighbour", "logs", "spy")  # a greeting of the database would be here
        assert said == "" or "refused" in said or "timed out" in said
    finally:
        kubectl("delete", "namespace", "neighbour")
    inside = "php -r 'exit(@fsockopen($argv[1], $argv[2], $e, $m, 4) ? 0 : 1);'"
    web = ["-n", store, "exec", "deploy/web", "--", "sh", "-c"]
    assert "exit code 1" in kubectl(*web, f"{inside} 10.96.0.1 443", check=False)
    assert "exit code" not in kubectl(*web, f"{inside} mariadb 3306", check=False)


@pytest.fixture
def broken_image() -> Iterator[None]:
    """The platform names an image of WordPress that does not exist."""
    index, port = VAR / "images.json", str(ingress_port())
    good = index.read_text()
    broken = json.loads(good)
    broken["wordpress"]["ref"] = "localhost/storefleet/wordpress:does-not-exist"
    try:
        index.write_text(json.dumps(broken))
        assert command("commands.platform", "--public-port", port).returncode == 0
        yield
    finally:
        index.write_text(good)
        assert command("commands.platform", "--public-port", port).returncode == 0


def test_a_failed_create_leaves_nothing_and_a_failed_upgrade_leaves_the_shop(store: str, broken_image: None) -> None:
    def create(name: str) -> subprocess.CompletedProcess[str]:
        return command("terminal", "create", name, "--timeout-seconds", "20")

    with ThreadPoolExecutor() as both:  # two stacks do not wait for each other
        ended = list(both.map(create, (OTHER, NAME)))
    for done in ended:
        assert done.returncode == 1
        assert "does-not-exist" in done.stderr
        assert "Traceback" not in done.stderr
    eventually(lambda: leftovers(OTHER) == [])
    assert shows(NAME, "<title>Kept</title>")
    web = kubectl("-n", store, "get", "deployment", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}")
    assert "does-not-exist" not in web


def test_the_next_good_up_mends_a_failed_upgrade(store: str) -> None:
    done = command("terminal", "create", NAME, "--timeout-seconds", "900")
    assert done.returncode == 0, done.stderr
    assert '"status":"deployed"' in kubectl("-n", store, "get", "secret", "-l", "owner=helm", "-o", HELM_RECORDS)
    assert shows(NAME, "<title>Kept</title>")


def test_a_foreign_namespace_is_never_adopted_or_deleted(store: str) -> None:
    kubectl("create", "namespace", f"store-{TAKEN}")
    try:
        done = command("terminal", "create", TAKEN)
        assert done.returncode == 1
        assert "exists and is not this store's" in done.stderr
        labels = kubectl("get", "namespace", f"store-{TAKEN}", "-o", "jsonpath={.metadata.labels}")
        assert "storefleet.dev" not in labels
        claim = kubectl("label", "namespace", f"store-{TAKEN}", "storefleet.dev/installation=storefleet", check=False)
        assert "is not storefleet's" in claim
    finally:
        kubectl("delete", "namespace", f"store-{TAKEN}")
    assert leftovers(TAKEN) == []


@pytest.mark.parametrize("name", ["dashboard", "Nike", "a--b", "--stack"])
def test_an_illegal_name_changes_nothing(name: str) -> None:
    done = command("terminal", "create", "--", name)
    assert done.returncode == 1
    assert "cannot be" in done.stderr or "reserved" in done.stderr
    assert name not in pulumi(["stack", "ls"], STORES)

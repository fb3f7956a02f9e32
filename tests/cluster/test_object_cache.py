"""A store's object cache on the real cluster: used, shared by all its pods, and no condition of an answer."""

import json
import time
import urllib.request
from collections.abc import Iterator

import pytest

from cluster.config import ingress_port
from tests.cluster.conftest import command, eventually, kubectl, pod

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("stores")]
NAME, NEIGHBOUR = "cache-test", "cache-neighbour"
EPOCH = "/srv/wordpress/wp-content/uploads/.storefleet-cache"
ASK = (
    """REDISCLI_AUTH=$(printf 'cache:%s' "$(cat "$VALKEY_PASSWORD_FILE")" | sha256sum | cut -d ' ' -f 1) valkey-cli """
)
RENAME = "require '/srv/wordpress/wp-load.php'; update_option('blogname', $argv[1]);"
# A new pod's first connections are refused: wait as the clock does.
WAIT = "require '/opt/store/setup/frame.php'; require '/opt/store/setup/database.php'; database(); Done::$done = true;"
DUE = "require '/srv/wordpress/wp-load.php'; echo json_encode(wp_next_scheduled('storefleet_due'));"
GUESS = """$server = new Redis(); $server->connect('mariadb', 6379);
try { $server->auth('guessed'); } catch (RedisException $error) { echo $error->getMessage(); }"""


def page() -> str:
    """The front page; anything but 200 is an error."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{ingress_port()}/", headers={"Host": f"{NAME}.127.0.0.1.nip.io"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return str(answer.read().decode())


def figure(store: str, name: str) -> int:
    """A figure that the server tells of itself."""
    said = kubectl("-n", store, "exec", "mariadb-0", "-c", "cache", "--", "sh", "-c", f"{ASK} info")
    return int(next(line for line in said.splitlines() if line.startswith(f"{name}:")).partition(":")[2])


def begun(store: str) -> bool:
    """Whether the cache is used: a new web pod's is not until the former pod has ended."""
    return int(kubectl("-n", store, "exec", "deploy/web", "--", "stat", "-c", "%Y", EPOCH).split()[-1]) <= time.time()


def run_as_clock(store: str, name: str, *command: str) -> None:
    """Run what the clock runs, or `command`, to its end in a pod of the clock's kind."""
    made = kubectl("-n", store, "create", "job", name, "--from=cronjob/cron", "--dry-run=client", "-o", "json")
    job = json.loads(made)
    del job["metadata"]["ownerReferences"]  # or the CronJob takes it away when it is done
    if command:
        job["spec"]["template"]["spec"]["containers"][0]["command"] = list(command)
    kubectl("-n", store, "apply", "-f", "-", stdin=json.dumps(job))
    try:
        kubectl("-n", store, "wait", "--for=condition=Complete", f"job/{name}", "--timeout=60s")
    finally:
        kubectl("-n", store, "delete", "job", name)  # whose pod would hold the volume


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """A store whose cache is used, taken away before and after."""
    command("terminal", "destroy", NAME)
    done = command("terminal", "create", NAME)
    assert done.returncode == 0, done.stderr
    # There is no former pod whose end it waits for; that it waits is seen in tests/images.
    moment = f"@{int(time.time()) - 1}"
    kubectl("-n", f"store-{NAME}", "exec", "deploy/web", "--", "touch", "-d", moment, EPOCH)
    assert begun(f"store-{NAME}")
    page()
    yield f"store-{NAME}"
    gone = command("terminal", "destroy", NAME)
    assert gone.returncode == 0, gone.stderr


def test_page_views_are_served_from_it(store: str) -> None:
    hits, misses = figure(store, "keyspace_hits"), figure(store, "keyspace_misses")
    for _ in range(5):
        page()
    assert figure(store, "keyspace_hits") - hits > 5 * 10
    assert figure(store, "keyspace_misses") - misses < (figure(store, "keyspace_hits") - hits) / 5


def test_what_another_pod_changes_is_seen_at_once(store: str) -> None:
    assert "<title>Cache Test</title>" in page()
    run_as_clock(store, "rename", "php", "-r", WAIT + RENAME, "Renamed")
    assert "<title>Renamed</title>" in page()


def test_the_clock_does_what_is_due_and_disturbs_no_cache(store: str) -> None:
    schedule = "require '/srv/wordpress/wp-load.php'; wp_schedule_single_event(time() - 60, 'storefleet_due');"
    web = ["-n", store, "exec", "deploy/web", "--", "php", "-r"]
    kubectl(*web, schedule)
    assert kubectl(*web, DUE) != "false"
    run_as_clock(store, "clock")
    assert kubectl(*web, DUE) == "false"
    assert begun(store)


def test_a_shop_answers_without_it_and_nothing_old_comes_back(store: str) -> None:
    page()
    kubectl("-n", store, "exec", "mariadb-0", "-c", "cache", "--", "sh", "-c", "kill 1", check=False)
    for _ in range(10):
        page()
    kubectl("-n", store, "exec", "deploy/web", "--", "php", "-r", RENAME, "While Away")
    assert "<title>While Away</title>" in page()
    kubectl("-n", store, "wait", "--for=condition=Ready", "pod/mariadb-0", "--timeout=60s")
    eventually(lambda: begun(store), 30)
    hits = figure(store, "keyspace_hits")
    for _ in range(3):
        assert "<title>While Away</title>" in page()
    assert figure(store, "keyspace_hits") > hits
    counts = "jsonpath={range .status.containerStatuses[*]}{.name}={.restartCount} {end}"
    assert kubectl("-n", store, "get", "pod", "mariadb-0", "-o", counts).split() == ["cache=1", "mariadb=0"]


def test_a_wrong_password_is_refused(store: str) -> None:
    assert "WRONGPASS" in kubectl("-n", store, "exec", "deploy/web", "--", "php", "-r", GUESS)


def test_a_neighbour_does_not_reach_it(store: str) -> None:
    kubectl("delete", "namespace", NEIGHBOUR, "--ignore-not-found")
    kubectl("create", "namespace", NEIGHBOUR)
    address = kubectl("-n", store, "get", "pod", "mariadb-0", "-o", "jsonpath={.status.podIP}")
    ask = f"(echo PING; sleep 2) | nc -w 4 {address} 6379"  # -NOAUTH would be an answer
    try:
        kubectl("-n", NEIGHBOUR, "apply", "-f", "-", stdin=pod("spy", ask))
        phase = ["-n", NEIGHBOUR, "get", "pod", "spy", "-o", "jsonpath={.status.phase}"]
        eventually(lambda: kubectl(*phase) in ("Succeeded", "Failed"))
        assert "NOAUTH" not in (said := kubectl("-n", NEIGHBOUR, "logs", "spy"))
        assert said == "" or "refused" in said or "timed out" in said
    finally:
        kubectl("delete", "namespace", NEIGHBOUR)

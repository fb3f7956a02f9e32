"""The object cache without WordPress: processes that share a server, and what happens when it is away."""

import hashlib
import json
import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from images.box import Box, eventually, free_port
from images.recipes import RECIPES, reference
from tests.images.conftest import PASSWORD, UPLOADS, open_folder, start_cache

pytestmark = pytest.mark.built
SCRIPTS = Path(__file__).resolve().parent / "object-cache"
EPOCH = ".storefleet-cache"
PAST = count(1_000_000_000)
NOBODY = "127.0.0.1:1"


class Processes:
    """Runs PHP beside a server of the object cache."""

    def __init__(self, box: Box, server: Box, port: int, epoch: Path) -> None:
        self.box, self.server, self.port, self.epoch = box, server, port, epoch
        self.errors = ""
        self.serving = start_cache(server, port)

    def run(self, code: str, **environment: str) -> list[Any]:
        """What `code` says, line by line."""
        variables = {"WORDPRESS_CACHE_HOST": f"127.0.0.1:{self.port}", "SECRET": PASSWORD, **environment}
        done = self.box.run(variables, "php", "-r", f"require '/tmp/object-cache/wordpress.php'; {code}")
        assert done.returncode == 0, done.stdout + done.stderr
        self.errors = done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """A server and PHP that reaches it."""
    folder = tmp_path_factory.mktemp("cache")
    uploads = open_folder(folder / "uploads")
    boxes: list[Box] = []
    try:
        boxes.append(Box(reference(RECIPES["wordpress"]), folder / "tmp", mounts=(f"{uploads}:{UPLOADS}",)))
        boxes.append(Box(reference(RECIPES["valkey"]), folder / "tmp"))
        (folder / "tmp" / "password").write_text(PASSWORD + "\n")
        shutil.copytree(SCRIPTS, folder / "tmp" / "object-cache")
        yield Processes(boxes[0], boxes[1], free_port(), uploads / EPOCH)
    finally:
        for box in boxes:
            box.close()


@pytest.fixture(autouse=True)
def fresh(processes: Processes) -> None:
    """An epoch of the test's own, which has begun."""
    processes.epoch.touch()
    os.chown(processes.epoch, 33, 33)
    moment = next(PAST)
    os.utime(processes.epoch, (moment, moment))


def test_it_answers_as_wordpress_own(processes: Processes) -> None:
    operations = "require '/tmp/object-cache/operations.php';"
    own = processes.run(operations, WORDPRESS_CACHE_HOST="")
    assert len(own) > 30
    assert processes.run(operations) == own
    assert processes.run(operations, WORDPRESS_CACHE_HOST=NOBODY) == own


def test_a_later_process_finds_what_one_put_in(processes: Processes) -> None:
    processes.run("wp_cache_set('k', ['a' => (object) ['b' => 1.5]], 'g'); wp_cache_add('zero', 0);")
    processes.run("wp_cache_set('no', false);")
    assert processes.run(
        "say(wp_cache_get('k', 'g'), wp_cache_get('zero'), wp_cache_get('no', '', 0, $found), $found);"
    ) == [[{"a": {"b": 1.5}}, 0, False, True]]
    processes.run("wp_cache_set('k', fn () => 1, 'g');")  # cannot be written down, but the old value is true no longer
    assert processes.run("say(wp_cache_get('k', 'g'));") == [[False]]


def test_what_is_for_one_request_stays_in_it(processes: Processes) -> None:
    processes.run("wp_cache_set('k', 1, 'counts');")
    assert processes.run("say(wp_cache_get('k', 'counts'));") == [[False]]


def test_a_value_ends_with_its_time_and_none_stays_longer_than_a_day(processes: Processes) -> None:
    code = """wp_cache_set('short', 1, '', 1); wp_cache_set('long', 1, '', 9999999); wp_cache_set('always', 1);
    $epoch = Epoch::read(); foreach (['short', 'long', 'always'] as $key) { say(server()->ttl("$epoch:default:$key")); }
    usleep(1200000); say(wp_cache_get('short', '', true));"""
    assert processes.run(code) == [[1], [86400], [86400], [False]]


@pytest.mark.parametrize("moment", ["unlink(getenv('EPOCH'));", "at(1000);"], ids=["no file", "not begun"])
def test_outside_an_epoch_nobody_uses_the_cache(processes: Processes, moment: str) -> None:
    processes.run(f"wp_cache_set('k', 'old'); {moment}", EPOCH=f"{UPLOADS}/{EPOCH}")
    code = "say(wp_cache_get('k')); wp_cache_set('k', 'new'); say(wp_cache_get('k'), seen('k')); at(0); say(seen('k'));"
    assert processes.run(code) == [[False], ["new", False], [False]]


def test_a_flush_empties_it_for_everybody_and_in_a_second_it_is_used_again(processes: Processes) -> None:
    code = """$a = process(); put($a, 'k', 'old'); say(seen('k')); $a->flush(); say(seen('k'));
    sleep(2); say(seen('k')); put(process(), 'k', 'new'); say(seen('k'));"""
    assert processes.run(code) == [["old"], [False], [False], ["new"]]


def test_a_group_is_taken_away_from_everybody_and_no_other(processes: Processes) -> None:
    code = """$a = process(); put($a, 'k', 1, 'a[*]'); put($a, 'l', 2, 'a[*]'); put($a, 'k', 3, 'a');
    process()->flush_group('a[*]'); say(seen('k', 'a[*]'), seen('l', 'a[*]'), seen('k', 'a'));"""
    assert processes.run(code) == [[False, False, 3]]


def test_all_options_are_read_anew_after_a_change(processes: Processes) -> None:
    # Two who read all, change one each and put all back would undo each other's change.
    code = """$a = process(); $a->add_multiple(['alloptions' => ['x' => 1]], 'options', 0);
    say(seen('alloptions', 'options')); put($a, 'alloptions', ['x' => 2], 'options');
    say($a->get('alloptions', 'options'), seen('alloptions', 'options'));"""
    assert processes.run(code) == [[{"x": 1}], [{"x": 2}, False]]


def test_who_installs_neither_reads_nor_fills_it(processes: Processes) -> None:
    processes.run("wp_cache_set('k', 'old');")
    assert processes.run("say(wp_cache_get('k')); wp_cache_add('new', 1);", INSTALLING="1") == [[False]]
    assert processes.run("say(wp_cache_get('k'), wp_cache_get('new'));") == [["old", False]]
    processes.run("wp_cache_set('k', 'other');", INSTALLING="1")  # perhaps older than what the database has
    assert processes.run("say(wp_cache_get('k'));") == [[False]]


@pytest.mark.parametrize("who", ["late", "long"])
@pytest.mark.parametrize("change", ["set_multiple(['k' => 'new'], 'default', 0)", "delete_multiple(['k'], 'default')",
                                    "replace('k', 'new', 'default', 0)", "increase('k', 1, 'default')",
                                    "flush_group('default')"])  # fmt: skip
def test_who_does_not_belong_to_an_epoch_takes_out_and_puts_nothing_in(
    processes: Processes, who: str, change: str
) -> None:
    # `late` began while nobody used the cache, and `long` in the epoch before the one that holds.
    code = f"""$long = process(); at(1000); $late = process(); at(-5); put(process(), 'k', 'old'); say(seen('k'));
    ${who}->{change}; say(seen('k')); sleep(1); say(seen('k'));"""
    assert processes.run(code) == [["old"], [False], [False]]


def test_what_is_changed_while_the_server_is_away_is_not_read_from_it_later(processes: Processes) -> None:
    processes.run("wp_cache_set('k', 'old');")
    away = "wp_cache_set('k', 'new'); say(wp_cache_get('k'), Epoch::read() - time() >= 9);"
    assert processes.run(away, WORDPRESS_CACHE_HOST=NOBODY) == [["new", True]]
    assert "the shop does without" in processes.errors
    # Nobody uses it for a while, and then it is empty.
    assert processes.run("say(seen('k')); at(0); say(seen('k'));") == [[False], [False]]


def test_a_process_that_outlives_the_pause_begins_another(processes: Processes) -> None:
    code = "at(0); wp_cache_set('k', 'new'); say(Epoch::read() - time() >= 9);"  # the server is still away
    assert processes.run(code, WORDPRESS_CACHE_HOST=NOBODY) == [[True]]


def test_a_wrong_password_is_refused_and_the_page_goes_on(processes: Processes) -> None:
    processes.run("wp_cache_set('k', 'old');")
    assert processes.run("wp_cache_add('k', 'own'); say(wp_cache_get('k'));", SECRET="guessed") == [["own"]]
    assert "WRONGPASS" in processes.errors


def test_whoever_sees_processes_sees_no_password(processes: Processes) -> None:
    said = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert any(b"valkey-server" in words for words in said)
    password = hashlib.sha256(f"cache:{PASSWORD}".encode()).hexdigest()
    assert not [words for words in said if password.encode() in words]


@pytest.mark.parametrize(
    "command", ["'CONFIG', 'SET', 'maxmemory', '1gb'", "'SHUTDOWN'", "'FLUSHALL'", "'ACL', 'LIST'"]
)
def test_a_shops_password_is_not_for_the_servers_operator(processes: Processes, command: str) -> None:
    code = f"try {{ server()->rawCommand({command}); }} catch (RedisException $e) {{ say($e->getMessage()); }}"
    ((said,),) = processes.run(code)
    assert said.startswith("NOPERM")


def test_a_server_that_does_not_answer_costs_one_attempt(processes: Processes) -> None:
    code = """$begin = microtime(true); wp_cache_init();
    for ($i = 0; $i < 50; $i++) { wp_cache_set("k$i", $i); wp_cache_get("x$i"); } say(microtime(true) - $begin);"""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ((seconds,),) = processes.run(code, WORDPRESS_CACHE_HOST=f"127.0.0.1:{silent.getsockname()[1]}")
        silent.settimeout(1)
        silent.accept()[0].close()
        with pytest.raises(TimeoutError):
            silent.accept()
    assert seconds < 0.1  # the pause has begun: a request of it does not try


def test_a_server_that_ends_in_the_middle_of_a_request(processes: Processes) -> None:
    code = """wp_cache_set('k', 'old'); touch('/tmp/began');
    while (!file_exists('/tmp/ended')) { usleep(10000); clearstatcache(); }
    wp_cache_set('k', 'new'); say(wp_cache_get('k'), wp_cache_get('k', '', true), wp_cache_get('x'));"""
    said: list[Any] = []
    request = threading.Thread(target=lambda: said.extend(processes.run(code)))
    request.start()
    eventually(lambda: (processes.box.tmp / "began").exists())
    os.killpg(processes.serving.pid, signal.SIGKILL)
    processes.serving.wait()
    (processes.box.tmp / "ended").touch()
    request.join(30)
    assert said == [["new", "new", False]]
    processes.serving = start_cache(processes.server, processes.port)
    assert processes.run("at(0); say(seen('k')); put(process(), 'k', 1); say(seen('k'));") == [[False], [1]]


def test_a_full_cache_lets_old_values_go_and_keeps_its_size(processes: Processes) -> None:
    code = """$a = process(); for ($i = 0; $i < 400; $i++) { put($a, "k$i", str_repeat('x', 100000)); }
    $there = 0; for ($i = 0; $i < 400; $i++) { $there += seen("k$i") !== false; }
    say(strlen(seen('k399')), $there > 100, $there < 400); put(process(), 'huge', 'small'); say(seen('huge'));
    put(process(), 'huge', str_repeat('x', 2000000)); say(seen('huge'), Epoch::holds(Epoch::read()));"""
    # Which of the old ones go, the server decides by a sample.
    assert processes.run(code) == [[100000, True, True], ["small"], [False, True]], processes.errors

"""The WordPress image at work, without a cluster: vendored plugins, set-up, a proxy in front, a graceful end."""

import json
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from images.box import eventually
from tests.images.conftest import HOST, Shop

pytestmark = pytest.mark.built
HELLO = "<!-- hello from hello-shop -->"
# Ends a set-up by SIGKILL in the middle of wp_install, when the tables are there and the first user is made.
KILLER = """<?php $GLOBALS['wp_filter']['user_register'][10][] = ['accepted_args' => 1,
'function' => fn () => posix_kill(getmypid(), 9)];"""
FACTS = """
require '/srv/wordpress/wp-load.php';
$mailer = new ArrayObject([], ArrayObject::ARRAY_AS_PROPS);
echo json_encode([
  'users' => count(get_users()), 'sample' => get_post(2)?->post_name, 'active' => get_option('active_plugins'),
  'permalinks' => get_option('permalink_structure'), 'title' => get_option('blogname'), 'theme' => get_stylesheet(),
  'mods' => [DISALLOW_FILE_MODS, DISALLOW_FILE_EDIT, DISABLE_WP_CRON], 'memory' => ini_get('memory_limit'),
  'upload' => wp_max_upload_size(), 'mail' => wp_mail('a@example.org', 'x', 'y'),
]);
"""


LOAD = "require '/srv/wordpress/wp-load.php';"


def epoch(shop: Shop) -> Path:
    """The file whose time is the moment from which the object cache holds."""
    return shop.box.tmp.parent / "uploads" / ".storefleet-cache"


def begin(shop: Shop, moment: float) -> None:
    """Have the object cache hold from `moment` on."""
    os.utime(epoch(shop), (moment, moment))


def facts(shop: Shop, **more: str) -> dict[str, Any]:
    """What WordPress says of itself."""
    done = shop.php("-r", FACTS, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def interrupted(shop: Shop) -> str:
    """What the set-up says after one that was killed half-way."""
    (shop.box.tmp / "killer.php").write_text(KILLER)
    killed = shop.php("-d", "auto_prepend_file=/tmp/killer.php", "/opt/store/setup/install.php")
    assert killed.returncode != 0
    assert "installed" not in killed.stdout
    done = shop.set_up(plugins=["hello-shop"])
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def served(shop: Shop, interrupted: str) -> Iterator[Shop]:
    """The shop after its set-up, with its web server."""
    # It opens /dev/stderr anew, which must be its own.
    script = "exec /usr/sbin/apache2 -f /etc/apache2/apache2.conf -DFOREGROUND >/tmp/apache.log 2>&1"
    shop.box.start(shop.environment, "sh", "-c", script)
    shop.box.until(lambda: (shop.box.tmp / "apache2.pid").exists())
    shop.box.until(lambda: ready(shop))
    yield shop


def ready(shop: Shop, scheme: str = "https") -> bool:
    """The startup probe's answer."""
    return shop.php("-n", "/opt/store/ready.php", HOST, scheme, "absent").returncode == 0


def test_the_label_lists_what_was_vendored(shop: Shop) -> None:
    labels = json.loads(shop.php("/opt/store/contents.php").stdout)
    assert labels["storefleet.dev/plugins"] == "hello-shop"
    assert "twentytwentyfive" in labels["storefleet.dev/themes"].split(",")
    assert labels["storefleet.dev/woocommerce"] == "absent"


def test_a_set_up_that_was_killed_is_finished_by_the_next(shop: Shop, interrupted: str) -> None:
    assert re.search(r"took away \d+ tables of a set-up that was interrupted", interrupted)
    found = facts(shop)
    assert (found["users"], found["sample"], found["title"]) == (1, "sample-page", "Blue Bottle")
    assert (found["permalinks"], found["active"]) == ("/%postname%/", ["hello-shop/hello-shop.php"])


def test_a_second_set_up_changes_nothing(shop: Shop, interrupted: str) -> None:
    before = facts(shop)
    again = shop.set_up(plugins=["hello-shop"])
    assert (again.returncode, again.stdout) == (0, "already installed\n"), again.stderr
    assert facts(shop) == before


def test_a_plugin_that_is_not_in_the_image_ends_the_set_up(shop: Shop, interrupted: str) -> None:
    done = shop.set_up(plugins=["hello-shop", "nope"])
    assert done.returncode == 1
    assert "set-up: the plugin nope is not in this image" in done.stderr


def test_a_plugin_that_is_no_longer_wished_for_is_switched_off_and_on_again(shop: Shop, interrupted: str) -> None:
    assert shop.set_up(plugins=[]).returncode == 0
    assert facts(shop)["active"] == []
    assert shop.set_up(plugins=["hello-shop"]).returncode == 0
    assert facts(shop)["active"] == ["hello-shop/hello-shop.php"]


@pytest.mark.parametrize("plugins", [["hello-shop"], ["hello-shop", "nope"]], ids=["well", "badly"])
def test_a_set_up_empties_the_cache_however_it_ends(shop: Shop, interrupted: str, plugins: list[str]) -> None:
    begin(shop, time.time() - 100)
    shop.set_up(plugins=plugins)
    assert abs(epoch(shop).stat().st_mtime - time.time()) < 10


def test_a_set_up_removes_what_an_image_without_a_cache_left(shop: Shop, interrupted: str) -> None:
    code = LOAD + "if ($argv[1]) { set_transient('old', 1); } else { echo json_encode(get_transient('old')); }"
    shop.php("-r", code, "1", WORDPRESS_CACHE_HOST="")
    assert shop.set_up(plugins=["hello-shop"]).returncode == 0
    assert shop.php("-r", code, "0", WORDPRESS_CACHE_HOST="").stdout == "false"


def test_without_a_database_the_set_up_says_so(shop: Shop) -> None:
    done = shop.php("/opt/store/setup/run.php", WORDPRESS_DB_PASSWORD="", STORE_SETTINGS="{")
    assert done.returncode == 1


def test_the_clock_does_what_is_due(shop: Shop, interrupted: str) -> None:
    due = "echo json_encode(wp_next_scheduled('storefleet_due'));"
    assert shop.php("-r", f"{LOAD} wp_schedule_single_event(time() - 60, 'storefleet_due'); {due}").stdout != "false"
    done = shop.php("/opt/store/clock.php")
    assert done.returncode == 0, done.stdout + done.stderr
    assert shop.php("-r", f"{LOAD} {due}").stdout == "false"


def test_limits_and_fences(shop: Shop, interrupted: str) -> None:
    found = facts(shop)
    assert found["mods"] == [True, True, True]
    assert (found["memory"], found["upload"]) == ("192M", 32 * 1024 * 1024)
    assert found["mail"] is False


def test_mail_goes_where_the_settings_say(shop: Shop, interrupted: str) -> None:
    code = """require '/srv/wordpress/wp-load.php'; require ABSPATH . WPINC . '/PHPMailer/PHPMailer.php';
    $mailer = new PHPMailer\\PHPMailer\\PHPMailer(); do_action_ref_array('phpmailer_init', [&$mailer]);
    echo json_encode([$mailer->Mailer, $mailer->Host, $mailer->Port, $mailer->SMTPSecure, $mailer->Username,
      $mailer->Password, apply_filters('wp_mail_from', 'x@y.z')]);"""
    done = shop.php("-r", code, STORE_SMTP_HOST="mail.example.org", STORE_SMTP_PORT="465", STORE_SMTP_USER="u",
                    STORE_SMTP_PASSWORD_FILE="/tmp/password", STORE_MAIL_FROM="shop@example.org")  # fmt: skip
    assert json.loads(done.stdout) == [
        "smtp",
        "mail.example.org",
        465,
        "ssl",
        "u",
        "it's \\ secret",
        "shop@example.org",
    ]


def test_a_page_behind_tls_has_no_plain_link_and_no_redirect(served: Shop) -> None:
    status, body, _ = served.get("/")
    assert status == 200
    assert HELLO in body and f"https://{HOST}/" in body
    assert f"http://{HOST}" not in body


def test_a_plain_visitor_of_a_tls_shop_is_sent_to_tls_once(served: Shop) -> None:
    status, _, headers = served.get("/sample-page/?a=b", scheme="http")
    assert (status, headers["Location"]) == (301, f"https://{HOST}/sample-page/?a=b")
    assert served.get("/sample-page/")[0] == 200
    status, _, headers = served.get("/wp-admin/")
    assert (status, headers["Location"].split("?")[0]) == (302, f"https://{HOST}/wp-login.php")


@pytest.mark.parametrize(
    "path", ["/xmlrpc.php", "/wp-admin/install.php", "/wp-admin/setup-config.php", "/readme.html", "/.htaccess",
             "/wp-content/uploads/evil.php"],
)  # fmt: skip
def test_what_nobody_needs_is_refused(served: Shop, path: str) -> None:
    assert served.get(path)[0] == 403


def test_the_startup_probe_asks_for_the_page_itself(served: Shop) -> None:
    assert ready(served)
    assert not ready(served, "http")  # redirected, which an HTTP probe of Kubernetes would take for success


def test_a_new_web_server_has_no_cache_until_the_former_has_ended(served: Shop) -> None:
    assert ready(served)
    assert 60 < epoch(served).stat().st_mtime - time.time() <= 90


def test_what_another_process_changes_is_seen_at_once_and_by_the_next_view_from_the_cache(served: Shop) -> None:
    begin(served, time.time() - 2)
    assert "<title>Blue Bottle</title>" in served.get("/")[1]
    served.get("/")
    done = served.php("-r", f"{LOAD} update_option('blogname', 'Red Bottle');")
    assert done.returncode == 0, done.stderr
    assert "<title>Red Bottle</title>" in served.get("/")[1]
    past_wordpress = "$wpdb->update($wpdb->options, ['option_value' => 'Blue Bottle'], ['option_name' => 'blogname']);"
    assert served.php("-r", f"{LOAD} {past_wordpress}").returncode == 0
    assert "<title>Red Bottle</title>" in served.get("/")[1]  # so it does come from the cache
    begin(served, time.time() - 1)
    assert "<title>Blue Bottle</title>" in served.get("/")[1]


def test_who_is_being_served_is_served_to_the_end(served: Shop) -> None:
    answers: list[tuple[int, str]] = []
    visitor = threading.Thread(target=lambda: answers.append(served.get("/?hello-slow=1")[:2]))
    visitor.start()
    eventually(lambda: (served.box.tmp / "slow-began").exists())
    os.kill(int((served.box.tmp / "apache2.pid").read_text()), signal.SIGWINCH)
    visitor.join(60)
    assert answers == [(200, "slow and whole")]
    eventually(lambda: not (served.box.tmp / "apache2.pid").exists())


@pytest.mark.parametrize("shape", ["cup", "lamp", "vase", "bowl"])
def test_pictures_of_the_samples_are_drawn(shop: Shop, shape: str) -> None:
    code = "require '/opt/store/setup/picture.php'; $p = picture([200, 80, 60], $argv[1]);"
    done = shop.php("-r", f"{code} $i = imagecreatefromstring($p); echo imagesx($i), ' ', strlen($p);", shape)
    side, size = map(int, done.stdout.split())
    assert side == 600 and 1500 < size < 40000

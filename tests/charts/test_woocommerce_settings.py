"""What the woocommerce chart makes of the settings and the plan."""

import json
import runpy

import pytest

from .rendering import CHARTS, helm, render
from .test_woocommerce import SETTINGS, environment, workload


def test_settings_reach_the_set_up_as_they_were_written() -> None:
    written = environment("Job/setup-1", "settings")["STORE_SETTINGS"]
    assert "$(" not in written.replace("$$", "")
    assert json.loads(written.replace("$$", "$")) == render("woocommerce", "settings").values["settings"]


@pytest.mark.parametrize("name", ["Deployment/web", "CronJob/cron", "Job/setup-1"])
def test_whoever_sends_mail_knows_the_mail_server(name: str) -> None:
    known = environment(name, "settings")
    assert {key: known[key] for key in ("STORE_SMTP_HOST", "STORE_SMTP_PORT", "STORE_MAIL_FROM", "STORE_XMLRPC")} == {
        "STORE_SMTP_HOST": "mail.example.org", "STORE_SMTP_PORT": "465", "STORE_MAIL_FROM": "shop@example.org",
        "STORE_XMLRPC": "true",
    }  # fmt: skip
    (volume,) = (volume for volume in workload(name, "settings").pod["volumes"] if volume["name"] == "settings")
    assert volume["secret"] == {
        "secretName": "store-secrets-settings", "defaultMode": 0o440, "optional": True,
        "items": [{"key": "smtpPassword", "path": "smtp-password"}],
    }  # fmt: skip
    assert "settings" not in {volume["name"] for volume in workload(name).pod["volumes"]}


@pytest.mark.parametrize(("memory", "workers"), [("128Mi", 4), ("256Mi", 8), ("512Mi", 12), ("2Gi", 12)])
def test_a_bigger_plan_serves_more_at_a_time(memory: str, workers: int) -> None:
    only = ("-s", "templates/wordpress/deployment.yaml", "--set", f"resources.web.limit={memory}")
    done = helm("template", "x", str(CHARTS / "woocommerce"), *only)
    assert f'{{name: WEB_WORKERS, value: "{workers}"}}' in done.stdout


@pytest.mark.parametrize(("memory", "held"), [("32Mi", "16mb"), ("128Mi", "64mb"), ("1Gi", "512mb")])
def test_the_cache_holds_half_of_its_memory(memory: str, held: str) -> None:
    only = ("-s", "templates/mariadb/statefulset.yaml", "--set", f"resources.cache.limit={memory}")
    done = helm("template", "x", str(CHARTS / "woocommerce"), *only)
    assert f"args: [--maxmemory, {held}]" in done.stdout


def test_the_chart_takes_the_settings_that_the_engine_declares() -> None:
    stores = runpy.run_path(str(CHARTS.parent / "stores" / "engines.py"))
    wishes = runpy.run_path(str(CHARTS.parent / "stores" / "wishes.py"))
    assert wishes["settings"](stores["ENGINES"]["woocommerce"].wishes, {}) == SETTINGS

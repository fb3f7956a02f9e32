"""The way from a terminal to the dashboard's state, and what is published there."""

import stat
from pathlib import Path

import pytest

from commands import connect, publish
from commands.platform import place_of
from toolbox.errors import UserError


def test_the_variables_lead_to_the_forwarded_port() -> None:
    values = connect.variables({"state-password": "s3", "passphrase": "open"}, 4711)
    assert values == {
        "PULUMI_BACKEND_URL": "postgres://state:s3@127.0.0.1:4711/state?sslmode=disable",
        "PULUMI_CONFIG_PASSPHRASE": "open",
        "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
        "STOREFLEET_CONNECTED": "true",
    }


def test_the_script_is_its_owners_alone_also_when_one_lies_there(tmp_path: Path) -> None:
    script = tmp_path / "connect.sh"
    script.write_text("old")
    script.chmod(0o644)
    connect.write_script({"A": "b"}, script)
    assert stat.S_IMODE(script.stat().st_mode) == 0o600
    assert script.read_text() == "unset PULUMI_CONFIG_PASSPHRASE_FILE\nexport A='b'\n"


def test_what_is_published_has_outputs_and_nothing_to_destroy() -> None:
    (root,) = publish.deployment("local", {"domain": "d.io"})["deployment"]["resources"]
    assert root == {
        "urn": "urn:pulumi:local::storefleet::pulumi:pulumi:Stack::storefleet-local",
        "custom": False,
        "type": "pulumi:pulumi:Stack",
        "outputs": {"domain": "d.io"},
    }


def test_a_broken_file_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "platform.json").write_text("{")
    with pytest.raises(UserError, match="does not hold the platform's outputs"):
        publish.publish(tmp_path / "platform.json", "local")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "none"),
        ("config:\n  storefleet:domain: d\n", "none"),
        ("config:\n  storefleet:dashboard: cluster\n", "cluster"),
    ],
)
def test_the_dashboards_place_is_remembered(text: str, place: str) -> None:
    assert place_of(text) == place

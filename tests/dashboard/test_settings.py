"""Settings: from the environment, frozen, passed on, documented."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from dashboard.settings import PREFIX, ROOT, Settings

PAGE = ROOT / "docs" / "dashboard.md"


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STOREFLEET_VAR", str(tmp_path))
    monkeypatch.setenv(f"{PREFIX}CONCURRENCY", "3")
    settings = Settings()
    assert (settings.var, settings.concurrency) == (tmp_path, 3)
    assert settings.database_url == f"sqlite:///{tmp_path}/dashboard/dashboard.db"


def test_another_process_reads_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = Settings.model_validate({"var": tmp_path, "port": 1234, "provisioner": "fake", "worker_token": "t"})
    for name, value in given.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == given


@pytest.mark.parametrize(
    ("name", "value"), [("concurrency", 0), ("port", 70000), ("provisioner", "magic"), ("attempts", 0)]
)
def test_wrong_values_are_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings.model_validate({name: value})


def test_settings_do_not_change_and_show_no_secret() -> None:
    settings = Settings.model_validate({"operator_password": "hunter2"})
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1
    assert "hunter2" not in repr(settings)


def test_the_documentation_lists_every_setting_as_it_is() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| .*? \| (.*?) \|$", PAGE.read_text(), re.MULTILINE))
    fields = {name: field.description for name, field in Settings.model_fields.items()}
    wanted = {"STOREFLEET_VAR" if k == "var" else PREFIX + k.upper(): text for k, text in fields.items()}
    assert rows == wanted

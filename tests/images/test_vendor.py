"""Zips get into an image only with the hash of the lock, and never by accident."""

import dataclasses
import io
from pathlib import Path

import pytest

from images import vendor
from images.buildah import Buildah
from images.recipes import lock
from tests.images.conftest import order_with_plugin
from toolbox.errors import UserError
from toolbox.process import CommandFailed

ZIP = b"PK\x05\x06" + bytes(18)
PINS = {"plugins/x.zip": {"sha256": "0" * 64}, "themes/y.zip": {"sha256": "1" * 64}, "wordpress.zip": {"sha256": "2"}}


def zips(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(ZIP)
    return folder


def test_only_what_lies_there_is_named(tmp_path: Path) -> None:
    assert vendor.arguments(tmp_path, PINS) == {"WORDPRESS_SHA256": "", "VENDOR": ""}
    assert vendor.arguments(zips(tmp_path, *PINS), PINS) == {
        "WORDPRESS_SHA256": "2",
        "VENDOR": f"plugins/x.zip={'0' * 64} themes/y.zip={'1' * 64}",
    }


def test_a_zip_without_a_pin_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"vendor/plugins/other\.zip is not in images/lock\.json"):
        vendor.arguments(zips(tmp_path, "plugins/other.zip"), PINS)


def test_every_pin_is_complete() -> None:
    for name, pin in lock()["vendor"].items():
        assert name == vendor.CORE or name.split("/")[0] in ("plugins", "themes")
        assert name.endswith(".zip") and pin["url"].startswith("https://")
        assert len(pin["sha256"]) == 64 and pin["bytes"] > 0


def test_a_download_with_another_hash_is_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pin = {"url": "https://example.org/x.zip", "bytes": 100, "sha256": "0" * 64}
    monkeypatch.setattr(vendor, "lock", lambda: {"vendor": {"plugins/x.zip": pin}})
    monkeypatch.setattr(vendor, "FOLDER", tmp_path)
    monkeypatch.setattr(vendor.urllib.request, "urlopen", lambda *_, **__: io.BytesIO(ZIP))  # type: ignore[attr-defined]
    with pytest.raises(UserError, match="does not have the sha256"):
        vendor.fetch()
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.built
def test_a_changed_zip_ends_the_build(tmp_path: Path) -> None:
    order = order_with_plugin(tmp_path, "localhost/never")
    with (order.folder / "vendor" / "plugins" / "hello-shop.zip").open("ab") as packed:
        packed.write(b"changed")
    words = order.arguments["VENDOR"].replace("plugins/hello-shop.zip=", "plugins/hello-shop.zip=0")
    wrong = dataclasses.replace(order, arguments={**order.arguments, "VENDOR": words})
    with pytest.raises(CommandFailed) as raised:
        Buildah().build(wrong, tmp_path / "log")
    assert "plugins/hello-shop.zip does not have the sha256 that images/lock.json names" in raised.value.output

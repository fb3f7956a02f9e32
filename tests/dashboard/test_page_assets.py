"""The pages' own files: named by content, cached for good, complete."""

import re
from pathlib import Path

import jinja2
import pytest
from fastapi import Request

from dashboard.page_assets import BRIEFLY, FOREVER, HERE, make_templates, read_assets


def request(**headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": pairs})


def test_files_are_kept_for_ever_under_their_version_only() -> None:
    assets = read_assets()
    now = assets.response(request(), assets.version, "app.css")
    old = assets.response(request(), "0ld", "app.css")
    assert now is not None and now.headers["cache-control"] == FOREVER
    assert old is not None and old.headers["cache-control"] == BRIEFLY
    assert assets.response(request(), assets.version, "../page_assets.py") is None


def test_version_follows_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a {}")
    before = read_assets(tmp_path).version
    (tmp_path / "a.css").write_text("b {}")
    assert read_assets(tmp_path).version != before


def test_compressed_and_unchanged_answers() -> None:
    assets = read_assets()
    packed = assets.response(request(accept_encoding="gzip, br"), assets.version, "app.css")
    assert packed is not None and packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(assets.files["app.css"].body) / 2
    known = assets.response(request(if_none_match=f'"{assets.version}"'), assets.version, "app.css")
    assert known is not None and known.status_code == 304


def test_modules_import_only_files_that_are_there() -> None:
    assets = read_assets()
    named = {name for name, asset in assets.files.items() if name.endswith(".js")}
    for name in named:
        for target in re.findall(r'from "\./([^"]+)"', assets.files[name].body.decode()):
            assert target in named, f"{name} imports {target}"


def test_style_sheet_and_scripts_load_nothing_from_elsewhere() -> None:
    for name, asset in read_assets().files.items():
        if name.endswith((".css", ".js")):
            assert not re.search(rb"https?://|@import", asset.body), name


def test_every_letter_has_its_flag() -> None:
    sprite = (HERE / "static" / "flags.svg").read_text()
    assert re.findall(r'<symbol id="(\w)"', sprite) == list("abcdefghijklmnopqrstuvwxyz")


def test_templates_refuse_names_that_are_not_there() -> None:
    templates = make_templates(read_assets())
    with pytest.raises(jinja2.UndefinedError):
        templates.from_string("{{ nothing }}").render()
    assert templates.from_string("{{ text }}").render(text="<b>") == "&lt;b&gt;"

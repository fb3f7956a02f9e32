"""What the woocommerce chart tells whoever installs it with Helm alone."""

import shutil
from pathlib import Path

import yaml

from .rendering import CHARTS, case_file, helm


def notes(case: str, folder: Path) -> str:
    """Helm renders notes only with a cluster, so a copy of the chart includes them in an object."""
    chart = Path(shutil.copytree(CHARTS / "woocommerce", folder / "chart"))
    text = (chart / "templates" / "NOTES.txt").read_text()
    (chart / "templates" / "_notes.tpl").write_text('{{ define "notes" }}' + text + "{{ end }}")
    (chart / "templates" / "notes.yaml").write_text('text: {{ include "notes" . | toJson }}')
    only = ("-s", "templates/notes.yaml", "-n", "store-example")
    done = helm("template", "x", str(chart), "-f", str(case_file("woocommerce", case)), *only)
    assert done.returncode == 0, done.stderr
    return str(yaml.safe_load(done.stdout)["text"])


PASSWORD = """Password of admin for {url}/wp-admin/:
  kubectl -n store-example get secret store-secrets -o jsonpath='{{.data.admin-password}}' | base64 -d
"""


def test_notes_say_that_there_is_no_shop_and_how_to_get_one(tmp_path: Path) -> None:
    url = "http://example.127.0.0.1.nip.io"
    assert notes("local", tmp_path) == (
        f"Example answers on {url}\n"
        "WooCommerce is not in this image: this is WordPress without a shop.\n"
        "Add it on a connected machine with: make fetch-vendor images platform\n"
    ) + PASSWORD.format(url=url)


def test_notes_name_the_version_that_is_there(tmp_path: Path) -> None:
    url = "https://example.shops.example.org"
    assert notes("prod", tmp_path) == (
        f"Blue Bottle answers on {url}\nWooCommerce 10.9.4 is in this image; the set-up has switched it on.\n"
    ) + PASSWORD.format(url=url)

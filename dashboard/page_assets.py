"""The pages' own files and templates: read once, named by their content, cached for good."""

import gzip
import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import jinja2
from fastapi import Request, Response

from dashboard.page_text import age, plural, stamp

HERE = Path(__file__).resolve().parent
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
FOREVER = "public, max-age=31536000, immutable"
BRIEFLY = "no-cache"


@dataclass(frozen=True)
class Asset:
    """One file: its bytes, the same gzipped ("" where that gains nothing), and its media type."""

    body: bytes
    packed: bytes
    media_type: str


@dataclass(frozen=True)
class Assets:
    """All files under static/; `version` changes when any of them does.

    One version for all lets modules and style sheets name each other by relative addresses.
    """

    files: dict[str, Asset]
    version: str

    def url(self, name: str) -> str:
        """The address under which a browser may keep `name` for ever; `KeyError` for no such file."""
        return f"/static/{self.version}/{name}" if self.files[name] else ""

    def response(self, request: Request, version: str, name: str) -> Response | None:
        """The answer to a request for `name`; None if there is no such file.

        A page of an older version that is still open gets today's file, and keeps it only briefly.
        """
        asset = self.files.get(name)
        if asset is None:
            return None
        tag = f'"{self.version}"'
        headers = {"Cache-Control": FOREVER if version == self.version else BRIEFLY, "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        if asset.packed and "gzip" in request.headers.get("accept-encoding", ""):
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            return Response(asset.packed, media_type=asset.media_type, headers=headers)
        return Response(asset.body, media_type=asset.media_type, headers=headers)


def read_assets(folder: Path = HERE / "static") -> Assets:
    """Read every file of a known type below `folder`."""
    files: dict[str, Asset] = {}
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix not in TYPES:
            continue
        name, body = path.relative_to(folder).as_posix(), path.read_bytes()
        packed = b"" if path.suffix == ".woff2" else gzip.compress(body, mtime=0)
        files[name] = Asset(body, packed, TYPES[path.suffix])
        digest.update(name.encode() + b"\0" + body)
    return Assets(files, digest.hexdigest()[:12])


def make_templates(assets: Assets, folder: Path = HERE / "templates") -> jinja2.Environment:
    """The templates' environment: everything is escaped, and a name that is not there is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["asset"] = assets.url
    environment.filters["plural"] = plural
    environment.filters["stamp"] = stamp
    environment.filters["age"] = _age_now
    return environment


@jinja2.pass_context
def _age_now(context: jinja2.runtime.Context, at: datetime | None) -> str:
    return age(at, context["now"])

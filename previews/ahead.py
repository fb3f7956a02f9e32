"""Imported once, by the server that previews are forked from: what each of them needs (1 s of CPU)."""

from dashboard.engine import import_ahead
from previews import child

__all__ = ["child"]
import_ahead()

"""Waiting for what other threads do."""

import time
from collections.abc import Callable
from typing import Any


def eventually(true: Callable[[], Any], seconds: float = 90.0) -> None:
    """Poll until `true()` holds; fail after `seconds`, which are many: the machine may be busy."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"not true after {seconds:.0f} s"
        time.sleep(0.02)

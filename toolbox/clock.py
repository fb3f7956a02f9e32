"""Time as lines of progress tell it."""

import time


def elapsed(begin: float) -> str:
    """`1:05`, minutes and seconds since `begin`, a moment of `time.monotonic`."""
    minutes, seconds = divmod(int(time.monotonic() - begin), 60)
    return f"{minutes}:{seconds:02d}"

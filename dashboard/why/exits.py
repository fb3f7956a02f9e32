"""What a container's end means."""

from dashboard.why.facts import JSON

MEANINGS = {
    126: "its command may not be executed",
    127: "its command does not exist",
    134: "it aborted itself",
    137: "it was killed",
    139: "it crashed: segmentation fault",
    143: "it was asked to end",
}
"""Exit codes as shells and the kernel use them: 126 and 127 by POSIX, above 128 the signal's number plus 128."""


def exit_words(ended: JSON) -> str:
    """ "exit code 137 (OOMKilled)" and the like, from a container's `terminated` state."""
    code, reason = int(ended.get("exitCode", 0)), str(ended.get("reason") or "")
    meaning = reason if reason not in ("", "Error", "Completed") else MEANINGS.get(code, "")
    message = " ".join(str(ended.get("message") or "").split())[:300]
    return f"exit code {code}" + (f" ({meaning})" if meaning else "") + (f": {message}" if message else "")

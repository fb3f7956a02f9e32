"""Known failures in plain words, and the cleaning of everything else before a user reads it."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from dashboard.model import Failure

LONGEST = 800
"""Characters of a message; the rest is in the operation's log."""


@dataclass(frozen=True)
class Known:
    """A failure recognised by `marks`, any of which may occur in what Pulumi says."""

    marks: Sequence[str]
    failure: Failure


def _known(reason: str, message: str, cure: str, *marks: str, retryable: bool = False) -> Known:
    return Known(marks, Failure(reason, message, cure, retryable))


# The first that fits wins, so the causes come before their consequences.
KNOWN = (
    _known("WrongPassphrase", "the passphrase does not open this stack's secrets",
           "set PULUMI_CONFIG_PASSPHRASE_FILE to the file that was used when the stack was made",
           "incorrect passphrase", "passphrase must be set", "unable to find either `PULUMI_CONFIG_PASSPHRASE`"),
    _known("Locked", "another operation holds the stack's lock",
           "wait for it; if none runs, call 'pulumi cancel' on the stack and try again",
           "currently locked by", retryable=True),
    _known("PlatformMissing", "the platform stack does not exist", "run 'make platform' first",
           'unknown stack "organization/storefleet', "the platform stack"),
    _known("NameTaken", "a namespace of this name exists and is not this store's",
           "choose another name, or delete the namespace first",
           "exists and is not this store's", "is not storefleet's"),
    _known("NamespaceTerminating", "the namespace of an earlier store of this name is still being deleted",
           "try again in a minute", "is still being deleted", "because it is being terminated", retryable=True),
    # A pod's token ends with the pod, a moment before its processes do: the next worker has a good one.
    _known("Unauthorized", "the cluster no longer accepts the credentials of whoever ran this",
           "if it happens again, check KUBECONFIG or the worker's ServiceAccount",
           "provide credentials", "Unauthorized", retryable=True),
    _known("Unreachable", "the cluster does not answer", "start it with 'make up', or check KUBECONFIG",
           "cluster is unreachable", "the cluster does not answer", "connection refused", "no such host",
           "TLS handshake timeout", "i/o timeout", retryable=True),
    _known("QuotaExceeded", "the store does not fit into its quota", "choose a larger plan",
           "exceeded quota", "forbidden: exceeded"),
    _known("Forbidden", "the worker may not do that in the cluster", "bring the platform up to date: 'make platform'",
           "is forbidden:", "Forbidden"),
    _known("ReleaseExists", "a Helm release of this store exists that Pulumi does not know",
           "delete the store and make it again, or 'helm uninstall' the release if it holds nothing of value",
           "cannot re-use a name that is still in use"),
    _known("ReleasePending", "an earlier install or upgrade of the release was interrupted", "retry",
           "another operation (install/upgrade/rollback) is in progress", retryable=True),
    _known("FieldConflict", "an object of this store was made or changed by somebody else",
           "delete the object that the message names, or undo the change, then retry",
           "field conflict detected", "Apply failed with"),
    # The worker puts the cluster's own reason in place of this one, if it knows one.
    _known("Timeout", "the store did not become ready in time", "look at its pods and events, then retry",
           "timed out waiting", "context deadline exceeded", "would exceed context deadline",
           "due to atomic being set", "failed to initialize completely"),
    _known("DiskFull", "the disk that holds Pulumi's state is full", "free some space, then retry",
           "no space left on device", retryable=True),
    _known("PluginMissing", "Pulumi's plugin for Kubernetes is not installed", "run 'make up'",
           "no resource plugin", "plugin cache", "failed to load plugin"),
)  # fmt: skip
VAGUE = frozenset({"", "Timeout", "NotReady", "Unknown", "Failed"})
"""Reasons that say less than the cluster's own events do."""

INTERNAL = Failure("Internal", "the store's program failed", "read the operation's log; then retry")

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_CREDENTIALS = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^/\s@]+@")
_SECRET = r"[\w.-]*(?:password|passphrase|secret|token|api[_-]?key)[\w.-]*"
_ASSIGNED = re.compile(rf"(?i)\b({_SECRET}[\"']?)(\s*[=:](?!:)\s*)(\S+)")
_RESOURCE = re.compile(r"urn:pulumi:\S+::(\S+)")


def clean(text: str) -> str:
    """`text` on one line of at most `LONGEST` characters, without credentials, colours and stack traces."""
    text = _ANSI.sub("", text)
    if "Traceback (most recent call last)" in text:
        head, _, trace = text.partition("Traceback (most recent call last)")
        text = f"{head} {trace.rstrip().rsplit(chr(10), 1)[-1]}"
    text = _RESOURCE.sub(r"\1", text)
    text = _CREDENTIALS.sub(r"\g<scheme>…@", text)
    text = _ASSIGNED.sub(r"\1\2…", text)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def explain(said: Iterable[str]) -> Failure:
    """What went wrong, from Pulumi's error messages (and its stderr, last): known in plain words, else cleaned."""
    texts = [text for text in said if text.strip()]
    for known in KNOWN:
        if any(mark in text for text in texts for mark in known.marks):
            return known.failure
    if not texts:
        return INTERNAL
    first = texts[0]
    if "python inline source runtime error" in first or "unhandled exception" in first:
        return Failure(INTERNAL.reason, f"{INTERNAL.message}: {clean(first)}", INTERNAL.cure)
    return Failure("Refused", clean(first), "mend what it names, then retry")


def better(failure: Failure, look: Callable[[], Failure | None]) -> Failure:
    """The cluster's own reason, which `look` knows or not, in place of one that says little; `retryable` stays."""
    cause = look() if failure.reason in VAGUE else None
    return replace(cause, retryable=failure.retryable) if cause else failure

"""Asks the API server whether it would take the changed objects: a server-side dry run, which stores nothing.

It sees what only the server knows: immutable fields of every kind, admission policies, Pod Security, quotas of
objects. It does not see what only happens later: pods that do not start or do not fit, a field that Helm removes
and a server-side apply leaves, webhooks that take no part in dry runs. Kubernetes asks for the right to write
(`patch`, and `create` for a new object) also for a dry run; without it the answer is no answer.
"""

import json
import re
from collections.abc import Iterable, Iterator

from dashboard.failures import clean
from previews.helm import Tools
from previews.manifests import Objects, key_of
from previews.model import Change, Finding, Level, Verb

_INVALID = re.compile(
    r'(?:The )?(?P<kind>[A-Za-z]+)(?:\.[\w.]+)? "(?P<name>[^"]+)" is (?:invalid|forbidden): (?P<why>.*)', re.DOTALL
)
_DENIED = re.compile(r"cannot (?:patch|create|get) resource")
_KINDS = {"statefulsets": "StatefulSet", "deployments": "Deployment", "persistentvolumeclaims": "PersistentVolumeClaim",
          "jobs": "Job", "cronjobs": "CronJob", "services": "Service", "ingresses": "Ingress", "secrets": "Secret",
          "configmaps": "ConfigMap"}  # fmt: skip
NOT_ALLOWED = Finding(
    Level.NOTE,
    "dry run",
    "this kubeconfig may not ask the API server (a dry run needs the right to write), so only the refusals that are "
    "known beforehand are told",
)


def refused(tools: Tools, namespace: str, changes: Iterable[Change], objects: Objects) -> Iterator[Finding]:
    """What the API server would not take of the changed and new `objects`."""
    asked = [objects[change.name] for change in changes if change.verb is not Verb.DELETE and change.name in objects]
    if not asked:
        return
    argv = ["kubectl", "apply", "--server-side", "--dry-run=server", "--force-conflicts", "--field-manager=helm",
            "--namespace", namespace, "--output=name", "--filename=-"]  # fmt: skip
    done = tools.run(argv, json.dumps({"apiVersion": "v1", "kind": "List", "items": asked}))
    if done.returncode:
        yield from read_refusals(done.stderr)


def read_refusals(said: str) -> Iterator[Finding]:
    """kubectl's error messages as findings; one that is not understood is told as it is."""
    for message in _messages(said):
        found = _INVALID.search(message)
        if _DENIED.search(message):
            yield NOT_ALLOWED
        elif found:
            kind = _KINDS.get(found["kind"], found["kind"])
            subject = key_of({"kind": kind, "metadata": {"name": found["name"]}})
            yield Finding(Level.DANGER, subject, f"the API server refuses the update: {_short(found['why'])}")
        elif message.startswith("Error from server"):
            yield Finding(Level.DANGER, "dry run", f"the API server refuses the update: {_short(message)}")
        else:
            yield Finding(Level.NOTE, "dry run", f"the API server was asked in vain: {_short(message)}")


def _messages(said: str) -> Iterator[str]:
    """Each error as one text: kubectl writes some of them over several lines."""
    begins = re.compile(r"^(?=Error from server|The [A-Za-z]+ \"|error: |Apply failed)", re.MULTILINE)
    yield from (part.strip() for part in begins.split(said) if part.strip() and not part.startswith("Warning:"))


def _short(why: str) -> str:
    text = clean(why)
    return text if len(text) <= 300 else text[:299] + "…"

"""The preview of one stack in a process of its own: a Pulumi program runs in it, whose modules and settings stay.

The process is started by `pool` and sends one `Outcome`. Nothing is written anywhere but in a temporary folder.
"""

import os
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pulumi
from pulumi import automation

from dashboard.engine import Engine
from dashboard.failures import explain
from previews import findings, helm, manifests, server
from previews.model import Change, Finding, Preview, Verb, unique
from previews.stacks import Target, write_config
from previews.steps import Steps


@dataclass(frozen=True)
class Task:
    """`foreseen` is stack name -> the outputs that it will have, where they will differ from those it has."""

    target: Target
    foreseen: Mapping[str, Mapping[str, Any]]
    ask_server: bool


@dataclass(frozen=True)
class Outcome:
    """`release` are the inputs of a Helm Release that stays as it is; empty where there is none, or it changes."""

    preview: Preview
    outputs: Mapping[str, Any]
    release: Mapping[str, Any]


def run(task: Task, pipe: Connection) -> None:
    """Main function of the process: the report's standard output is not for the program."""
    os.setsid()  # so that it can be ended with all that it starts
    os.dup2(2, 1)
    sys.dont_write_bytecode = True
    warnings.filterwarnings("ignore", module="pulumi")  # they quote raw events
    pipe.send(preview(task))


def preview(task: Task) -> Outcome:
    """Run the engine, then Helm for what is inside its release."""
    begin = time.monotonic()
    steps, target = Steps(), task.target
    expect(task.foreseen)
    said = run_engine(steps, target)
    label = target.label
    if said is not None:
        failure = explain([*steps.errors, said])
        told = f"{failure.message}; {failure.cure}" if failure.cure else failure.message
        return Outcome(Preview(label, failure=told, seconds=time.monotonic() - begin), {}, {})
    result = Preview(label, steps.counts, steps.resources, findings=unique(findings.losses(steps.resources)))
    try:
        inside, found = look_inside(helm.Tools(target.code), steps, task.ask_server)
        result = replace(result, objects=inside, findings=unique([*result.findings, *found]))
    except helm.NotRendered as error:
        result = replace(result, failure=f"what the chart makes is not known: {error}")
    unchanged = {} if steps.release_changes else steps.release
    return Outcome(replace(result, seconds=time.monotonic() - begin), steps.outputs, unchanged)


def run_engine(steps: Steps, target: Target) -> str | None:
    """None when the preview ended well, else what the CLI said, which is not for users."""
    with tempfile.TemporaryDirectory(prefix="storefleet-preview-") as folder:
        file = Path(folder) / f"Pulumi.{target.name}.yaml"
        write_config(target.config, file)
        try:
            Engine(target.program, target.name, target.code).preview(steps, file)
        except automation.CommandError as error:
            return str(error)
        except RuntimeError as error:  # the library, when the CLI ends without a summary
            return str(error)
    return None


def look_inside(tools: helm.Tools, steps: Steps, ask_server: bool) -> tuple[tuple[Change, ...], list[Finding]]:
    """What happens to the objects of the stack's release, and what of it hurts. Raises `helm.NotRendered`.

    Of a release that stays as it is nothing changes: Helm is not called then, whatever its chart would make. But a
    quota around it may.
    """
    if not (steps.release or steps.deployed):
        return (), []
    if not steps.release_changes:
        fenced_anew = any(change.kind == "ResourceQuota" for change in steps.resources)
        return (), list(findings.overfull(helm.deployed(tools, steps.release), steps.hard)) if fenced_anew else []
    old = helm.deployed(tools, steps.deployed) if steps.deployed else {}
    new: manifests.Objects = {}
    if not any(change.kind == "Release" and change.verb is Verb.DELETE for change in steps.resources):
        same = all(steps.deployed.get(key) == steps.release[key] for key in ("name", "namespace"))
        new = (helm.upgraded if same else helm.installed)(tools, steps.release)
    changes = manifests.changes(old, new)
    found = list(findings.inspect(changes, old, new, steps.hard))
    if ask_server and old and new:
        found = merged(found, list(server.refused(tools, str(steps.release["namespace"]), changes, new)))
    return changes, found


def merged(known: list[Finding], told: list[Finding]) -> list[Finding]:
    """Of one refusal the server's words alone, where both knew it."""
    subjects = {finding.subject for finding in told}
    return [f for f in known if not (f.subject in subjects and "would be refused" in f.message)] + told


def expect(foreseen: Mapping[str, Mapping[str, Any]]) -> None:
    """From now on programs of this process read these outputs of other stacks instead of those in the state."""
    if not foreseen:
        return

    class Foreseen(pulumi.StackReference):
        def __init__(self, name: str, *arguments: Any, **options: Any) -> None:
            super().__init__(name, *arguments, **options)
            if name in foreseen:
                self.outputs = pulumi.Output.from_input(dict(foreseen[name]))

    pulumi.StackReference = Foreseen  # type: ignore[misc]  # it is what the programs call

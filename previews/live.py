"""The preview of every stack that the backend knows, against the live state and cluster."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboard.provisioner import Failed
from previews import findings, helm, manifests
from previews.child import Outcome, Task
from previews.fields import MASK, UNKNOWN
from previews.model import Preview, unique
from previews.pool import Pool
from previews.stacks import Backend, Target
from toolbox.errors import UserError
from toolbox.paths import ROOT

Foreseen = Mapping[str, Mapping[str, Any]]
LIMITS = (
    "what only happens later: pods that do not start, data that an image migrates; and what somebody changed by hand, "
    "since the state is not refreshed",
)


def live(backend: Backend, wanted: Sequence[str], pool: Pool, ask_server: bool) -> list[Preview]:
    """Previews of the platform and of the stores `wanted` (of all, if none is named), in this order.

    The stores are previewed as if the platform of this checkout had been brought up before. Raises `UserError` for
    a name that is no stack and for a backend that does not answer.
    """
    platforms, stores, failures = _targets(backend, wanted)
    first = pool.run([Task(target, {}, ask_server) for target in platforms])
    foreseen = foresee(platforms, first)
    rest = pool.run([Task(target, foreseen, ask_server) for target in stores])
    shown = [o.preview for target, o in zip(platforms, first, strict=True) if not wanted or target.name in wanted]
    return [*failures, *shown, *_unraised(rest)]


def _targets(backend: Backend, wanted: Sequence[str]) -> tuple[list[Target], list[Target], list[Preview]]:
    """The platforms, the stores, and what cannot even be asked for its configuration."""
    try:
        names, platforms = backend.names(), backend.platforms()
        if unknown := sorted(set(wanted) - {*names, *platforms}):
            raise UserError(f"there is no stack {unknown[0]!r}", "'make stores' lists the stores")
        failures: list[Preview] = []
        stores: list[Target] = []
        for name in [name for name in names if not wanted or name in wanted]:
            try:
                stores.append(backend.store(name))
            except (UserError, Failed) as error:
                failures.append(Preview(name, failure=f"its configuration cannot be read: {_said(error)}"))
        # The stores read the platform, so it is looked at whatever was asked for; only its report is left out.
        return [backend.platform(name) for name in platforms], stores, failures
    except Failed as failed:
        raise UserError(failed.failure.message, failed.failure.cure) from None


def _said(error: UserError | Failed) -> str:
    return error.cause if isinstance(error, UserError) else error.failure.message


def foresee(platforms: Sequence[Target], outcomes: Sequence[Outcome]) -> Foreseen:
    """Stack -> its outputs after an update; only of platforms whose preview succeeded and says all of them."""
    return {
        f"organization/{target.project}/{target.name}": outcome.outputs
        for target, outcome in zip(platforms, outcomes, strict=True)
        if outcome.outputs and not any(mark in str(outcome.outputs) for mark in (UNKNOWN, MASK))
    }


def _unraised(outcomes: Sequence[Outcome]) -> Iterator[Preview]:
    """The previews; of stores whose release stays as it is with a note, if their chart was changed all the same.

    One store of each chart and version is looked at: the same files make the same kind of difference in all.
    """
    seen: dict[tuple[str, str], list[str]] = {}
    for outcome in outcomes:
        preview, release = outcome.preview, outcome.release
        if not release or preview.failure:
            yield preview
            continue
        chart = str(release["chart"]), str(release.get("version", ""))
        if chart not in seen:
            seen[chart] = _hidden(release)
        found = [findings.not_raised(seen[chart])] if seen[chart] else []
        yield replace(preview, findings=unique([*preview.findings, *found]))


def _hidden(release: Mapping[str, Any]) -> list[str]:
    """Names of the objects that the chart of this checkout would make otherwise; none where that cannot be said."""
    tools = helm.Tools(ROOT / "stores")
    try:
        return [c.name for c in manifests.changes(helm.deployed(tools, release), helm.upgraded(tools, release))]
    except helm.NotRendered:
        return []

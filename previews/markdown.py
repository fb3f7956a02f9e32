"""The report for a comment on a pull request: within GitHub's limit, and safe to show whatever is in it."""

import html
from collections.abc import Iterator

from previews.groups import Group, names
from previews.model import Level, Preview
from previews.report import Report, change_lines, counts, fit, state, title

MARKER = "<!-- storefleet-preview -->"
"""First line, by which the workflow finds its own comment again."""

LIMIT = 60_000
"""Bytes; GitHub takes 65,536 characters."""


def markdown(report: Report, limit: int = LIMIT) -> str:
    """The report in at most `limit` bytes (0: all of it): what hurts first, what does not change last."""
    head = [MARKER, "## Preview", "", f"**{report.summary}**", ""]
    head += [f"> not looked at: {_safe(sentence)}" for sentence in report.limits]
    sections = ["\n".join([*head, ""]), *("\n".join(_section(group)) for group in report.groups)]
    how = "All of it: `make preview FORMAT=text` on a machine that reaches the stacks, or the job's summary."
    return fit(sections, limit, how).rstrip() + "\n"


def _section(group: Group) -> Iterator[str]:
    preview = group.preview
    if state(preview) == "same" and not preview.findings:
        yield f"**no changes** ({counts(preview)}) in {len(group.stacks)}: {_safe(names(group.stacks))}"
        yield ""
        return
    yield f"### {_safe(title(group))}"
    yield ""
    if preview.failure:
        yield f":x: **could not be previewed**: {_safe(preview.failure)}"
        yield ""
    yield from _findings(preview)
    if preview.changes:
        yield f"<details><summary>{_contents(preview)}</summary>"
        yield ""
        yield from _fenced("Resources of the stack", change_lines(preview.resources, arrow=False))
        yield from _fenced("Kubernetes objects of the chart", change_lines(preview.objects, arrow=False))
        yield "</details>"
    yield ""


def _findings(preview: Preview) -> Iterator[str]:
    for finding in preview.findings:
        mark = ":warning: **DANGER**" if finding.level is Level.DANGER else ":information_source:"
        yield f"- {mark} {_safe(finding.subject)}: {_safe(finding.message)}"
    if preview.findings:
        yield ""


def _contents(preview: Preview) -> str:
    parts = [f"Pulumi: {counts(preview)}"] if preview.counts else []
    parts += [f"objects of the chart: {len(preview.objects)}"] if preview.objects else []
    return _safe("; ".join(parts))


def _fenced(heading: str, lines: Iterator[str]) -> Iterator[str]:
    every = [line.replace("`", "'") for line in lines]  # nothing in it may end the fence
    if every:
        yield from (heading, "", "```diff", *every, "```", "")


def _safe(text: str) -> str:
    """Text that is no markup, mentions nobody and links nothing."""
    escaped = html.escape(" ".join(text.split()), quote=False)
    for sign in "\\`*_[]|~":
        escaped = escaped.replace(sign, f"\\{sign}")
    return escaped.replace("@", "@\u200b").replace("#", "#\u200b")

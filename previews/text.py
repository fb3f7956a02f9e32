"""The report for a terminal."""

from collections.abc import Iterator

from previews.groups import Group, names
from previews.model import Level
from previews.report import Report, change_lines, counts, fit, state, title

MARKS = {Level.DANGER: "!! DANGER", Level.NOTE: "   note  "}


def text(report: Report, limit: int = 0) -> str:
    """The whole report, or as much of it as `limit` bytes hold."""
    head = [report.summary, *(f"not looked at: {sentence}" for sentence in report.limits), ""]
    sections = ["\n".join(head), *("\n".join(_lines(group)) for group in report.groups)]
    return fit(sections, limit, 'Name stacks with STACKS="…", or run without --limit.').rstrip() + "\n"


def _lines(group: Group) -> Iterator[str]:
    preview = group.preview
    if state(preview) == "same":
        yield f"=== no changes ({counts(preview)}) in {len(group.stacks)}: {names(group.stacks)}"
    else:
        yield f"=== {title(group)}"
    if preview.failure:
        yield f"  FAILED: {preview.failure}"
    for finding in preview.findings:
        yield f"  {MARKS[finding.level]} {finding.subject}: {finding.message}"
    if preview.resources:
        yield f"  the stack's resources ({counts(preview)}):"
        yield from (f"    {line}" for line in change_lines(preview.resources, arrow=True))
    if preview.objects:
        yield "  Kubernetes objects of the chart:"
        yield from (f"    {line}" for line in change_lines(preview.objects, arrow=True))
    yield ""

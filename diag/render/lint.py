"""Findings about the requirements file as text: one entry each, `FILE:LINE:COLUMN: …`, as compilers write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from diag.render.layout import PAGE, value, visible, wrap
from diag.render.paint import PLAIN, Paint
from diag.report import Finding, Status

_INDENT = "  "


def render(findings: Sequence[Finding], *, width: int | None, colour: bool = False, quiet: bool = False) -> str:
    """One entry a finding, empty without any; `width` in cells wraps it with hanging indent, None keeps it one line.

    An entry says what is declared, the limit, its source, and what to declare instead; `quiet` keeps
    what is declared of those that are not waived.
    """
    paint = Paint.bright() if colour else PLAIN
    shown = [finding for finding in findings if not (quiet and finding.status is Status.WAIVED)]
    return "".join(_entry(finding, width, paint, quiet) for finding in shown)


def summary(findings: Sequence[Finding], file: str) -> str:
    """One line: how many entries have which status, or that there is nothing to say."""
    if not findings:
        return f"{file}: nothing in it is infeasible, contradictory or unobservable"
    counts = Counter(finding.status for finding in findings)
    words = [f"{counts[status]} {status.value}" for status in (Status.FAIL, Status.WARN, Status.WAIVED)]
    return f"{file}: {', '.join(words)}"


def _entry(finding: Finding, width: int | None, paint: Paint, quiet: bool) -> str:
    place = finding.declared_at
    at = f"{place}:{place.column}" if place else "?"
    head = f"{at}: {finding.status.value} {finding.severity.word} {finding.check}:"
    body = _short(finding) if quiet else "; ".join((_short(finding), *_rest(finding)))
    room = None if width is None else min(width, PAGE)
    lines = wrap(visible(f"{head} {body}"), room and room - len(_INDENT), room)
    first = paint.heading(at) + lines[0][len(at) :] if lines[0].startswith(at) else lines[0]
    return "\n".join([first, *(_INDENT + line for line in lines[1:])]) + "\n"


def _short(finding: Finding) -> str:
    return f"{finding.title}: {finding.resource}: {value(finding.required)}"


def _rest(finding: Finding) -> Sequence[str]:
    """The limit with its reason and source, and what to declare instead; or why it is waived."""
    source = f" ({finding.docs[0]})" if finding.docs else ""
    limit = f"{value(finding.observed)}: {finding.reason}{source}"
    return (limit, f"waived {finding.waiver}") if finding.waiver else (limit, *(fix.command for fix in finding.fix))

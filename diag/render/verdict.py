"""The verdict of a report in words, and the counts below it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from diag.render import gate, remedy
from diag.report import Report, Status


def verdict(report: Report, fail_on: Status = Status.FAIL) -> tuple[str, str]:
    """The verdict's word and sentence; the word agrees with `report.exit_code(fail_on)`,
    or with the gate's where the report has one."""
    if report.gate:
        return gate.verdict(report.gate)
    count = report.summary()
    total = sum(count[word] for word in ("pass", "warn", "fail", "unknown"))
    dark, unjudged = len(remedy.unseen(report)), len(remedy.not_judged(report))
    of = f"of {counted(total, 'requirement')}"
    warned = [f"{count['warn']} with a warning"] if count["warn"] else []
    code = report.exit_code(fail_on)
    if code == 1:
        if warned and fail_on is Status.WARN:
            warned = [f"{warned[0]}, which --fail-on warn counts as not met"]
        failed = [f"{count['fail']} {of} {'fails' if count['fail'] == 1 else 'fail'}"]
        return "NOT MET", " · ".join([*failed, *warned, *_doubts(dark, unjudged, "")])
    if not report.findings and report.origin.kind == "file":
        return "MET", "nothing in the file is infeasible, contradictory or unobservable"
    if not report.findings:
        return "UNDECIDED", "nothing was judged: nothing is declared, and nothing was seen that is judged always"
    if code:
        return "UNDECIDED", " · ".join([*_doubts(dark, unjudged, f" {of}"), "nothing fails", *warned])
    if not total:
        return "NOTHING APPLIES", "no requirement was judged: each is waived or does not apply"
    return "MET", " · ".join([f"{total} {of}", *warned])


def _doubts(dark: int, unjudged: int, of: str) -> Iterator[str]:
    """What was not seen and not judged; the first of the two says `of` how many."""
    if dark:
        yield f"{dark}{of} could not be seen"
    if unjudged:
        yield f"{unjudged}{'' if dark else of} declared but not judged by this version"


def counts(report: Report) -> Iterator[str]:
    """How many requirements are met, do not apply, or are waived and until when."""
    count = report.summary()
    yield f"{count['pass'] + count['warn']} met" + (f", {count['warn']} with a warning" if count["warn"] else "")
    if count["skip"]:
        yield f"{count['skip']} {'does' if count['skip'] == 1 else 'do'} not apply"
    if count["waived"]:
        findings = remedy.with_status(report, Status.WAIVED)
        days = sorted({day for finding in findings for day in re.findall(r"\d{4}-\d{2}-\d{2}", finding.waiver or "")})
        until = f" until {days[0]}" if len(days) == 1 else f", the first until {days[0]}" if days else ""
        yield f"{count['waived']} waived{until}"


def counted(number: int, noun: str) -> str:
    """`1 check`, `2 checks`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

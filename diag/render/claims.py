"""A health page that never moves, in a sentence, and beside the finding of its probe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from diag.render.times import span
from diag.report import Evidence, Finding, Report
from diag.update import Aspect, Unmoved

_WHAT = {
    Aspect.ANSWER: "the same answer byte for byte",
    Aspect.PARTS: "the same claims about its parts",
    Aspect.VALUES: "the same values",
}


def sentence(one: Unmoved) -> str:
    """`the same answer byte for byte in 12 runs over 3 h, while 2 other requirements turned to fail or from it`."""
    said = f"{_WHAT[one.aspect]} in {one.runs} runs over {span((one.until - one.since).total_seconds())}"
    shown = one.values[:3]
    if shown:
        more = f" and {len(one.values) - 3} more" if len(one.values) > 3 else ""
        said += f", {', '.join(shown)}{more} included"
    meanwhile = [f"{_others(one.turned, 'requirement')} turned to fail or from it"] if one.turned else []
    meanwhile += [f"{_others(one.failing, 'probe')} failed all that time"] if one.failing else []
    said += f", while {' and '.join(meanwhile)}" if meanwhile else ""
    return f"{said}: it is a claim, and did not follow what was measured" if one.notable and meanwhile else said


def _others(number: int, what: str) -> str:
    return f"{number} other {what}{'' if number == 1 else 's'}"


def beside(report: Report, unmoved: Iterable[Unmoved]) -> Report:
    """The report that points out the claims which did not move, and still say the same: no status changes by it."""
    found = {(one.subject.check, one.subject.resource, one.subject.vantage): one for one in unmoved if one.notable}
    pairs = [(finding, _of(finding, found.get(_key(finding)))) for finding in report.findings]
    notes = [f"{finding.resource}: {sentence(one)}" for finding, one in pairs if one]
    if not notes:
        return report
    findings = tuple(_with(finding, one) if one else finding for finding, one in pairs)
    return replace(report, findings=findings, notes=tuple(dict.fromkeys((*report.notes, *notes))))


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.check, finding.resource, finding.probe.vantage if finding.probe else ""


def _of(finding: Finding, one: Unmoved | None) -> Unmoved | None:
    """What is known of the page, if this answer is the same once more."""
    claim = finding.probe.claim if finding.probe else None
    if not one or not claim:
        return None
    now = {Aspect.ANSWER: claim.answer, Aspect.PARTS: claim.parts, Aspect.VALUES: claim.values}
    return one if now[one.aspect] == one.digest else None


def _with(finding: Finding, one: Unmoved) -> Finding:
    at = one.until.strftime("%Y-%m-%dT%H:%M:%SZ")
    said = Evidence("history", "compare", "claimed, unmoved", sentence(one), at, finding.resource)
    return replace(finding, evidence=(*finding.evidence, said))

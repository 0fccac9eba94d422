"""The report as JUnit XML: a test suite a product, a test case a finding.

fail is a failure; unknown is an error, for nothing was shown either way; skip and waived are skipped, with the
reason; warn passes, with its text as output, unless warnings count as not met. It keeps to the schema of the
Jenkins xUnit plugin, which knows no `skipped` on `testsuites`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from diag.render.detail import lines, of_the_whole
from diag.render.layout import value, visible
from diag.report import Finding, Report, Status
from diag.values import dataclass

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write, escaped or not."""


def render(report: Report, fail_on: Status = Status.FAIL) -> str:
    """One XML document in UTF-8, its counts those of the findings; times in seconds."""
    root = Element("testsuites", name="diag", time=f"{report.duration_s:.3f}")
    products: dict[str, list[_Case]] = {}
    whole = of_the_whole(report)
    for case in _cases([*report.findings, *([whole] if whole else [])], fail_on):
        products.setdefault(case.finding.check.partition(".")[0], []).append(case)
    for product, cases in products.items():
        _suite(root, product, cases, report)
    _count(root, [case for cases in products.values() for case in cases])
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


@dataclass(frozen=True)
class _Case:
    finding: Finding
    name: str
    outcome: str | None
    """The element that says how it went; None for a pass."""


def _cases(findings: Sequence[Finding], fail_on: Status) -> Iterator[_Case]:
    """Each finding under a name of its own: its resource, and what is required where that is not enough."""
    outcomes = {
        Status.FAIL: "failure",
        Status.WARN: "failure" if fail_on is Status.WARN else None,
        Status.UNKNOWN: "error",
        Status.SKIP: "skipped",
        Status.WAIVED: "skipped",
    }
    times = Counter((finding.check, finding.resource) for finding in findings)
    for finding in findings:
        alone = times[finding.check, finding.resource] == 1 or finding.required is None
        name = finding.resource if alone else f"{finding.resource}: {value(finding.required)}"
        yield _Case(finding, visible(name), outcomes.get(finding.status))


def _suite(root: Element, product: str, cases: Sequence[_Case], report: Report) -> None:
    suite = SubElement(root, "testsuite", name=_xml(product), timestamp=_xml(report.origin.taken_at))
    _count(suite, cases)
    suite.set("skipped", str(sum(case.outcome == "skipped" for case in cases)))
    suite.set("time", f"{sum(map(_seconds, cases)):.3f}")
    properties = SubElement(suite, "properties")
    for name, said in _about(report):
        SubElement(properties, "property", name=name, value=_xml(said))
    for case in cases:
        _case(suite, case)


def _case(suite: Element, case: _Case) -> None:
    finding = case.finding
    element = SubElement(suite, "testcase", classname=_xml(finding.check), name=_xml(case.name))
    element.set("time", f"{_seconds(case):.3f}")
    said = "\n".join(map(_xml, lines(finding)))
    if case.outcome:
        outcome = SubElement(element, case.outcome, type=_type(finding), message=_xml(_message(finding)))
        outcome.text = said
    elif finding.status is Status.WARN:
        SubElement(element, "system-out").text = f"warning: {_xml(finding.title)}\n{said}"


def _count(element: Element, cases: Sequence[_Case]) -> None:
    outcomes = Counter(case.outcome for case in cases)
    for name, count in (("tests", len(cases)), ("failures", outcomes["failure"]), ("errors", outcomes["error"])):
        element.set(name, str(count))


def _seconds(case: _Case) -> float:
    return sum(case.finding.probe.timings_s.values()) if case.finding.probe else 0.0


def _type(finding: Finding) -> str:
    return finding.severity.word if finding.status is Status.FAIL else finding.status.value


def _message(finding: Finding) -> str:
    if finding.status is Status.WAIVED:
        return f"waived {finding.waiver or ''}".strip()
    return finding.reason if finding.reason and finding.status is not Status.FAIL else finding.title


def _about(report: Report) -> Iterator[tuple[str, str]]:
    """The run, in names and values; those that are known."""
    origin = report.origin
    known = {
        "project": report.project,
        "region": report.region,
        "environment": report.environment,
        "source": origin.kind,
        "path": origin.path,
        "principal": origin.principal,
        "taken_at": origin.taken_at,
    }
    yield from ((name, said) for name, said in known.items() if said)
    yield from (("note", note) for note in report.notes)


def _xml(text: str) -> str:
    """Text on one line, each character that XML cannot hold or a terminal obeys written as an escape."""
    return _NOT_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", visible(text))

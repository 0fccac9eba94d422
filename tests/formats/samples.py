"""Reports to render in every format: the renderers' own, hostile ones, large ones; and the formats by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from diag.cli.formats import RENDERERS, Look
from diag.report import Evidence, Finding, Fix, Origin, Place, ProbeDetails, Report, Severity, Status
from tests.render import reports

SUFFIXES = {"json": "json", "markdown": "md", "junit": "xml", "sarif": "sarif", "csv": "csv", "github": "txt"}
"""What a golden page of the format ends in."""

STEERING = "\x1b[2J\x1b]0;owned\x07\r\x08\x00\x7f\x9b31m\u202egnp\u2028\u2066\ufeff"
"""Everything by which a text could steer a terminal or reorder a line."""

NASTY = (
    STEERING,
    "<script>alert(1)</script>",
    "[click](https://evil.example) ![x](https://evil.example/x.png) <https://evil.example>",
    "https://evil.example www.evil.example @everyone #1 GH-1 ada@example.com",
    "a | b \\| c || `code` ``` ```` ~~~",
    "=HYPERLINK(1)",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\n::error::injected\n::set-output name=x::y",
    "## heading\n- list\n1. one\n---\n> quote\n\n    code",
    "%0A::warning::x, title=y: z",
    "{0} {1} {{x}} [a](1)",
    "]]> <!-- --> &amp; &#60; ' \"",
    "\ufffe\uffff\U0001f600 é 漢字",
    'x","y"\r\n"z;w',
    "",
    " ",
)


def hostile(text: str, status: Status = Status.FAIL) -> Finding:
    """A finding with the text wherever text from outside can stand."""
    return Finding(
        check="own.rule",
        status=status,
        severity=Severity.HIGH,
        title=text,
        resource=f"projects/netra-staging/{text}",
        required={text: [text, {"k": text}]},
        observed=text,
        evidence=(Evidence("run.googleapis.com", "GetService", text, text, reports.AT, text),),
        declared_at=Place(f"{text}diag.yaml", 3, 4),
        reason=text,
        fix=(Fix(f"gcloud {text}"), Fix(text, mutates=False)),
        docs=(text,),
        permission=text or None,
        waiver=text if status is Status.WAIVED else None,
        not_consulted=(text,),
        probe=ProbeDetails("tls", {"tcp": 0.5}, "application", text, text),
    )


def hostile_report(text: str) -> Report:
    """A report whose every text is that text, with a finding of each status."""
    findings = tuple(hostile(text, status) for status in Status)
    origin = Origin("live", reports.AT, text, text, text, text)
    return Report(text, text, text, origin, 0.5, findings, (text,))


def large(findings: int) -> Report:
    """A report of that many findings, each of another resource, of all statuses in turn."""
    statuses = list(Status)
    return reports.report(*(_numbered(number, statuses[number % len(statuses)]) for number in range(findings)))


def _numbered(number: int, status: Status) -> Finding:
    return replace(reports.NAT_MISSING, status=status, resource=f"projects/netra-staging/connectors/connector-{number}")


def rendered(format: str, report: Report, look: Look | None = None) -> str:
    """The report in the format of that name."""
    return "".join(RENDERERS[format](report, look or Look()))


def strings(thing: object) -> Iterator[str]:
    """Every text in plain data, keys included."""
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, dict):
        for key, value in thing.items():
            yield from (key, *strings(value))
    elif isinstance(thing, list):
        for item in thing:
            yield from strings(item)

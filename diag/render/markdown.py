"""The report as GitHub-flavoured Markdown, for a ticket: the verdict, tables, details, and what was not seen.

Text from outside stays text: a word with anything but letters, digits and plain punctuation becomes a code span,
commands and evidence stand in fenced blocks. So no resource's name can break a table, make a link, mention
anybody or bring HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from diag.render import gate, remedy
from diag.render.detail import controls, evidence_line, short_name, some
from diag.render.layout import is_command, value, visible
from diag.render.probes import lines as probe_lines
from diag.render.verdict import counted, counts, verdict
from diag.report import Finding, Report, Status

_OPENING, _CLOSING = "\"'([", "\"')].,;:!?"
_PLAIN = re.compile(r"[^\W_]+(?:(?:[-/,'’%]|\.(?=\d))[^\W_]+)*%?|[-–—·…=+/×→−≥≤%]")
"""A word that no Markdown dialect reads as anything but itself."""

_LINK = re.compile(r"(?:GH-\d+|www\..*|(?=.*\d)[0-9a-f]{7,40})", re.IGNORECASE)
"""Plain words of which GitHub would make a link to an issue, a site or a commit."""

_URL = re.compile(r"https://[A-Za-z0-9./_~#?=&%-]+")
_SYMBOLS = {Status.PASS: "✓", Status.WARN: "!", Status.FAIL: "✗", Status.UNKNOWN: "?"}


def render(report: Report, fail_on: Status = Status.FAIL) -> str:
    """One document, ending in a newline; `fail_on` as the exit code is computed with it."""
    word, said = verdict(report, fail_on)
    parts = [
        [f"# {word}", "", prose(said)],
        _about(report),
        _block("text", gate.lines(report.gate)) if report.gate else [],
        *_findings("Not met", remedy.with_status(report, Status.FAIL)),
        *_findings("Warnings", remedy.with_status(report, Status.WARN)),
        *_unseen(report),
        *_not_judged(report),
        *_waived(report),
        *_probes(report),
        *_counts(report),
        [f"Next: {code(remedy.next_step(report, fail_on))}"],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


# Text from outside


def prose(text: str) -> str:
    """A sentence as it reads; words that could be Markdown, HTML, a link or a mention as code spans."""
    return " ".join(_word(word) for word in visible(text).split())


def _word(word: str) -> str:
    core = word.lstrip(_OPENING)
    before, core = word[: len(word) - len(core)], core.rstrip(_CLOSING)
    after = word[len(before) + len(core) :]
    if not core:
        return code(word)
    return before + (core if _PLAIN.fullmatch(core) and not _LINK.fullmatch(core) else code(core)) + after


def code(text: str) -> str:
    """A code span that nothing in the text ends."""
    shown = visible(text)
    if not shown.strip():
        return "–"
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` \\" else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def _block(language: str, lines: Iterable[str]) -> list[str]:
    """A fenced block; none without lines. Each begins with a word of ours, so that none can end it."""
    shown = [visible(line) for line in lines]
    return [f"```{language}", *shown, "```"] if shown else []


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [row(columns), row(["---"] * len(columns)), *map(row, rows)]


def row(cells: Sequence[str]) -> str:
    """A row of a table, its cells as `prose` or `code` gave them; no pipe in them splits it."""
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    """Pipes escaped; one that a backslash precedes by its code, for renderers differ on what that means."""
    return text.replace(r"\|", r"\\x7c").replace("|", r"\|")


def _said(thing: object) -> str:
    return "–" if thing is None else prose(value(thing)) or "–"


def _place(finding: Finding) -> str:
    return code(str(finding.declared_at)) if finding.declared_at else "–"


# Parts, each a list of lines


def _about(report: Report) -> list[str]:
    origin = report.origin
    known: Mapping[str, str | None] = {
        "project": report.project,
        "region": report.region,
        "environment": report.environment,
        origin.kind: origin.path or origin.principal,
        "taken at": origin.taken_at,
    }
    said = [f"{label} {code(text)}" for label, text in known.items() if text]
    return [" · ".join(said), *(f"\nNote: {prose(note)}" for note in report.notes)]


def _findings(heading: str, findings: Sequence[Finding]) -> Iterator[list[str]]:
    if not findings:
        return
    yield [f"## {heading}"]
    columns = ("severity", "check", "resource", "required", "observed", "declared")
    yield _table(
        columns,
        (
            (
                finding.severity.word,
                code(finding.check),
                code(short_name(finding.resource)),
                _said(finding.required),
                _said(finding.observed),
                _place(finding),
            )
            for finding in findings
        ),
    )
    for finding in findings:
        yield from _detail(finding)


def _detail(finding: Finding) -> Iterator[list[str]]:
    yield [f"### {_SYMBOLS.get(finding.status, '')} {prose(finding.title)}"]
    facts = {
        "Check": f"{code(finding.check)} · {finding.severity.word}",
        "Resource": code(finding.resource),
        "Required": _said(finding.required),
        "Observed": _said(finding.observed),
        "Why": prose(finding.reason),
        "Declared": _place(finding),
        "From": prose(finding.probe.vantage) if finding.probe else "",
        "Not consulted": prose(", ".join(finding.not_consulted)),
        "Controls": code(controls(finding)),
        "See": " ".join(f"<{url}>" if _URL.fullmatch(url) else code(url) for url in finding.docs),
    }
    yield [f"- {label}: {said}" for label, said in facts.items() if said not in ("", "–")]
    for label, mutates in (("Fix", True), ("Look", False)):
        said = [fix.command for fix in finding.fix if fix.mutates is mutates]
        yield [f"{label}: {prose(text)}\n" for text in said if not is_command(text)]
        yield from _labelled(label, "sh", filter(is_command, said))
    yield from _labelled("Evidence", "text", map(evidence_line, finding.evidence))


def _labelled(label: str, language: str, lines: Iterable[str]) -> Iterator[list[str]]:
    if block := _block(language, lines):
        yield [f"{label}:", "", *block]


def _unseen(report: Report) -> Iterator[list[str]]:
    groups = remedy.by_reason(remedy.unseen(report))
    if not groups:
        return
    yield ["## Could not be seen"]
    rows = []
    for group in groups:
        first = group[0]
        checks = some((code(finding.check) for finding in group), " ")
        names = some((code(short_name(finding.resource)) for finding in group), " ")
        rows.append((prose(first.reason or first.title), code(first.permission or ""), checks, names))
    yield _table(("reason", "needs", "checks", "on"), rows)
    yield from _labelled("Grant it", "sh", remedy.grants(report))


def _not_judged(report: Report) -> Iterator[list[str]]:
    findings = remedy.not_judged(report)
    if findings:
        yield ["## Declared, but not judged by this version"]
        yield _table(("line", "reason"), ((_place(each), prose(each.reason or each.title)) for each in findings))


def _waived(report: Report) -> Iterator[list[str]]:
    findings = remedy.with_status(report, Status.WAIVED)
    if findings:
        yield ["## Waived"]
        rows = ((code(each.check), code(short_name(each.resource)), prose(each.waiver or "")) for each in findings)
        yield _table(("check", "resource", "waiver"), rows)


def _probes(report: Report) -> Iterator[list[str]]:
    lines = list(probe_lines(report.findings, dict.fromkeys(Status, "")))
    if lines:
        yield [f"## {prose(lines[0])}"]
        yield _block("text", lines[1:])


def _counts(report: Report) -> Iterator[list[str]]:
    summary = report.summary()
    yield [f"## {counted(len(report.findings), 'finding')}"]
    yield _table(list(summary), [[str(count) for count in summary.values()]])
    yield [" · ".join(counts(report))]

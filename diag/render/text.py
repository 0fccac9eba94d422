"""The report as text: the verdict first, the worst first, and nothing that was not seen is hidden."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from diag.render import remedy
from diag.render.detail import evidence_line, facts, short_name
from diag.render.gate import lines as gate_lines
from diag.render.layout import cells, columns, command, is_command, labelled, visible, wrap_command
from diag.render.paint import PLAIN, Paint
from diag.render.probes import lines as probe_lines
from diag.render.verdict import counted, counts, verdict
from diag.report import Finding, Report, Status
from diag.values import dataclass

SYMBOLS = {
    Status.PASS: "✓",
    Status.WARN: "!",
    Status.FAIL: "✗",
    Status.UNKNOWN: "?",
    Status.SKIP: "-",
    Status.WAIVED: "~",
}


def render(
    report: Report,
    *,
    width: int | None,
    colour: bool,
    verbose: bool = False,
    quiet: bool = False,
    fail_on: Status = Status.FAIL,
) -> str:
    """The report for a reader, ending in a newline.

    `width` is the terminal's in cells; None (a pipe, a file) wraps nothing. `verbose` adds passes,
    skips and evidence; `quiet` leaves the verdict and one line for each thing that is not met or not
    seen. `fail_on` must be what the exit code is computed with, so that the two agree.
    """
    # A declared name is no other resource than the one whose full name ends in it.
    full = {finding.resource for finding in report.findings if "/" in finding.resource}
    alike = Counter(short_name(resource) for resource in full)
    page = _Page(report, width, Paint.bright() if colour else PLAIN, verbose, fail_on, alike)
    return "\n".join(page.short() if quiet else page.full()).rstrip("\n") + "\n"


def summary(report: Report, fail_on: Status = Status.FAIL) -> str:
    """The verdict in one line, for a terminal whose report went to a file."""
    return "   ".join(verdict(report, fail_on))


@dataclass(frozen=True)
class _Page:
    report: Report
    width: int | None
    paint: Paint
    verbose: bool
    fail_on: Status
    alike: Mapping[str, int]
    """How many resources share a last segment."""

    def full(self) -> Iterator[str]:
        yield from self._head()
        yield ""
        yield from self._verdict()
        yield from self._groups(Status.FAIL)
        yield from self._groups(Status.WARN)
        yield from self._unseen()
        yield from self._not_judged()
        yield from self._waived()
        if self.verbose:
            yield from self._groups(Status.PASS)
            yield from self._groups(Status.SKIP)
        yield from self._probes()
        yield ""
        yield from self._foot()

    def short(self) -> Iterator[str]:
        """The verdict, and a line for each finding or distinct reason behind it."""
        yield from self._verdict()
        for finding in remedy.with_status(self.report, Status.FAIL, Status.WARN):
            yield from self._title(finding, f"{visible(finding.title)}: {self._short_name(finding.resource)}")
        for findings in remedy.by_reason(remedy.unseen(self.report)):
            yield from self._reason(findings)
        yield from self._lines_not_judged()

    # Head and verdict

    def _head(self) -> Iterator[str]:
        report, origin = self.report, self.report.origin
        where = f"{report.project} / {report.region}" if report.region else report.project
        taken = re.sub(r"\.\d+", "", origin.taken_at.replace("T", " "))
        probed = any(finding.probe for finding in report.findings)
        live = f"live as {origin.principal}" if origin.principal else "live, without credentials"
        seen = "probed" if probed and not origin.calls else live
        if origin.kind != "live":
            seen, taken = f"{origin.kind} {origin.path or 'of unknown path'}", f"recorded {taken}"
        yield from self._dotted([report.environment, where, seen, taken, f"{report.duration_s:.1f} s"])
        project_from = f"project from {origin.project_from}" if origin.project_from else None
        quota = f"quota project {origin.quota_project}" if origin.quota_project else None
        yield from self._dotted([project_from, quota])
        for note in report.notes:
            yield from columns("note: ", visible(note), self.width)

    def _dotted(self, parts: Sequence[str | None]) -> Iterator[str]:
        """The parts that are known, joined by dots; a line that is too long breaks at a dot."""
        line = ""
        for part in (visible(part) for part in parts if part):
            joined = f"{line} · {part}" if line else part
            if line and self.width is not None and cells(joined) > self.width:
                yield f"{line} ·"
                joined = f"  {part}"
            line = joined
        if line:
            yield line

    def _verdict(self) -> Iterator[str]:
        word, said = verdict(self.report, self.fail_on)
        lines = columns(f"{word}   ", said, self.width)
        yield self.paint.verdict(word, lines[0])
        yield from lines[1:]
        if self.report.gate:
            yield from gate_lines(self.report.gate)

    # Findings by product and resource

    def _groups(self, status: Status) -> Iterator[str]:
        groups: dict[tuple[str, str], list[Finding]] = {}
        for finding in remedy.with_status(self.report, status):
            groups.setdefault((finding.check.partition(".")[0], finding.resource), []).append(finding)
        for (product, resource), findings in groups.items():
            yield ""
            yield self.paint.heading(f"{visible(product).upper()}  {self._short_name(resource)}")
            for finding in findings:
                yield from self._finding(finding)

    def _short_name(self, resource: str) -> str:
        """The last segment of the name, or all of it where that would leave two resources looking the same."""
        return visible(resource if self.verbose or self.alike[short_name(resource)] > 1 else short_name(resource))

    def _title(self, finding: Finding, title: str) -> Iterator[str]:
        word = finding.severity.word if finding.status is Status.FAIL else finding.status.value
        # A title names the defect, which beside the word "pass" would say the opposite.
        defect = finding.status not in (Status.PASS, Status.SKIP)
        title, right = (title, visible(finding.check)) if defect else (visible(finding.check), "")
        lines = columns(f"  {SYMBOLS[finding.status]} {word:<8}  ", title, self.width, right)
        yield self.paint.status(finding.status, lines[0], len(word))
        yield from lines[1:]

    def _finding(self, finding: Finding) -> Iterator[str]:
        yield from self._title(finding, visible(finding.title))
        place = visible(str(finding.declared_at)) if finding.declared_at else ""
        for label, text in facts(finding):
            yield from labelled(label, text, self.width, place)
            place = ""
        if place:
            yield from labelled("declared", place, self.width)
        yield from self._fixes(finding)
        if finding.not_consulted:
            yield from labelled("note", visible(f"not consulted: {', '.join(finding.not_consulted)}"), self.width)
        if self.verbose:
            for evidence in finding.evidence:
                yield from labelled("evidence", evidence_line(evidence), self.width)

    def _fixes(self, finding: Finding) -> Iterator[str]:
        label, fixed = "", False
        for fix in finding.fix:
            # A command that changes nothing only looks; a sentence says what to do.
            said = "fix" if fix.mutates or not is_command(fix.command) else "look"
            yield from command("" if said == label else said, visible(fix.command), self.width)
            label, fixed = said, fixed or said == "fix"
        if finding.status is Status.FAIL and not fixed:
            yield from command("fix", f"diag explain {visible(finding.check)}", self.width)

    # What was not seen, not judged, or waived

    def _unseen(self) -> Iterator[str]:
        findings = remedy.unseen(self.report)
        if not findings:
            return
        yield ""
        yield self.paint.heading("Could not be seen")
        for group in remedy.by_reason(findings):
            yield from self._reason(group)
            yield from labelled("checks", self._checks(group), self.width)
            yield from labelled("on", self._resources(group), self.width)
            if not (group[0].permission or remedy.is_disabled(group[0])):
                for fix in {fix.command: fix for finding in group for fix in finding.fix}.values():
                    yield from command("fix" if fix.mutates else "look", visible(fix.command), self.width)
        yield from self._grants()

    def _grants(self) -> Iterator[str]:
        """What makes the unseen visible, unless the last line says it already."""
        step = remedy.next_step(self.report, self.fail_on)
        grants = [grant for grant in remedy.grants(self.report) if grant != step]
        roles = remedy.widened_roles(self.report)
        if grants or roles:
            yield ""
        for grant in grants:
            yield from command("grant", visible(grant), self.width)
        for widened in roles:
            yield from labelled("note", f"where the role {remedy.ROLE} exists already, widen it instead:", self.width)
            yield from command("", visible(widened), self.width)

    def _reason(self, group: Sequence[Finding]) -> Iterator[str]:
        """One line for all the findings that share a reason."""
        first = group[0]
        reason = first.reason or first.title
        if first.permission and first.permission not in reason:
            reason = f"{reason} (needs {first.permission})"
        more = len({finding.reason for finding in group}) - 1
        if more:
            reason = f"{reason}, and {counted(more, 'more call')} like it"
        checks = len({finding.check for finding in group})
        lines = columns(f"  {SYMBOLS[first.status]} unknown   ", visible(reason), self.width, counted(checks, "check"))
        yield self.paint.status(first.status, lines[0], len("unknown"))
        yield from lines[1:]

    def _checks(self, group: Sequence[Finding]) -> str:
        """Their ids; of many, how many of each product."""
        ids = _distinct(finding.check for finding in group)
        if self.verbose or len(ids) <= 8:
            return ", ".join(ids)
        products = Counter(id.partition(".")[0] for id in ids)
        return f"{', '.join(f'{count} {product}' for product, count in products.items())}; -v names them"

    def _resources(self, group: Sequence[Finding]) -> str:
        names = _distinct(self._short_name(finding.resource) for finding in group)
        return ", ".join(names if self.verbose or len(names) <= 4 else [*names[:3], f"and {len(names) - 3} more"])

    def _not_judged(self) -> Iterator[str]:
        if not remedy.not_judged(self.report):
            return
        yield ""
        yield self.paint.heading("Declared, but not judged by this version")
        yield from self._lines_not_judged()

    def _lines_not_judged(self) -> Iterator[str]:
        for finding in remedy.not_judged(self.report):
            place = visible(str(finding.declared_at)) if finding.declared_at else ""
            lines = columns("  ? unknown   ", visible(finding.reason or finding.title), self.width, place)
            yield self.paint.status(finding.status, lines[0], len("unknown"))
            yield from lines[1:]

    def _waived(self) -> Iterator[str]:
        findings = remedy.with_status(self.report, Status.WAIVED)
        if findings:
            yield ""
            yield self.paint.heading("Waived")
        for finding in findings:
            yield from self._title(finding, f"{visible(finding.title)}: {self._short_name(finding.resource)}")
            yield from labelled("waiver", visible(finding.waiver or "no reason is given"), self.width)

    def _probes(self) -> Iterator[str]:
        lines = list(probe_lines(self.report.findings, SYMBOLS))
        if lines:
            yield from ("", self.paint.heading(lines[0]), *lines[1:])

    # Foot

    def _foot(self) -> Iterator[str]:
        yield from self._dotted(list(counts(self.report)))
        lines = wrap_command(visible(remedy.next_step(self.report, self.fail_on)), self.width and self.width - 6)
        yield self.paint.heading("Next:") + f" {lines[0]}"
        yield from (" " * 6 + line for line in lines[1:])


def _distinct(items: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(items))

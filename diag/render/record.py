"""The signed-off record of a gate in Markdown: what was decided, by whom, on what it stands, then the report."""

from __future__ import annotations

from collections.abc import Iterator

from diag import __version__
from diag.render import markdown
from diag.render.gate import run_line, verdict
from diag.render.markdown import code, prose, row
from diag.report import Gate, Report, Status


def render(report: Report, gate: Gate, fail_on: Status = Status.FAIL) -> str:
    """One document, ending in a newline; `gate` is the report's."""
    head = [*_head(report, gate), *_standing(gate), "", "| run ended | |", "| --- | --- |"]
    runs = [row((code(one.ended_at), prose(run_line(one).removeprefix(one.ended_at)))) for one in gate.runs]
    return "\n".join([*head, *runs, "", markdown.render(report, fail_on).replace("# ", "## ", 1)])


def _head(report: Report, gate: Gate) -> Iterator[str]:
    word, said = verdict(gate)
    yield f"# Restoration gate: {word}"
    yield ""
    yield prose(said)
    yield ""
    decided = gate.runs[-1].ended_at if gate.runs else report.origin.taken_at
    yield f"- decided {code(decided)} by diag {code(__version__)}"
    if report.origin.principal:
        yield f"- read as {code(report.origin.principal)}"
    yield f"- rule: {gate.pass_rate * 100:g} % pass, {gate.runs_required} clean runs one after the other"


def _standing(gate: Gate) -> Iterator[str]:
    stands = [("requirements", one) for one in gate.requirements]
    for what, one in [*stands, *([("bundle", gate.bundle)] if gate.bundle else [])]:
        yield f"- {what} {code(one.path)}, SHA-256 {code(one.sha256)}; to compute it: {code(one.how)}"
    if not gate.bundle:
        yield f"- no bundle was recorded, so nobody can check this later: give {code('--record PATH')}"

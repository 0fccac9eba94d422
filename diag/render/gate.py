"""The restoration gate: its verdict, its categories and runs, and its place in the JSON report."""

from __future__ import annotations

from collections.abc import Iterator

from diag.render.layout import cells, visible
from diag.report import Category, Gate, GateRun, Standing

Plain = dict[str, object]


def document(gate: Gate) -> Plain:
    """The gate as plain data; categories in the order of the file."""
    return {
        "restored": gate.restored,
        "said": gate.said,
        "passed": gate.passed,
        "counted": gate.counted,
        "rate": gate.rate,
        "pass_rate": gate.pass_rate,
        "categories": {one.name: _category(one) for one in gate.categories},
        "clean_runs": {"required": gate.runs_required, "seen": gate.runs_seen},
        "runs": [_run(one) for one in gate.runs],
        "bundle": _standing(gate.bundle) if gate.bundle else None,
        "requirements": [_standing(one) for one in gate.requirements],
    }


def _category(one: Category) -> Plain:
    return {
        "critical": one.critical,
        "complete": one.complete,
        "pass": one.passed,
        "warn": one.warned,
        "fail": one.failed,
        "unknown": one.unknown,
    }


def _standing(one: Standing) -> Plain:
    return {"path": one.path, "sha256": one.sha256, "how": one.how}


def _run(run: GateRun) -> Plain:
    return {"ended_at": run.ended_at, "clean": run.clean, "whole": run.whole, "said": run.said}


def verdict(gate: Gate) -> tuple[str, str]:
    """The word, and the fraction with what keeps the gate closed."""
    word = "RESTORED" if gate.restored else "UNDECIDED" if gate.undecided else "NOT RESTORED"
    return word, visible(f"{gate.said}; clean runs {gate.runs_seen} of {gate.runs_required}")


def lines(gate: Gate) -> Iterator[str]:
    """A line for each category, and the runs where there was more than one."""
    width = max((cells(visible(one.name)) for one in gate.categories), default=0)
    for one in gate.categories:
        label = visible(one.name) + " " * (width - cells(visible(one.name)))
        yield f"  {'critical' if one.critical else '        '}  {label}  {_stands(one)}"
    if len(gate.runs) > 1:
        yield from (f"  {run_line(run)}" for run in gate.runs[-10:])


def run_line(run: GateRun) -> str:
    """When a run ended, and how it went."""
    word = "clean" if run.clean else "not clean" if run.whole else "in part"
    return visible(f"{run.ended_at}  {word:<9}  {run.said}")


def _stands(one: Category) -> str:
    if not one.counted:
        return "nothing counts in it"
    said = {"warn": one.warned, "fail": one.failed, "unknown": one.unknown}
    parts = [f"{one.passed} of {one.counted} pass", *(f"{count} {word}" for word, count in said.items() if count)]
    return " · ".join(parts)

"""How things stand now, by what each check last saw: of several runs, none of which need have looked at everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from diag.history.hops import lasting
from diag.report import Finding, Status
from diag.update import PastRun
from diag.values import dataclass

LOOK_BACK = timedelta(days=1)
"""What no run looked at for longer than this belongs to the past."""

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far ahead of this machine's clock another one's may be."""


@dataclass(frozen=True)
class Look:
    """A finding, and the run that last looked at its check."""

    run: int
    at: datetime
    finding: Finding


@dataclass(frozen=True)
class Standing:
    """How things stand in a word and a sentence, and the findings behind it."""

    state: str
    said: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Gated:
    """The newest run with a restoration gate, and what it found bad."""

    run: PastRun
    bad: frozenset[tuple[str, str]] = frozenset()
    """Check and resource of each finding that failed or was unknown in it."""


def standing(
    looks: Sequence[Look], newest: PastRun | None, gate: Gated | None, now: datetime, every: timedelta
) -> Standing:
    """The state at this moment: what nobody looked at for as long as `every` is not known, whatever it was.

    `newest` is the last run. The gate's answer stands until something is bad that it did not find so.
    """
    if newest is None:
        return Standing("UNKNOWN", "nothing has been looked at yet")
    findings = tuple(_as_of(look, now, every) for look in looks)
    if newest.at > now + CLOCKS_DIFFER:
        return Standing("UNKNOWN", f"the last run has a date to come, so a clock is wrong; {_was(newest)}", findings)
    if newest.at < now - every:
        return Standing("UNKNOWN", f"nothing has been looked at since then; {_was(newest)}", findings)
    if gate and gate.run.at >= now - every:
        return _by_gate(gate, findings)
    statuses = {finding.status for finding in findings}
    if not statuses & {Status.PASS, Status.WARN, Status.FAIL, Status.UNKNOWN}:
        return Standing("UNDECIDED", "nothing that was looked at counts", findings)
    word = "NOT MET" if Status.FAIL in statuses else "UNDECIDED" if Status.UNKNOWN in statuses else "MET"
    return Standing(word, counted(Counter(finding.status.value for finding in findings)), findings)


def counted(count: Counter[str]) -> str:
    """`3 of 41 requirements fail, 1 not known, 2 with a warning`."""
    total = sum(count[word] for word in ("pass", "warn", "fail", "unknown"))
    of = f"of {total} requirements"
    parts = [f"{count['fail']} {of} {_fail(count['fail'])}" if count["fail"] else f"none {of} fails"]
    parts += [f"{count['unknown']} not known"] if count["unknown"] else []
    parts += [f"{count['warn']} with a warning"] if count["warn"] else []
    return ", ".join(parts)


def _fail(number: int) -> str:
    return "fails" if number == 1 else "fail"


def _as_of(look: Look, now: datetime, every: timedelta) -> Finding:
    """The finding as it may be told now."""
    if now - every <= look.at <= now + CLOCKS_DIFFER:
        return look.finding
    return replace(look.finding, status=Status.UNKNOWN, reason=f"not looked at since {look.at:%Y-%m-%d %H:%M:%SZ}")


def _by_gate(gate: Gated, findings: tuple[Finding, ...]) -> Standing:
    """The gate's answer; RESTORED is overruled by what is bad and was not so for it, or was not looked at by it."""
    run = gate.run
    worse = [finding for finding in findings if is_bad(finding) and _requirement(finding) not in gate.bad]
    if not run.restored or not worse:
        return Standing(run.verdict, run.gate, findings)
    failing = sum(finding.status is Status.FAIL for finding in worse)
    word, said = (
        ("NOT RESTORED", f"{failing} more {_fail(failing)}")
        if failing
        else ("UNDECIDED", f"{len(worse)} are not known")
    )
    return Standing(word, f"the gate said RESTORED at {run.at:%H:%M:%SZ}, but {said}", findings)


def gated(run: PastRun, findings: Iterable[Finding]) -> Gated:
    """A run with a gate, and its findings."""
    return Gated(run, frozenset(_requirement(finding) for finding in findings if is_bad(finding)))


def is_bad(finding: Finding) -> bool:
    """Whether it fails or is not known."""
    return finding.status in (Status.FAIL, Status.UNKNOWN)


def _requirement(finding: Finding) -> tuple[str, str]:
    return finding.check, lasting(finding.resource)


def _was(run: PastRun) -> str:
    return f"it said {run.verdict}: {run.gate or counted(Counter(run.summary))}"

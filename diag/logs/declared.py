"""What the requirements file says about logs: patterns that must not appear, and how long a phase may take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from diag.report import Place, Severity
from diag.requirements.model import Requirements
from diag.values import dataclass

DEFAULT_SEVERITY = Severity.MEDIUM


@dataclass(frozen=True)
class Forbidden:
    """A pattern that must not appear."""

    id: str
    pattern: str
    severity: Severity
    place: Place | None


@dataclass(frozen=True)
class PhaseTime:
    """How long a phase may take, in seconds, by a line that logs it; None where it never warns or fails."""

    pattern: str
    warn: float | None
    fail: float | None
    place: Place | None


def forbidden(declared: Requirements) -> Iterator[Forbidden]:
    """Every declared pattern, in the order of the file."""
    for index, entry in enumerate(_logs(declared).get("forbidden", ())):
        word = entry.get("severity")
        severity = Severity[word.upper()] if word else DEFAULT_SEVERITY
        yield Forbidden(entry["id"], entry["pattern"], severity, declared.at(f"logs.forbidden.{index}"))


def phase_time(declared: Requirements) -> PhaseTime | None:
    """The declared time of phases, if there is one."""
    entry = _logs(declared).get("phase_time")
    if not entry:
        return None
    return PhaseTime(entry["pattern"], entry.get("warn"), entry.get("fail"), declared.at("logs.phase_time"))


def patterns(declared: Requirements) -> Iterator[str]:
    """Every pattern that is declared."""
    yield from (one.pattern for one in forbidden(declared))
    phases = phase_time(declared)
    if phases:
        yield phases.pattern


def _logs(declared: Requirements) -> Mapping[str, Any]:
    return declared.sections.get("logs") or {}

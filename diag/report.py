"""Status, Severity, Finding and Report: what a run says, before anything renders it.

Imports nothing of ours, so that a renderer, a history or a monitor can stand on it alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from enum import Enum, IntEnum

from diag.values import dataclass, field


class Status(Enum):
    """How a requirement stands; the value is the word in the JSON report."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIP = "skip"
    WAIVED = "waived"


class Severity(IntEnum):
    """How much a failure matters; orders from low to critical."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """The word in the reports: `low`, `medium`, `high` or `critical`."""
        return self.name.lower()

    def raised(self) -> Severity:
        """One level up, as `critical: true` on a declared resource asks; critical stays critical."""
        return Severity(min(self + 1, Severity.CRITICAL))


JsonValue = str | int | float | bool | None | Sequence["JsonValue"] | dict[str, "JsonValue"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a requirement is declared: the file as it was named, line and column from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One value that was read: which API and method gave it, in which field, and when (RFC 3339, UTC)."""

    api: str
    method: str
    field: str
    value: JsonValue
    at: str
    resource: str = ""
    default: bool = False
    """True when the platform's documented default stands for a field that was absent."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A command to type; `mutates` is True when it changes the project (`diag` itself never runs it)."""

    command: str
    mutates: bool = True


_CHANGES = re.compile(r"gcloud .* (?:add|add-iam-policy-binding|create|enable|link|update) ")


def advised(advice: str) -> Fix:
    """What would help to see more; nearly all of it only looks, or is done on this machine."""
    return Fix(advice, mutates=bool(_CHANGES.match(advice)))


@dataclass(frozen=True)
class Samples:
    """A distribution of whole attempts, where more than one was asked for; times in seconds."""

    taken: int
    lost: int
    median_s: float | None
    p95_s: float | None

    @property
    def loss(self) -> float:
        """The share that did not meet the requirement, 0 to 1."""
        return self.lost / self.taken


@dataclass(frozen=True)
class Claim:
    """What a health page answered, as digests: the same ones later mean the same answer."""

    answer: str
    """Of status and body, byte for byte."""
    parts: str
    """Of what it says of itself and its parts; "" where it speaks of no part."""
    values: str
    """Of the values that move on a page which measures; "" where there are none."""
    moving: tuple[str, ...] = ()
    """The dotted paths of these values, as far as they can be shown."""
    well: bool = True
    """Whether nothing that it claims is ill."""


@dataclass(frozen=True)
class ProbeDetails:
    """What the finding of a probe says besides; the report writes it into the finding itself."""

    phase: str
    """The phase that failed, or else the one that took longest."""
    timings_s: dict[str, float]
    """Phase → seconds, in the order in which they came."""
    cause: str
    """`infrastructure` or `application`: to which of them the phase belongs; `class` in the report."""
    address: str | None
    """The one address it spoke to: `host:port`, or the path of a socket; None when there was none."""
    vantage: str
    """Where it ran."""
    samples: Samples | None = None
    claim: Claim | None = None
    """Of a health page only; no report shows it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One judgement of one resource by one check; passes are findings too."""

    check: str
    status: Status
    severity: Severity
    title: str
    resource: str
    required: JsonValue = None
    observed: JsonValue = None
    evidence: tuple[Evidence, ...] = ()
    declared_at: Place | None = None
    reason: str = ""
    fix: tuple[Fix, ...] = ()
    docs: tuple[str, ...] = ()
    permission: str | None = None
    """The IAM permission that is missing, when a refusal made this unknown."""
    waiver: str | None = None
    """Reason, owner and expiry of the waiver that covers this finding."""
    not_consulted: tuple[str, ...] = ()
    """What else bears on this but was not read (a metric, the log)."""
    probe: ProbeDetails | None = None
    """Of a probe's finding only."""


@dataclass(frozen=True)
class Origin:
    """Where the facts of a report come from."""

    kind: str
    """`live`, `bundle`, `file` where the requirements file alone was judged, `history` of a run that was kept."""
    taken_at: str
    """RFC 3339, UTC: when collection began; a bundle keeps the time of its recording."""
    principal: str | None = None
    project_from: str | None = None
    """Which place named the project: the option, the file, a variable, gcloud's configuration."""
    quota_project: str | None = None
    path: str | None = None
    calls: int = 0


@dataclass(frozen=True)
class Category:
    """One category of the restoration gate, by how its requirements stand."""

    name: str
    critical: bool
    passed: int = 0
    warned: int = 0
    failed: int = 0
    unknown: int = 0

    @property
    def counted(self) -> int:
        """How many requirements count in it."""
        return self.passed + self.warned + self.failed + self.unknown

    @property
    def complete(self) -> bool:
        """Whether something counts in it, and nothing of that fails or is unknown."""
        return self.counted > 0 and not (self.failed or self.unknown)


@dataclass(frozen=True)
class GateRun:
    """One run of the gate; `said` is the fraction and what keeps it from being clean."""

    ended_at: str
    clean: bool
    said: str
    whole: bool = True
    """False where only what had not passed was looked at again; such a run is never a clean one."""


@dataclass(frozen=True)
class Standing:
    """A file or bundle that a gate stands on; `how` is the command that computes its SHA-256 anew."""

    path: str
    sha256: str
    how: str


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What the restoration gate says of the last of its runs, and how many were clean one after the other."""

    restored: bool
    undecided: bool
    """Whether nothing but what was not seen keeps it from RESTORED."""
    said: str
    """The fraction, its rate, and which critical category keeps it back."""
    passed: int
    counted: int
    rate: float
    """Share that passes, 0 to 1, to three places; never rounded up to the required one."""
    pass_rate: float
    categories: tuple[Category, ...]
    runs_required: int
    runs_seen: int
    runs: tuple[GateRun, ...] = ()
    bundle: Standing | None = None
    """None where nothing was recorded."""
    requirements: tuple[Standing, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 when RESTORED, 3 when only unknowns prevent it, else 1."""
        return 0 if self.restored else 3 if self.undecided else 1


@dataclass(frozen=True)
class Report:
    """Everything one run found, in the order of the catalogue."""

    project: str
    region: str | None
    environment: str | None
    origin: Origin
    duration_s: float
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = field(default=())
    """Sentences about the run itself that belong above or below the findings."""
    gate: Gate | None = None
    """Of `diag validate` only."""

    def summary(self) -> dict[str, int]:
        """How many findings have each status, zeros included; keys are the status words."""
        counts = Counter(finding.status for finding in self.findings)
        return {status.value: counts[status] for status in Status}

    def exit_code(self, fail_on: Status = Status.FAIL) -> int:
        """0 when all selected requirements are met, 1 when one is not, 3 when one could not be decided."""
        statuses = {finding.status for finding in self.findings}
        bad = {Status.FAIL} | ({Status.WARN} if fail_on is Status.WARN else set())
        if statuses & bad:
            return 1
        decided = statuses & {Status.PASS, Status.WARN, Status.SKIP, Status.WAIVED}
        return 3 if Status.UNKNOWN in statuses or not decided else 0

"""What past runs say, before anything renders it: turns, notes, past runs, trends and the status update.

Stands on the report alone, as the renderers and the history do.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from diag.report import Severity, Status
from diag.values import dataclass, field


@dataclass(frozen=True)
class Scope:
    """What runs have in common whose states are one story: the project, and the overlay of its file ("" for none)."""

    project: str
    environment: str = ""

    def __str__(self) -> str:
        return f"{self.project} · {self.environment}" if self.environment else self.project


@dataclass(frozen=True)
class Subject:
    """What has a state: a check on a resource, or a probe from where it ran."""

    check: str
    resource: str
    vantage: str = ""
    """Of a probe only."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A state that changed."""

    id: int
    at: datetime
    """When the new state was first seen, UTC."""
    command: str
    """The command whose runs saw it."""
    subject: Subject
    severity: Severity
    title: str
    reason: str
    before: Status
    after: Status
    lasted_s: float
    """How long the old state had lasted."""
    maintenance: str = ""
    """Why nothing was to be announced, when it came in a maintenance window."""


@dataclass(frozen=True)
class Note:
    """What somebody wrote down for the next status update."""

    id: int
    at: datetime
    text: str


@dataclass(frozen=True)
class Rate:
    """A pass rate at a moment: requirements that pass, of those that count."""

    at: datetime
    passed: int
    counted: int


@dataclass(frozen=True, kw_only=True)
class PastRun:
    """A run that is kept, without its findings."""

    id: int
    scope: Scope
    at: datetime
    command: str
    source: str
    """`live`, `bundle` or `file`, as in its report."""
    exit_code: int
    duration_s: float
    summary: Mapping[str, int]
    notes: tuple[str, ...] = ()
    """Sentences about the run itself: that it was not the whole gate, say."""
    gate: str = ""
    """What the restoration gate said; "" where there was none."""
    restored: bool | None = None
    """The gate's answer; None where there was none."""
    rate: Rate | None = None
    """The gate's rate; None where there was none."""

    @property
    def verdict(self) -> str:
        """The run in a word."""
        good, bad = ("MET", "NOT MET") if self.restored is None else ("RESTORED", "NOT RESTORED")
        return {0: good, 1: bad}.get(self.exit_code, "UNDECIDED")


@dataclass(frozen=True)
class Point:
    """One run in the trend of a check or a probe."""

    run: int
    at: datetime
    status: Status
    value: float | None = None
    """Seconds that a probe took; None for a check."""


@dataclass(frozen=True)
class Outage:
    """The time from the first failure of a subject until it was seen well again."""

    subject: Subject
    began: datetime
    ended: datetime | None
    """None while it lasts."""
    lasted_s: float


class Aspect(Enum):
    """What of a health page's answer stayed the same."""

    ANSWER = "answer"
    """All of it, byte for byte."""
    PARTS = "parts"
    """What it claims of itself and its parts."""
    VALUES = "values"
    """The values that move on a page which measures."""


@dataclass(frozen=True, kw_only=True)
class Unmoved:
    """A health page that said the same in several runs, one after the other: a claim, which nobody measured."""

    subject: Subject
    aspect: Aspect
    digest: str
    runs: int
    since: datetime
    until: datetime
    values: tuple[str, ...] = ()
    """Paths of values in it that should have moved."""
    turned: int = 0
    """Other requirements that turned to fail, or from it, in that time."""
    failing: int = 0
    """Other probes that failed all that time."""
    notable: bool = False
    """Whether it is to be pointed out."""


@dataclass(frozen=True)
class Trend:
    """One subject over the runs that looked at it, oldest first."""

    subject: Subject
    points: tuple[Point, ...]
    turns: tuple[Turn, ...] = ()
    outages: tuple[Outage, ...] = ()
    unmoved: Unmoved | None = None
    """Of a health page that said the same more than once."""


@dataclass(frozen=True)
class BrokenHop:
    """The first hop of a path that fails, or that could not be seen."""

    path: str
    hop: str
    status: Status
    """`fail`, or `unknown` where nothing on the path fails."""
    check: str
    resource: str
    said: str
    unseen: tuple[str, ...] = ()
    """Hops before it that could not be seen."""


@dataclass(frozen=True)
class Paths:
    """How the declared paths stand by one run."""

    total: int = 0
    not_looked_at: int = 0
    """Paths with a hop that no finding of the run is about, and of which nothing fails or is unknown."""
    broken: tuple[BrokenHop, ...] = ()
    """Of each path that does not hold, its first such hop."""


@dataclass(frozen=True)
class Contact:
    """Whom to call."""

    role: str
    contact: str = ""


@dataclass(frozen=True, kw_only=True)
class StatusUpdate:
    """Everything a status update says; times in UTC."""

    scope: Scope
    at: datetime
    state: str
    """RESTORED, NOT RESTORED, MET, NOT MET or UNDECIDED; UNKNOWN where nothing was seen lately."""
    said: str
    """The state in a sentence."""
    run: PastRun | None = None
    """The newest run, which the state and the hops are those of."""
    since: datetime | None = None
    """When the last update was written; None for the first."""
    impact: str = ""
    owner: str = ""
    rates: tuple[Rate, ...] = ()
    """The pass rates of late, oldest first; the last is the one that holds."""
    rate_before: Rate | None = None
    """The one that the last update told."""
    turns: tuple[Turn, ...] = ()
    paths: Paths = Paths()
    unmoved: tuple[Unmoved, ...] = ()
    """Health pages to be pointed out."""
    notes: tuple[Note, ...] = ()
    escalation: tuple[Contact, ...] = field(default=())
    next_at: datetime | None = None

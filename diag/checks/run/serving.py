"""Whether a revision that is Ready really serves: what it answers, and whether its container stays."""

from __future__ import annotations

import re
from collections.abc import Iterator

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.measured import Figure, percent
from diag.checks.run.usage import INSTANCES, METRICS_DOCS, REQUESTS, answered, said
from diag.checks.subjects import RevisionView, revisions
from diag.errors import Unseen
from diag.facts import run
from diag.facts.logs import LogEntry
from diag.facts.world import World
from diag.report import Fix, Severity
from diag.requirements.model import Requirements

HALF = 0.5
"""From this share of 5xx answers on, a revision does not serve."""
KEEPS_EXITING = 2
"""Exits of its container in the window from which on it is more than one accident."""

_EXIT = re.compile(
    r"Container called exit\((?!0\)|143\))|(?:Uncaught signal|Container terminated on signal):? (?!15\b)"
    r"|Memory limit of .* exceeded|Out-of-memory event detected|LIVENESS (?:HTTP|gRPC) probe failed",
    re.I,
)
"""The platform's lines about a container that ended itself, or was ended [MSG-03..06].

exit(0) is how one leaves, and so is SIGTERM, by which the platform takes an instance away (143 is 128 + 15) [RUN-09].
"""


def serving(world: World, declared: Requirements) -> Iterator[Subject[RevisionView] | Gap]:
    """Every revision that takes traffic."""
    yield from revisions(world, declared)


@check(
    "run.not-serving",
    Severity.CRITICAL,
    serving,
    reads=("services", "revisions", f"metrics/{REQUESTS}", f"metrics/{INSTANCES}", "log_entries"),
    always=True,
    facts=("RDY-01", "RUN-09", "MSG-03", "MSG-04", "MSG-05", "MSG-06", "RM-01"),
    docs=(METRICS_DOCS, "https://cloud.google.com/run/docs/troubleshooting"),
)
def not_serving(subject: Subject[RevisionView], world: World, declared: Requirements) -> Verdict:
    """The revision is Ready and does not serve.

    An open port is not a working service: Ready means that the container listened once. What counts is
    what it answers, and whether it stays.

    Reads `request_count` of each serving revision over the window (half or more answers 5xx), and the
    platform's log lines about containers that exit, or that a liveness probe ends; one that left when it was
    told to (exit 0, or by SIGTERM) does not count.

    Read the revision's log from the start of a container.
    """
    view = subject.item
    revision = view.revision
    state = revision.ready.state.read() if revision.ready else "STATE_UNSPECIFIED"
    if state == "STATE_UNSPECIFIED":
        said_not = f"{revision.short} does not say whether it is Ready"
        raise Unseen(Gap(GapKind.UNDECIDED, said_not, revision.origin.call))
    if state != "CONDITION_SUCCEEDED":
        return skips(f"{revision.short} is not Ready; see run.not-ready")
    exits, unread = _exits(world, revision)
    answers, unmeasured = _answers(world, revision)
    why = [f"its container ended {len(exits)} times in the window"] if len(exits) >= KEEPS_EXITING else []
    why += [f"{percent(answers.value)} of its answers are 5xx"] if answers and answers.value >= HALF else []
    evidence = (*(answers.evidence if answers else ()), *(entry.evidence(entry.text[:200]) for entry in exits[:1]))
    observed = "; ".join([said(answers) if answers else "no request", f"{len(exits)} exits of its container"])
    details = {"required": "serves", "observed": observed, "evidence": evidence}
    if why:
        reason = f"{revision.short} is Ready, and yet {' and '.join(why)}"
        return fails(reason=reason, fix=(_look(view),), **details)
    for gap in (unmeasured, unread):
        if gap:
            raise Unseen(gap)
    if answers is None:
        return skips(f"{revision.short} answered no request in the window, and its container did not exit", **details)
    return passes(**details)


def _look(view: RevisionView) -> Fix:
    where = f"--region {view.service.region} --limit 100"
    return Fix(f"gcloud run services logs read {view.service.short} {where}", mutates=False)


def _exits(world: World, revision: run.Revision) -> tuple[tuple[LogEntry, ...], Gap | None]:
    """The platform's lines about ended containers, and why more of them may exist."""
    try:
        entries = world.log_entries_of(revision.short, revision.project)
    except Unseen as unseen:
        return (), unseen.gap
    return tuple(entry for entry in entries if _EXIT.search(entry.text)), next(
        iter(world.log_gaps(revision.project)), None
    )


def _answers(world: World, revision: run.Revision) -> tuple[Figure | None, Gap | None]:
    try:
        return answered(world, revision), None
    except Unseen as unseen:
        return None, unseen.gap

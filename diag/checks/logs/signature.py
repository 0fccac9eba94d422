"""Known failure signatures in the logs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes, skips, warns
from diag.checks.logs.entries import NOTHING_SEEN, Log, declaration, logs
from diag.facts.base import segment
from diag.facts.world import World
from diag.logs.found import Found
from diag.logs.search import KINDS, search
from diag.logs.signatures import Grade, Signature, in_logs
from diag.report import Fix, Severity
from diag.requirements.model import Requirements
from diag.values import dataclass

LOG_DOCS = "https://cloud.google.com/run/docs/logging"


@dataclass(frozen=True)
class Searched:
    """A log that was read whole, and how many signatures were found in it."""

    log: Log
    found: int


def signatures_in_logs(world: World, declared: Requirements) -> Iterator[Subject[Found[Signature] | Searched] | Gap]:
    """Each signature that was found, by what logged it, and then the log of each project itself."""
    for log in logs(world, declared):
        if isinstance(log, Gap):
            yield log
            continue
        found = search(log.entries)
        for one in found:
            owner = declaration(one.resource, declared)
            place, critical = (owner.at(), owner.critical) if owner else (None, False)
            yield Subject(one.resource, one, place, critical, one.what.severity, one.what.title)
        yield from log.gaps
        if not log.gaps:
            yield Subject(f"projects/{log.project}", Searched(log, len({one.what.id for one in found})))


@check(
    "logs.signature",
    Severity.HIGH,
    signatures_in_logs,
    reads=("log_entries",),
    always=True,
    facts=("LOG-02", "LOG-04", "LOG-05", "MSG-01", "MSG-02", "MSG-04", "MSG-05", "MSG-07", "MSG-08", "MSG-14", "LM-02"),
    docs=(LOG_DOCS,),
)
def signature(subject: Subject[Found[Signature] | Searched], world: World, declared: Requirements) -> Verdict:
    """A known failure signature is in the logs.

    Most failures between a client and its database are logged in words that are known, and each of them
    says which hop it speaks of. One that names a cause, or the mechanism next to it, fails; a consequence
    warns, since no cause follows from it; what is only worth knowing is told as evidence.

    Reads the log entries of the window: what containers print, the platform's lines about them, failed
    requests of services and load balancers, PostgreSQL, NAT and audit logs. A line counts for one
    signature, the one that says most. Where more entries exist than are read, what was found stands and
    what was not found is unknown.

    Each finding says what the signature means and what to look at next; begin with the one of the lowest
    hop.
    """
    item = subject.item
    if isinstance(item, Searched):
        return _searched(item)
    one = item.what
    details = {
        "required": f"no line of the signature {one.id}",
        "observed": item.observed,
        "evidence": item.evidence,
        "docs": one.docs,
    }
    if one.grade is Grade.CONTEXT:
        return skips(f"{one.meaning} It is told as evidence only.", **details)
    judge = warns if one.grade is Grade.SYMPTOM else fails
    fill = partial(_filled, resource=item.resource, declared=declared)
    fix = (
        *(Fix(fill(text), mutates=False) for text in one.look),
        *(Fix(fill(text)) for text in one.fix),
    )
    reason = " ".join(filter(None, (one.meaning, one.caution, f"It speaks of the hop {one.hop}.")))
    return judge(reason=reason, fix=fix, **details)


def _searched(item: Searched) -> Verdict:
    if not item.log.counts:
        return skips(NOTHING_SEEN)
    looked_for = len(in_logs(KINDS))
    return passes(
        required=f"none of {looked_for} known failure signatures",
        observed=f"{item.log.searched}, {item.found or 'none'} found",
        evidence=item.log.evidence,
    )


def _filled(text: str, resource: str, declared: Requirements) -> str:
    """A command with the names of what it is about; a name that is not known stays a word to be replaced."""
    names = {
        "{service}": segment(resource, "services") or "SERVICE",
        "{region}": segment(resource, "locations") or segment(resource, "regions") or declared.region or "REGION",
        "{project}": segment(resource, "projects") or declared.project,
    }
    for place, name in names.items():
        text = text.replace(place, name)
    return text

"""Whether the load balancer writes a log of its requests."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.lb.views import FRONT, balancers, place_flags
from diag.facts.base import last, relative
from diag.facts.world import World
from diag.paths.find import find
from diag.report import Fix, Severity
from diag.requirements.model import Requirements

DOCS = "https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring"


def served_backends(world: World, declared: Requirements) -> Iterator[Subject[str] | Gap]:
    """Each backend service that a domain of a declared load balancer leads to, once."""
    seen: set[str] = set()
    for subject in balancers(world, declared, lambda balancer: True):
        if isinstance(subject, Gap):
            yield subject
            continue
        for entry in subject.item.entries():
            if isinstance(entry, Gap):
                yield entry
                continue
            for action in entry.taken.matcher.actions():
                for link in (relative(share.backend) for share in action.taking):
                    if link not in seen and "/backendBuckets/" not in link:
                        seen.add(link)
                        yield Subject(link, link, subject.declared_at, subject.critical)


@check(
    "lb.logging-off",
    Severity.MEDIUM,
    served_backends,
    reads=(*FRONT, "backend_services"),
    facts=("BS-14", "LM-01", "LM-03"),
    docs=(DOCS,),
)
def logging_off(subject: Subject[str], world: World, declared: Requirements) -> Verdict:
    """Requests leave no trace in the load balancer's log.

    Without `statusDetails` nobody can tell afterwards whether the load balancer or the service gave an
    error.

    Reads `logConfig` of each backend service behind the domains of a declared load balancer.

    Switch the log on; a sample rate below 1 saves cost and loses entries.
    """
    backend = find(world.backend_services(), subject.item, world)
    if backend is None:
        return skips(f"{last(subject.item)} does not exist: see lb.backend-empty")
    rate = backend.sample_rate if backend.logs else 0.0
    details = {
        "required": "on",
        "observed": f"on, {rate:g} of the requests" if rate else "off",
        "evidence": (
            backend.evidence("logConfig.enable", backend.logs, default=not backend.doc_text("logConfig.enable")),
        ),
    }
    if rate:
        return passes(**details)
    update = f"gcloud compute backend-services update {backend.short} {place_flags(backend)}"
    fix = (Fix(f"{update} --enable-logging --logging-sample-rate 1.0"),)
    return fails(
        reason=f"requests by {backend.short} are not logged, so that no error can be traced", fix=fix, **details
    )

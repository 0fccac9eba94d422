"""Whether what is behind a load balancer is healthy, as its health checks see it."""

from __future__ import annotations

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes, skips, warns
from diag.checks.lb.backends import Reached, reached
from diag.checks.lb.views import FRONT, place_flags
from diag.errors import Unseen
from diag.facts.base import last, segment
from diag.facts.world import World
from diag.paths.find import find
from diag.report import Fix, Severity
from diag.requirements.model import Requirements

DOCS = "https://cloud.google.com/load-balancing/docs/health-check-concepts"


@check(
    "lb.backend-unhealthy",
    Severity.CRITICAL,
    reached,
    reads=(*FRONT, "target_http_proxies", "backend_services", "backend_health"),
    always=True,
    facts=("HC-08", "HC-10"),
    docs=(DOCS,),
)
def backend_unhealthy(subject: Subject[Reached], world: World, declared: Requirements) -> Verdict:
    """Nothing behind a backend service is healthy.

    The load balancer sends no request to an unhealthy endpoint, and answers 502 or 503 when there is
    no other.

    Reads, for each backend service that a forwarding rule leads to, the health of each group that can
    have one: instance groups and zonal NEGs with a health check. A serverless NEG has none.

    Ask the endpoint as the health check does: port, path, host and time-out.
    """
    link = subject.item.link
    backend = find(world.backend_services(), link, world)
    if backend is None or not backend.groups:
        return skips(f"{last(link)} leads to nothing: see lb.backend-empty")
    groups = [group for group in backend.groups if "/instanceGroups/" in group or segment(group, "zones")]
    if not groups or not backend.health_checks:
        return skips(f"no health is checked behind {backend.short}", evidence=(backend.evidence("backends"),))
    found = {group: world.group_health(backend.name, group) for group in groups}
    details = {
        "required": "every group has a healthy endpoint",
        "observed": "; ".join(f"{last(group)}: {_shown(health.states)}" for group, health in found.items()),
        "evidence": tuple(health.evidence("healthStatus", _shown(health.states)) for health in found.values()),
    }
    down = [last(group) for group, health in found.items() if not health.states["HEALTHY"]]
    empty = [last(group) for group, health in found.items() if not health.states]
    if empty:
        said = f"nothing says how {empty[0]} behind {backend.short} is: it may have no endpoint"
        raise Unseen(Gap(GapKind.UNDECIDED, said, backend.origin.call))
    look = Fix(f"gcloud compute backend-services get-health {backend.short} {place_flags(backend)}", mutates=False)
    if down:
        return fails(
            reason=f"nothing in {' and '.join(down)} behind {backend.short} is healthy", fix=(look,), **details
        )
    if any(health.states["UNHEALTHY"] for health in found.values()):
        return warns(reason=f"a part of what is behind {backend.short} is unhealthy", fix=(look,), **details)
    return passes(**details)


def _shown(states: dict[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "no endpoint"

"""Cloud Run traffic: in effect as it is wanted and as it is declared."""

from __future__ import annotations

from collections.abc import Mapping

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, fails, passes, skips, warns
from diag.checks.run.declared import DeclaredService, on_service
from diag.errors import Unseen
from diag.facts import run
from diag.facts.base import last
from diag.facts.world import World
from diag.report import Evidence, Fix, Severity, Status
from diag.requirements.model import Requirements

TRAFFIC_DOCS = "https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration"


@on_service(
    "run.traffic-wrong",
    Severity.HIGH,
    "traffic",
    applies=lambda wanted, declared: True,
    facts=("RDY-09", "RDY-10", "RDY-11", "RDY-12"),
    docs=(TRAFFIC_DOCS,),
)
def traffic_wrong(subject: Subject[DeclaredService], world: World, declared: Requirements) -> Verdict:
    """Traffic goes to other revisions than wanted.

    Traffic that is pinned to a revision does not follow a deployment: users keep getting the older
    one, whatever the newest holds. Traffic in effect that differs from what the service asks for
    means that a change of traffic did not take.

    Reads the service's `traffic` (wanted) and `trafficStatuses` (in effect), by revision.

    Send the traffic where it is declared to go.
    """
    service, required = subject.item.service, subject.item.required
    if service.never_ready:
        return skips(f"no revision of {service.short} ever became ready; see run.not-ready")
    in_effect = service.split_in_effect
    seen = (service.evidence("trafficStatuses", shown(in_effect)), service.evidence("traffic", _asked(service)))
    if isinstance(required, Mapping):
        verdict = _as_declared(service, required, in_effect, seen)
    elif required == "latest":
        verdict = _latest(service, in_effect, seen)
    else:
        verdict = passes(required=shown(service.wanted_split), observed=shown(in_effect), evidence=seen)
    if verdict.status is Status.FAIL or dict(service.wanted_split) == dict(in_effect):
        return verdict
    return fails(
        required=shown(service.wanted_split),
        observed=shown(in_effect),
        reason=f"the traffic that {service.short} asks for is not the traffic in effect; see run.not-ready",
        evidence=seen,
        fix=(Fix(f"gcloud run services describe {service.short} --region {service.region}", mutates=False),),
    )


def _as_declared(
    service: run.Service, declared: Mapping[str, int], in_effect: Mapping[str, int], seen: tuple[Evidence, ...]
) -> Verdict:
    if all(in_effect.get(revision, 0) == percent for revision, percent in declared.items()):
        return passes(required=shown(declared), observed=shown(in_effect), evidence=seen)
    split = ",".join(f"{revision}={percent}" for revision, percent in declared.items() if percent)
    return fails(
        required=shown(declared),
        observed=shown(in_effect),
        reason=f"users of {service.short} are answered by other revisions than declared",
        evidence=seen,
        fix=_move(service, f"--to-revisions {split}"),
    )


def _latest(service: run.Service, in_effect: Mapping[str, int], seen: tuple[Evidence, ...]) -> Verdict:
    """`latest` is the newest ready revision, and stays it only when the traffic is not pinned [RDY-09, RDY-11]."""
    newest, created = last(service.latest_ready), last(service.latest_created)
    if not newest:
        said = f"{service.short} does not say which revision is the newest that became ready"
        raise Unseen(Gap(GapKind.UNDECIDED, said, service.origin.call, advice="see run.not-ready"))
    if dict(in_effect) != {newest: 100}:
        return fails(
            required="latest",
            observed=shown(in_effect),
            reason=f"{newest} is the newest ready revision and does not take all the traffic",
            evidence=seen,
            fix=_move(service, "--to-latest"),
        )
    if not all(share.latest for share in (*service.traffic, *service.wanted_traffic) if share.percent):
        return warns(
            required="latest",
            observed=f"pinned to {newest}",
            reason=f"{newest} is the newest today, but the traffic is pinned to it: the next deployment gets none",
            evidence=seen,
            fix=_move(service, "--to-latest"),
        )
    behind = f"{created}, deployed later, is not ready and takes none; see run.revision-failed"
    return passes(
        required="latest", observed=shown(in_effect), evidence=seen, reason="" if created == newest else behind
    )


def _move(service: run.Service, flag: str) -> tuple[Fix, ...]:
    return (Fix(f"gcloud run services update-traffic {service.short} --region {service.region} {flag}"),)


def _asked(service: run.Service) -> str:
    """Traffic as asked for, before it is resolved to revisions."""
    shares = [share for share in service.wanted_traffic if share.percent]
    return ", ".join(f"{'latest' if share.latest else share.revision} {share.percent} %" for share in shares)


def shown(split: Mapping[str, int]) -> str:
    """A split in words: `rev-1 90 %, rev-2 10 %`."""
    return ", ".join(f"{revision} {percent} %" for revision, percent in sorted(split.items()))

"""Private addresses: the network and the peering by which they are reached."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.run.declared import undecided, update
from diag.checks.subjects import RevisionView, revisions
from diag.checks.vpc.connector import not_there
from diag.checks.vpc.private import Private, private_addresses
from diag.checks.vpc.way import WAY_OUT, absent_services
from diag.errors import Unseen
from diag.facts.base import last
from diag.facts.sql import Instance
from diag.facts.world import World
from diag.paths.egress import Egress, Missing, leave
from diag.paths.private import Carriage, Stop, carry
from diag.report import Fix, Severity
from diag.requirements.model import Requirements


def revisions_or_absent(world: World, declared: Requirements) -> Iterator[Subject[RevisionView | Verdict] | Gap]:
    """Every serving revision, and each declared service that is not there with its `skip`."""
    for absent in absent_services(world, declared):
        yield Subject(absent.resource, absent.item, absent.declared_at, absent.critical)
    for subject in revisions(world, declared):
        if isinstance(subject, Gap):
            yield subject
        else:
            yield Subject(subject.resource, subject.item, subject.declared_at, subject.critical)


@check(
    "vpc.peering-missing",
    Severity.CRITICAL,
    revisions_or_absent,
    reads=(*WAY_OUT, "networks", "routes", "routers", "instances"),
    always=True,
    facts=("NET-11", "NET-14", "CON-01", "EGR-04"),
    docs=("https://cloud.google.com/sql/docs/postgres/private-ip",),
)
def peering_missing(
    subject: Subject[RevisionView | Verdict], world: World, declared: Requirements
) -> Iterator[Verdict]:
    """A private address that a service must reach cannot be reached.

    The private addresses of Cloud SQL and Memorystore lie on a peering of one network. A revision that
    leaves into another network, or into none, does not reach them: peerings are not transitive. Nor does
    anyone while the peering is not active.

    Reads the instances that the file says are reached by private address, or whose private address a
    plain variable of a serving revision holds, and the declared hosts of caches; the network that the
    revision leaves into, the state of its peerings, and for a cache the route to it. Addresses that come
    from a secret are not seen.

    Let the service leave into the instance's network, or connect private services access again.
    """
    view = subject.item
    if isinstance(view, Verdict):
        yield view
        return
    reached = list(private_addresses(view, world, declared))
    if not reached:
        yield skips(f"no private address is known that {view.revision.short} must reach")
        return
    egress = leave(world, view.revision)
    for one in reached:
        if isinstance(one, Verdict):
            yield one
        elif isinstance(egress, Missing):
            yield not_there(egress.resource)
        else:
            yield _seen_or_unknown(view, egress, one, world)


def _seen_or_unknown(view: RevisionView, egress: Egress, one: Private, world: World) -> Verdict:
    """The verdict of one address; that one is unknown must not hide another."""
    try:
        return _judged(view, egress, one, world)
    except Unseen as unseen:
        return undecided(unseen.gap, one.declared_at)


def _judged(view: RevisionView, egress: Egress, one: Private, world: World) -> Verdict:
    target = one.target
    required = f"egress into {last(target.network) or 'the network of ' + target.what} and an active peering"
    if one.instance and not target.network:
        return _without_network(one.instance, one, required)
    found = carry(world, egress, target)
    details = {
        "required": required,
        "observed": found.observed,
        "evidence": (*one.evidence, *egress.evidence(), *found.evidence),
        "declared_at": one.declared_at,
    }
    if not found.stop:
        return passes(**details)
    fix = _fix(view, egress, one, found)
    return fails(**details, reason=f"{view.service.short} {found.why}", fix=fix)


def _without_network(instance: Instance, one: Private, required: str) -> Verdict:
    command = f"gcloud sql instances patch {instance.short} --project {instance.project} --network NETWORK"
    return fails(
        required=required,
        observed=f"{instance.short} is on no network",
        reason=f"{instance.short} is declared to be reached by its private address, and has none",
        evidence=one.evidence,
        declared_at=one.declared_at,
        fix=(Fix(command),),
    )


def _fix(view: RevisionView, egress: Egress, one: Private, found: Carriage) -> tuple[Fix, ...]:
    if found.stop is Stop.NETWORK:
        network = one.target.network or "NETWORK"
        return update(view.service, f"--network {network} --vpc-egress private-ranges-only")
    if found.stop is Stop.MODE:
        return update(view.service, "--vpc-egress all-traffic")
    network, project = last(egress.network), egress.network.split("/")[1]
    if found.stop is Stop.INACTIVE:
        show = f"gcloud services vpc-peerings list --network {network} --project {project}"
        return (Fix(show, mutates=False),)
    if not one.target.by_service:
        show = f'gcloud compute routes list --filter "network:{network}" --project {project}'
        return (Fix(show, mutates=False),)
    connect = "gcloud services vpc-peerings connect --service servicenetworking.googleapis.com"
    return (Fix(f"{connect} --network {network} --project {project} --ranges ALLOCATED_RANGE"),)

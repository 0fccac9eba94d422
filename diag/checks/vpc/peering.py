"""Private services access: the peering by which private addresses of Cloud SQL are reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, skips
from diag.checks.run.declared import read, undecided, update
from diag.checks.subjects import RevisionView, instance_name, revisions
from diag.checks.vpc.connector import not_there
from diag.checks.vpc.way import WAY_OUT
from diag.errors import Unseen
from diag.facts.base import last, same
from diag.facts.sql import Instance
from diag.facts.world import World
from diag.paths import ranges
from diag.paths.egress import Egress, Missing, leave, network
from diag.paths.routes import SERVICE_PEERING
from diag.report import Evidence, Fix, Place, Severity, Status
from diag.requirements.model import Requirements
from diag.values import dataclass


@dataclass(frozen=True)
class Private:
    """An instance that a revision reaches by its private address, and what says so."""

    instance: Instance
    declared_at: Place | None
    evidence: tuple[Evidence, ...]


@check(
    "vpc.peering-missing",
    Severity.CRITICAL,
    revisions,
    reads=(*WAY_OUT, "networks", "instances"),
    always=True,
    facts=("NET-11", "NET-14", "CON-01"),
    docs=("https://cloud.google.com/sql/docs/postgres/private-ip",),
)
def peering_missing(subject: Subject[RevisionView], world: World, declared: Requirements) -> Iterator[Verdict]:
    """The private address of the database cannot be reached.

    A private address of Cloud SQL lies on a peering of one network. A revision that leaves into another
    network, or into none, does not reach it: peerings are not transitive. Nor does anyone while the
    peering is not active.

    Reads the instances that the file says are reached by private address, or whose private address a
    plain variable of a serving revision holds; the network that the revision leaves into; the state of
    the peering with private services access. Addresses that come from a secret are not seen.

    Let the service leave into the instance's network, or connect private services access again.
    """
    view = subject.item
    reached = list(_private_instances(view, world, declared))
    if not reached:
        yield skips(f"no private address of a database is known that {view.revision.short} reaches")
        return
    egress = leave(world, view.revision)
    for one in reached:
        if isinstance(one, Verdict):
            yield one
        elif isinstance(egress, Missing):
            yield not_there(egress.resource)
        else:
            yield _seen_or_unknown(view, egress, one, world)


def _private_instances(view: RevisionView, world: World, declared: Requirements) -> Iterator[Private | Verdict]:
    """Declared ones first; a declared one that is missing or has no private address is another's finding."""
    told: set[str] = set()
    for destination in view.wanted.reaches if view.wanted else ():
        wanted = declared.sql_instances.get(destination.sql or "")
        if not wanted or destination.via != "private-ip":
            continue
        place = destination.at("sql")
        told.add(instance_name(wanted))
        try:
            found = world.instances(wanted.project).find(instance_name(wanted))
        except Unseen as unseen:
            yield undecided(unseen.gap, place)
            continue
        if found:
            yield Private(found, place, (read(found, "settings.ipConfiguration.privateNetwork", "not set"),))
        else:
            yield skips(f"{wanted.name} is not there; see sql.instance-missing", declared_at=place)
    for one in _by_variable(view, world, declared):
        if one.instance.name not in told:
            told.add(one.instance.name)
            yield one


def _by_variable(view: RevisionView, world: World, declared: Requirements) -> Iterator[Private]:
    """The instances whose private address a plain variable holds, alone or with a port."""
    held = [(variable, where) for variable in view.revision.env if (where := ranges.address(variable.value or ""))]
    hosts = [(variable, where) for variable, where in held if any(where in block for block in ranges.RFC_1918)]
    if not hosts:
        return
    for project in declared.projects():
        listing = world.instances(project)
        known = {ranges.address(instance.address("PRIVATE")): instance for instance in listing}
        for variable, where in hosts:
            if instance := known.get(where):
                seen = view.revision.evidence(f"{variable.path}.value", str(where))
                yield Private(instance, None, (seen, instance.evidence(instance.address_path("PRIVATE"))))
        unmatched = [where for _, where in hosts if where not in known]
        if unmatched and listing.gaps:
            raise Unseen(listing.gaps[0])


def _seen_or_unknown(view: RevisionView, egress: Egress, one: Private, world: World) -> Verdict:
    """The verdict of one instance; that one is unknown must not hide another."""
    try:
        return _judged(view, egress, one, world)
    except Unseen as unseen:
        return undecided(unseen.gap, one.declared_at)


def _judged(view: RevisionView, egress: Egress, one: Private, world: World) -> Verdict:
    instance, own = one.instance, one.instance.private_network
    if not own and instance.flag("settings.ipConfiguration.pscConfig.pscEnabled"):
        said = f"{instance.short} is reached by Private Service Connect, which this version of diag does not judge"
        raise Unseen(Gap(GapKind.UNDECIDED, said, instance.origin.call))
    base = Verdict(
        status=Status.PASS,
        required=f"egress into {last(own) or 'the network of ' + instance.short} and an active peering",
        evidence=(*one.evidence, *egress.evidence()),
        declared_at=one.declared_at,
    )
    if not own:
        return _without_network(base, instance)
    address = instance.address("PRIVATE") or instance.short
    if same(egress.network, own):
        return _peered(base, own, address, world)
    where = last(egress.network) or egress.attachment.value
    said = f"leaves into {where}" if egress.network else f"has {where}"
    return replace(
        base,
        status=Status.FAIL,
        observed=where,
        reason=f"{view.service.short} {said}, and {address} lies on a peering of {last(own)}, "
        "which no other network reaches",
        fix=update(view.service, f"--network {own} --vpc-egress private-ranges-only"),
    )


def _without_network(base: Verdict, instance: Instance) -> Verdict:
    command = f"gcloud sql instances patch {instance.short} --project {instance.project} --network NETWORK"
    return replace(
        base,
        status=Status.FAIL,
        observed=f"{instance.short} is on no network",
        reason=f"{instance.short} is declared to be reached by its private address, and has none",
        fix=(Fix(command),),
    )


def _peered(base: Verdict, own: str, address: str, world: World) -> Verdict:
    found = network(world, own)
    peering = next((item for item in found.peerings if item.name == SERVICE_PEERING), None)
    project = own.split("/")[1]
    if peering is None:
        return replace(
            base,
            status=Status.FAIL,
            observed=f"{found.short} has no peering {SERVICE_PEERING}",
            reason=f"{address} lies beyond a peering that {found.short} does not have",
            evidence=(*base.evidence, found.evidence("peerings", [item.name for item in found.peerings])),
            fix=(
                Fix(
                    f"gcloud services vpc-peerings connect --service servicenetworking.googleapis.com "
                    f"--network {found.short} --project {project} --ranges ALLOCATED_RANGE"
                ),
            ),
        )
    state = peering.state.read()
    seen = (*base.evidence, found.evidence(f"{peering.path}.state", state))
    if state == "ACTIVE":
        return replace(base, observed=f"{found.short}, peering {state}", evidence=seen)
    show = f"gcloud services vpc-peerings list --network {found.short} --project {project}"
    return replace(
        base,
        status=Status.FAIL,
        observed=f"peering {peering.name} is {state}",
        reason=f"{address} lies beyond peering {peering.name}, which carries nothing while it is {state}",
        evidence=seen,
        fix=(Fix(show, mutates=False),),
    )

"""All-traffic egress: what enters the VPC has to find a way out of it again."""

from __future__ import annotations

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, fails, passes
from diag.checks.vpc.needs import Needs, internet_needs
from diag.checks.vpc.way import (
    NAT_DOCS,
    RUN_VPC_DOCS,
    Way,
    in_network,
    nat_commands,
    on_way,
    only_private_ranges,
    sender,
)
from diag.errors import Unseen
from diag.facts.base import last
from diag.facts.routing import Route
from diag.facts.world import World
from diag.paths import ranges, routes
from diag.paths.egress import Egress, subnet
from diag.paths.nat import Translation, described, google_access, hidden, near, public_nat, routers_evidence
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements


@on_way(
    "vpc.nat-missing",
    Severity.CRITICAL,
    also_reads=("routers", "instances"),
    facts=("EGR-05", "EGR-06", "EGR-07", "EGR-11", "CON-07"),
    docs=(NAT_DOCS, RUN_VPC_DOCS),
)
def nat_missing(subject: Subject[Way], world: World, declared: Requirements) -> Verdict:
    """All-traffic egress has no way to the internet.

    With all-traffic egress everything that a revision sends enters the VPC, its Cloud SQL socket by the
    instance's public address included. What has no external address leaves a VPC by Cloud NAT only.

    Reads how each serving revision leaves, and the NATs of that network and region: public, for
    machines, covering the subnet. It fails when something on the internet has to be reached, and warns
    when nothing is declared and no socket is attached.

    Send only private ranges into the VPC, or add a Cloud NAT.
    """
    way = subject.item
    egress = way.egress
    required = f"a public NAT for {sender(world, egress)} on {last(egress.network)} in {egress.region}"
    found = public_nat(world, egress)
    if found:
        observed = f"NAT {found.nat.name} of router {found.router.short}"
        return passes(required=required, observed=observed, evidence=(*way.evidence, *found.evidence()))
    others = near(world, egress)
    needs = _beyond_google(internet_needs(way, world, declared), world, egress)
    return needs.judged(
        required=required,
        observed=described(others, egress),
        reason=_stranded(way, needs),
        evidence=(*way.evidence, routers_evidence(world, egress), *_nat_evidence(others), *needs.evidence),
        fix=nat_commands(egress, others) if way.fixed_mode else only_private_ranges(way),
    )


def _nat_evidence(others: list[Translation]) -> tuple[Evidence, ...]:
    return tuple(item for other in others for item in other.evidence())


def _beyond_google(needs: Needs, world: World, egress: Egress) -> Needs:
    """What has to be reached and Private Google Access does not reach."""
    rest = needs.without_google()
    if rest.found or not needs.found:
        return rest
    return rest if google_access(world, egress) else needs


def _stranded(way: Way, needs: Needs) -> str:
    entering = f"everything {way.services} {way.verb} enters the VPC{needs.phrase(len(way.users))}"
    unknown = "" if needs.found else "; nothing on the internet is known that it must reach"
    return f"{entering}, and nothing there can leave it{unknown}"


@on_way(
    "vpc.default-route-missing",
    Severity.CRITICAL,
    also_reads=("networks", "routes", "routers", "instances"),
    facts=("EGR-05", "VPC-30"),
    docs=("https://cloud.google.com/vpc/docs/routes", RUN_VPC_DOCS),
)
def default_route_missing(subject: Subject[Way], world: World, declared: Requirements) -> Verdict:
    """All-traffic egress has no default route to the internet.

    Cloud NAT translates only what a route sends to the default internet gateway. Without such a route,
    or when another next hop wins, what a revision with all-traffic egress sends never gets to the NAT.

    Reads the routes of the network that hold for the connector or the interface (network tags
    included), and chooses by longest prefix, then priority. Routes learned by BGP or imported from a
    peer are in no list: where there can be some, the answer is unknown.

    Create the default route, or lower the priority of the one that wins.
    """
    way = subject.item
    egress = way.egress
    table = routes.of_network(world, egress)
    needs = internet_needs(way, world, declared)
    required = f"a route of {last(egress.network)} for 0.0.0.0/0 to the default internet gateway"
    default = routes.default(table)
    astray = _astray(table, needs, default)
    if astray is None and default:
        _require_seen(table, needs)
        routes.require_no_learned(world, egress)
        seen = (*way.evidence, *_route_evidence(default))
        return passes(
            required=required, observed=f"route {default.short}", evidence=seen, not_consulted=("policy-based routes",)
        )
    if not astray and needs.found and not needs.without_google().found:
        routes.require_not_google(table, needs.found[0].what)
    observed = f"route {astray.short} to {astray.next_hop}" if astray else "no default route"
    return needs.judged(
        required=required,
        observed=observed,
        reason=f"what {way.services} {way.verb} to the internet enters the VPC{needs.phrase(len(way.users))}, and "
        + ("another next hop takes it there" if astray else "no route leads it to the internet"),
        evidence=(*way.evidence, *(_route_evidence(astray) if astray else _seen_of(table)), *needs.evidence),
        fix=(_create_default(egress, astray),) if way.fixed_mode else only_private_ranges(way),
    )


def _astray(table: list[Route], needs: Needs, default: Route | None) -> Route | None:
    """The route that takes the internet, or one known address of it, to another next hop."""
    taken = (routes.winner(table, ranges.single(need.where)) for need in needs.found if need.where)
    return next((route for route in (default, *taken) if route and route.next_hop.kind != "internet"), None)


def _require_seen(table: list[Route], needs: Needs) -> None:
    """Raises `Unseen` when a route takes a part of the internet aside and a needed host may lie in it."""
    aside = routes.detours(table)
    hosts = [need.what for need in needs.found if need.where is None]
    if aside and (hosts or needs.gaps):
        route = aside[0]
        said = f"route {route.short} takes {route.destination} to {route.next_hop}"
        about = f"whether {hosts[0]} lies in it" if hosts else "what the revision must reach there"
        raise Unseen(Gap(GapKind.UNDECIDED, f"{said}, and {about} was not seen", route.origin.call))


def _route_evidence(route: Route) -> tuple[Evidence, ...]:
    return (
        route.evidence("destRange"),
        route.evidence(route.next_hop.path),
        route.evidence("priority", route.priority),
    )


def _seen_of(table: list[Route]) -> tuple[Evidence, ...]:
    """The destinations of the routes that there are."""
    return (table[0].evidence("destRange", [str(route.destination) for route in table]),) if table else ()


def _create_default(egress: Egress, winner: Route | None) -> Fix:
    """The command that makes a route to the internet which wins over `winner`; none can over priority 0."""
    if winner and winner.priority == 0:
        return Fix(f"gcloud compute routes delete {winner.short} --project {egress.network.split('/')[1]}")
    priority, block = (winner.priority - 1, winner.destination) if winner else (1000, ranges.ANYWHERE)
    return Fix(
        f"gcloud compute routes create {last(egress.network)}-internet {in_network(egress)} "
        f"--destination-range {block} --next-hop-gateway default-internet-gateway --priority {priority}"
    )


@on_way(
    "vpc.private-google-access-off",
    Severity.HIGH,
    also_reads=("routers",),
    facts=("EGR-11",),
    docs=("https://cloud.google.com/run/docs/securing/private-networking",),
)
def private_google_access_off(subject: Subject[Way], world: World, declared: Requirements) -> Verdict:
    """All-traffic egress cannot reach Google APIs.

    With all-traffic egress calls of Google APIs (Secret Manager, Cloud Storage, another Cloud Run
    service with internal ingress) enter the VPC too. There they need Private Google Access on the
    subnet, or a NAT.

    Reads `privateIpGoogleAccess` of the subnet that each serving revision leaves from, and the NATs. The
    subnet of a connector that was made from a range is not shown: without a NAT, that is unknown.

    Turn Private Google Access on.
    """
    way = subject.item
    egress = way.egress
    required = "Private Google Access on the subnet, or a public NAT"
    own = subnet(world, egress)
    seen = (*way.evidence, *((own.evidence("privateIpGoogleAccess", own.private_google_access),) if own else ()))
    if own and own.private_google_access:
        return passes(required=required, observed=f"on for {own.short}", evidence=seen)
    nat = public_nat(world, egress)
    if nat:
        return passes(required=required, observed=f"NAT {nat.nat.name}", evidence=(*seen, *nat.evidence()))
    if own is None:
        raise hidden(egress)
    command = f"gcloud compute networks subnets update {own.short} --region {own.region} --project {own.project} "
    return fails(
        required=required,
        observed=f"off for {own.short}, and no NAT covers it",
        reason=f"calls of Google APIs by {way.services} enter the VPC at {own.short} and end there",
        evidence=seen,
        fix=(Fix(f"{command}--enable-private-ip-google-access"),),
    )

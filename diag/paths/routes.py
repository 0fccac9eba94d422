"""Which route of a network takes a packet: the longest prefix, then the lowest priority number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import last, same
from diag.facts.routing import Route
from diag.facts.world import World
from diag.paths import ranges
from diag.paths.egress import Egress, network, network_project
from diag.paths.find import some

SERVICE_PEERING = "servicenetworking-googleapis-com"
"""The peering that private services access makes [NET-11]."""


def applying(routes: Iterable[Route], tags: frozenset[str]) -> list[Route]:
    """The IPv4 routes that carry traffic for a sender with these network tags; a route without tags is for all."""
    return [
        route
        for route in routes
        if isinstance(route.destination, IPv4Network) and route.active and (not route.tags or route.tags & tags)
    ]


def choose(routes: Iterable[Route], where: IPv4Network) -> tuple[Route, ...]:
    """The routes that win for all of `where`, equals together; empty when none takes it (doc:vpc/docs/routes)."""
    taking = [
        (route.destination.prefixlen, -route.priority, route)
        for route in routes
        if isinstance(route.destination, IPv4Network) and where.subnet_of(route.destination)
    ]
    best = max(((prefix, priority) for prefix, priority, _ in taking), default=None)
    return tuple(route for prefix, priority, route in taking if (prefix, priority) == best)


def of_network(world: World, egress: Egress) -> list[Route]:
    """The routes of the network that it leaves into, as far as they hold for it; raises `Unseen`.

    The network itself has to be seen: an empty list of routes proves nothing about one that was not.
    """
    network(world, egress.network)
    routes = some(world.routes(network_project(world, egress.network)))
    for route in routes:
        if not route.network:
            raise Unseen(route.malformed("network", ""))
    return applying((route for route in routes if same(route.network, egress.network)), egress.tags)


def winner(routes: Sequence[Route], where: IPv4Network) -> Route | None:
    """The one route that takes `where`; None when there is none; raises `Unseen` for equals of different kinds."""
    best = choose(routes, where)
    if len({route.next_hop.kind for route in best}) > 1:
        names = " and ".join(sorted(route.short for route in best))
        said = f"routes {names} have the same destination and priority and lead to different kinds of next hop"
        raise Unseen(Gap(GapKind.UNDECIDED, said, best[0].origin.call, advice="give them different priorities"))
    return best[0] if best else None


def default(routes: Sequence[Route]) -> Route | None:
    """The route that takes the internet: narrower ones that together are as wide win over 0.0.0.0/0.

    None when there is none; raises `Unseen` for equals of different kinds.
    """
    parts = _of_internet(routes)
    for elsewhere in (detours(routes), [route for route in parts if route.next_hop.kind == "internet"]):
        narrower = [route.destination for route in elsewhere if route.destination != ranges.ANYWHERE]
        if ranges.cover([block for block in narrower if isinstance(block, IPv4Network)], ranges.ANYWHERE):
            return elsewhere[0]
    return winner(routes, ranges.ANYWHERE)


def require_not_google(table: Sequence[Route], host: str) -> None:
    """Raises `Unseen` when, without a default route, one leads to the addresses that Google keeps for private access.

    DNS of the network then says whether the host, one of Google's, is reached by it.
    """
    for block in ranges.GOOGLE_API_RANGES:
        route = winner(table, block)
        if route and route.next_hop.kind == "internet":
            said = f"route {route.short} leads to {block}; whether the network's DNS names that for {host} was not read"
            raise Unseen(Gap(GapKind.UNDECIDED, said, route.origin.call, advice="diag probe, from inside the network"))


def detours(routes: Sequence[Route]) -> list[Route]:
    """The routes that take a part of the internet, narrower than all of it, elsewhere."""
    narrower = [route for route in _of_internet(routes) if route.destination != ranges.ANYWHERE]
    return [route for route in narrower if route.next_hop.kind != "internet"]


def _of_internet(routes: Sequence[Route]) -> list[Route]:
    """The routes that take the internet or a part of it, without those that lose to an equal of better priority."""
    parts = [
        route for route in routes if isinstance(route.destination, IPv4Network) and ranges.public(route.destination)
    ]
    return [
        route
        for route in parts
        if isinstance(route.destination, IPv4Network) and route in choose(parts, route.destination)
    ]


def require_no_learned(world: World, egress: Egress) -> None:
    """Raises `Unseen` when routes that no list shows may win: learned by BGP, or imported from a peer."""
    own = network(world, egress.network)
    for router in world.routers(network_project(world, egress.network)).whole():
        near = router.region == egress.region
        if same(router.network, egress.network) and router.learns_routes and (near or own.routing_mode == "GLOBAL"):
            show = (
                f"gcloud compute routers get-status {router.short} --region {router.region} --project {router.project}"
            )
            said = f"router {router.short} learns routes by BGP, which may win over the static ones and were not read"
            raise Unseen(Gap(GapKind.UNDECIDED, said, router.origin.call, advice=show))
    for peering in own.peerings:
        # Google's own side of private services access exports the routes of its subnets, never a default route.
        if peering.name != SERVICE_PEERING and peering.imports_custom_routes and peering.state.read() == "ACTIVE":
            show = (
                f"gcloud compute networks peerings list-routes {peering.name} --network {last(own.name)} "
                f"--region {egress.region} --direction INCOMING --project {own.project}"
            )
            said = f"peering {peering.name} imports custom routes, which may win over the static ones and were not read"
            raise Unseen(Gap(GapKind.UNDECIDED, said, own.origin.call, advice=show))

"""Which route takes a packet: against a naive reading of longest prefix, then priority."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.calls import Call
from diag.errors import Unseen
from diag.facts.base import Origin
from diag.facts.routing import Route
from diag.paths import ranges, routes

GATEWAY, VPN = "projects/p/global/gateways/default-internet-gateway", "projects/p/regions/r/vpnTunnels/office"
ORIGIN = Origin(Call.of("compute.routes.list", project="p"), "2025-09-18T09:00:00Z")


def route(cidr: str, *, internet: bool = True, priority: int = 1000, **fields: object) -> Route:
    hop = {"nextHopGateway": GATEWAY} if internet else {"nextHopVpnTunnel": VPN}
    doc = {"name": f"to-{cidr}", "destRange": cidr, "priority": priority, **hop, **fields}
    return Route(doc, ORIGIN, f"projects/p/global/routes/{cidr}-{internet}-{priority}")


tables = st.lists(
    st.builds(
        lambda bits, length, internet, priority: route(
            str(IPv4Network((bits << 29, length), strict=False)), internet=internet, priority=priority
        ),
        st.integers(0, 7),
        st.integers(0, 3),
        st.booleans(),
        st.integers(0, 2),
    ),
    max_size=8,
)


@given(tables, st.integers(0, 2**32 - 1).map(IPv4Address))
def test_no_other_route_is_narrower_or_of_better_priority(table: list[Route], where: IPv4Address) -> None:
    best = routes.choose(table, ranges.single(where))
    taking = [one for one in table if where in one.destination]
    assert bool(best) is bool(taking)
    for one in taking:
        assert all(
            (chosen.destination.prefixlen, -chosen.priority) >= (one.destination.prefixlen, -one.priority)
            for chosen in best
        )


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        ([route("0.0.0.0/0")], "internet"),
        ([route("0.0.0.0/0"), route("0.0.0.0/0", internet=False, priority=900)], "vpn"),
        ([route("0.0.0.0/0"), route("0.0.0.0/1", internet=False), route("128.0.0.0/1", internet=False)], "vpn"),
        ([route("0.0.0.0/1"), route("128.0.0.0/1")], "internet"),
        ([route("0.0.0.0/0"), route("0.0.0.0/1", internet=False)], "internet"),
    ],
)
def test_the_route_that_takes_the_internet(table: list[Route], kind: str) -> None:
    found = routes.default(table)
    assert found
    assert found.next_hop.kind == kind


def test_half_of_the_internet_is_no_default_route() -> None:
    assert routes.default([route("0.0.0.0/1"), route("10.0.0.0/8")]) is None


def test_equals_of_different_kinds_are_not_decided() -> None:
    with pytest.raises(Unseen, match="same destination and priority"):
        routes.default([route("0.0.0.0/0"), route("0.0.0.0/0", internet=False)])


def test_only_routes_for_everyone_or_for_its_tags_hold_for_a_sender() -> None:
    table = [route("10.0.0.0/8"), route("10.0.0.0/9", tags=["web"]), route("10.0.0.0/10", tags=["vpc-connector"])]
    found = routes.applying(
        [*table, route("::/0"), route("10.0.0.0/11", routeStatus="DROPPED")], frozenset({"vpc-connector"})
    )
    assert [str(one.destination) for one in found] == ["10.0.0.0/8", "10.0.0.0/10"]

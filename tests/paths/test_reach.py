"""Hop by hop to a destination: the first hop that stops it, and the check that reports that hop."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from diag.facts.world import World
from diag.paths.private import Target
from diag.paths.reach import first_stop, to_internet, to_private
from diag.snapshot import Snapshot
from fixtures import ids
from fixtures.healthy import healthy
from tests.scenarios.scenario import Patch, unchanged
from tests.scenarios.vpc_connector_state import of_state, removed
from tests.scenarios.vpc_google_access import access_off
from tests.scenarios.vpc_peering import no_peering, without_vpc
from tests.scenarios.vpc_routes import no_default, vpn
from tests.scenarios.vpc_shared import BACKEND, all_traffic, sending_all, together, without_router

REVISION = f"{ids.LOCATION}/services/netra-backend-staging/revisions/{BACKEND}"
DATABASE = Target(
    "db", IPv4Address("10.166.193.5"), "projects/netra-staging/global/networks/staging-vpc", by_service=True
)


def seen(*patches: Patch) -> World:
    estate = healthy()
    together(*patches)(estate)
    return World(Snapshot(ids.PROJECT, ids.REGION, estate.taken_at, estate.answers()))


def stopped_by(world: World, host: str) -> str:
    """The check that reports the hop which stops the way to a host; `unseen` where that was not seen."""
    revision = world.revision(REVISION)
    assert revision
    stop = first_stop(to_internet(world, revision, host))
    return "" if stop is None else stop.reported_by or "unseen"


@pytest.mark.parametrize(
    ("patch", "host", "check"),
    [
        (unchanged, "api.openai.com:443", ""),
        (without_router, "api.openai.com:443", ""),
        (without_vpc, "api.openai.com:443", ""),
        (all_traffic, "api.openai.com:443", ""),
        (sending_all(without_router), "api.openai.com:443", "vpc.nat-missing"),
        (sending_all(without_router), "storage.googleapis.com:443", ""),
        (sending_all(without_router, access_off), "storage.googleapis.com:443", "vpc.nat-missing"),
        (sending_all(no_default), "api.openai.com:443", "vpc.default-route-missing"),
        (sending_all(no_default, without_router), "api.openai.com:443", "vpc.default-route-missing"),
        (sending_all(vpn("52.1.0.0/16")), "52.1.2.3:443", "vpc.default-route-missing"),
        (sending_all(vpn("52.1.0.0/16")), "52.2.2.3:443", ""),
        (sending_all(vpn("52.1.0.0/16")), "api.openai.com:443", "unseen"),
        (sending_all(of_state("ERROR")), "api.openai.com:443", "vpc.connector-not-ready"),
        (sending_all(removed), "api.openai.com:443", "vpc.connector-missing"),
        (sending_all(lambda estate: estate.gap("compute.routes.list", "denied")), "api.openai.com:443", "unseen"),
    ],
)
def test_the_first_hop_that_stops_the_way_to_the_internet(patch: Patch, host: str, check: str) -> None:
    assert stopped_by(seen(patch), host) == check


@pytest.mark.parametrize(
    ("patch", "check"),
    [
        (unchanged, ""),
        (no_peering, "vpc.peering-missing"),
        (without_vpc, "vpc.peering-missing"),
        (of_state("UPDATING"), "vpc.connector-not-ready"),
        (removed, "vpc.connector-missing"),
    ],
)
def test_the_first_hop_that_stops_the_way_to_a_private_address(patch: Patch, check: str) -> None:
    world = seen(patch)
    revision = world.revision(REVISION)
    assert revision
    stop = first_stop(to_private(world, revision, DATABASE))
    assert (stop.reported_by if stop else "") == check

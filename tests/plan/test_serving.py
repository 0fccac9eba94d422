"""Calls that follow from Cloud Run, whichever answer arrives first."""

from __future__ import annotations

import itertools

import pytest

from diag.calls import Answer, Call
from diag.metrics import topic_of
from diag.plan import Plan
from diag.requirements.load import without_file

PARENT = "projects/made-up/locations/us-central1"
SERVICE = {
    "name": f"{PARENT}/services/login",
    "trafficStatuses": [
        {"revision": "login-2", "percent": 100},
        {"revision": "login-1", "tag": "old"},
        {"revision": "login-0", "tag": "older"},
    ],
}
GROUP = {"region": "regions/us-central1", "cloudRun": {"service": "login", "tag": "old"}}
ANSWERS = {
    Call.of("run.services.list", parent=PARENT): Answer({"services": [SERVICE]}),
    Call.of("compute.networkEndpointGroups.aggregatedList", project="made-up"): Answer(
        {"items": {"regions/us-central1": {"networkEndpointGroups": [GROUP]}}}
    ),
}


@pytest.mark.parametrize("order", list(itertools.permutations(ANSWERS)), ids=["services first", "groups first"])
def test_the_revision_of_a_tag_that_a_group_names_is_read_besides_those_that_take_traffic(order: list[Call]) -> None:
    reads = frozenset({"services", "revisions", "network_endpoint_groups"})
    plan = Plan.of(without_file("made-up", "us-central1"), reads, "2025-09-18T09:00:00Z")
    following = [call for arrived in order for call in plan.next(arrived, ANSWERS[arrived])]
    revisions = {call["name"].rpartition("/")[2] for call in following if call.method.key == "run.revisions.get"}
    assert revisions == {"login-1", "login-2"}


AT = "2025-09-18T09:00:00Z"
HOST = "projects/shared-host"
NAT = "router.googleapis.com/nat/port_usage"
CPU = "vpcaccess.googleapis.com/connector/cpu/utilizations"


def metrics(answered: Call, doc: dict[str, object]) -> set[tuple[str, str]]:
    """Project and topic of the metrics that are asked for once a call has answered."""
    reads = frozenset({"services", "revisions", "connectors", "routers", f"metrics/{NAT}", f"metrics/{CPU}"})
    plan = Plan.of(without_file("made-up", "us-central1"), reads, "2025-09-18T09:00:00Z")
    following = plan.next(answered, Answer(doc))
    return {(call["name"], topic_of(call)) for call in following if topic_of(call).startswith("metrics/")}


def test_what_a_shared_vpc_host_measures_of_its_nat_is_read_there() -> None:
    revision = Call.of("run.revisions.get", name=f"{PARENT}/services/login/revisions/login-2")
    inside = {"network": f"{HOST}/global/networks/core"}
    assert metrics(revision, {"vpcAccess": {"networkInterfaces": [inside]}}) == {(HOST, f"metrics/{NAT}")}
    own = {"network": "projects/made-up/global/networks/core"}
    assert metrics(revision, {"vpcAccess": {"networkInterfaces": [own]}}) == set()


def test_what_is_measured_of_a_connector_of_another_project_is_read_there() -> None:
    connector = f"{HOST}/locations/us-central1/connectors/egress"
    found = metrics(Call.of("vpcaccess.connectors.get", name=connector), {"name": connector, "network": "core"})
    assert found == {(HOST, f"metrics/{CPU}"), (HOST, f"metrics/{NAT}")}


@pytest.mark.parametrize(("number", "is_host"), [("701982941522", False), ("112233445566", True)])
def test_a_host_that_is_named_by_its_number_is_told_from_the_project_itself(number: str, is_host: bool) -> None:
    plan = Plan.of(without_file("made-up", "us-central1"), frozenset({"services", "revisions", "networks"}), AT)
    listed = Call.of("run.services.list", parent=PARENT)
    urls = ["https://login-701982941522.us-central1.run.app"]
    list(plan.next(listed, Answer({"services": [{**SERVICE, "urls": urls}]})))
    revision = Call.of("run.revisions.get", name=f"{PARENT}/services/login/revisions/login-2")
    inside = {"network": f"projects/{number}/global/networks/core"}
    following = plan.next(revision, Answer({"vpcAccess": {"networkInterfaces": [inside]}}))
    networks = [call["project"] for call in following if call.method.key == "compute.networks.list"]
    assert set(networks) == ({number} if is_host else set())

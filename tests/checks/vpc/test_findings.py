"""What a finding on egress says besides its status: on what, where it was declared, how grave it is, what to type."""

from __future__ import annotations

import pytest

from diag.report import Finding, Severity, Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario, findings, unchanged
from tests.scenarios.vpc_addresses import second_connector
from tests.scenarios.vpc_connector_settings import named
from tests.scenarios.vpc_connector_state import of_state, removed
from tests.scenarios.vpc_nat import listed
from tests.scenarios.vpc_shared import (
    BACKEND,
    CONNECTOR,
    HEAD,
    all_traffic,
    connector,
    direct_all_traffic,
    revision,
    sending_all,
    without_router,
    without_sockets,
)

LOCATION = "projects/netra-staging/locations/us-central1"
FILE = """\
version: 1
project: netra-staging
region: us-central1
services:
  netra-backend-staging:
    egress:
      connector: staging-connector
      mode: all-traffic
    reaches:
      - sql: staging-shared-postgres
        via: socket
      - redis: cache
      - internet: [api.openai.com:443]
connectors:
  staging-connector:
    network: other-vpc
    min_instances: 2
    max_instances: 10
sql_instances: {staging-shared-postgres: {}}
redis_instances: {cache: {host: 10.200.0.3}}
"""
CRITICAL = f"{HEAD}connectors: {{staging-connector: {{critical: true, max_instances: 10}}}}\n"


def one(check: str, status: Status, patch: Patch, declared: str = HEAD) -> Finding:
    """The one finding of that status that a check gives of a patched estate."""
    found = findings(Scenario("", check, status, patch, declared))
    (wanted,) = [finding for finding in found if finding.status is status]
    return wanted


def declared_line(finding: Finding) -> str:
    """The line of FILE that it blames."""
    return FILE.splitlines()[finding.declared_at.line - 1].strip() if finding.declared_at else ""


def fields(finding: Finding) -> list[str]:
    return [evidence.field for evidence in finding.evidence]


def commands(finding: Finding) -> list[str]:
    return [fix.command for fix in finding.fix]


def small(estate: Estate) -> None:
    connector(estate)["maxInstances"] = 3


@pytest.mark.parametrize(
    ("check", "patch", "line"),
    [
        ("vpc.connector-missing", removed, "staging-connector:"),
        ("vpc.connector-not-ready", of_state("ERROR"), "staging-connector:"),
        ("vpc.connector-wrong-network", unchanged, "network: other-vpc"),
        ("vpc.connector-undersized", small, "max_instances: 10"),
        ("vpc.egress-wrong", unchanged, "mode: all-traffic"),
        ("vpc.nat-missing", sending_all(without_router), "- internet: [api.openai.com:443]"),
        ("vpc.peering-missing", unchanged, "- redis: cache"),
    ],
)
def test_a_failure_is_blamed_on_the_line_that_asks_for_it(check: str, patch: Patch, line: str) -> None:
    assert declared_line(one(check, Status.FAIL, patch, FILE)) == line


def test_a_way_out_is_declared_where_all_traffic_is_asked_for() -> None:
    found = one("vpc.private-google-access-off", Status.PASS, all_traffic, FILE)
    assert declared_line(found) == "mode: all-traffic"


def test_a_socket_that_is_attached_and_not_declared_is_blamed_on_the_mode() -> None:
    declared = FILE.replace("- sql: staging-shared-postgres", "- internet: [run.googleapis.com:443]")
    declared = declared.replace("        via: socket\n", "").replace("      - internet: [api.openai.com:443]\n", "")
    found = one("vpc.nat-missing", Status.FAIL, sending_all(without_router), declared)
    assert found.declared_at
    assert declared.splitlines()[found.declared_at.line - 1].strip() == "mode: all-traffic"
    assert "34.171.0.1:3307" in found.reason


def test_no_way_to_the_internet_is_told_of_the_connector_once_with_all_that_was_read() -> None:
    found = one("vpc.nat-missing", Status.FAIL, sending_all(without_router), FILE)
    assert found.resource == f"{LOCATION}/connectors/{CONNECTOR}"
    assert found.required == "a public NAT for 10.2.0.0/28 on staging-vpc in us-central1"
    assert found.observed == "staging-vpc has no router with NAT in us-central1"
    assert {"vpcAccess.connector", "vpcAccess.egress", "network", "ipAddresses[0].ipAddress"} <= set(fields(found))
    assert "netra-backend-staging and netra-auth-service send enters the VPC" in found.reason
    assert "api.openai.com:443 and their Cloud SQL socket to 34.171.0.1:3307 included" in found.reason


def test_no_way_to_the_internet_is_told_of_the_subnet_of_direct_egress() -> None:
    found = one("vpc.nat-missing", Status.FAIL, sending_all(direct_all_traffic, without_router))
    assert found.resource == "projects/netra-staging/regions/us-central1/subnetworks/staging-subnet"


def test_a_declared_mode_is_kept_by_the_fix_and_another_is_changed() -> None:
    asked = one("vpc.nat-missing", Status.FAIL, sending_all(without_router), FILE)
    assert commands(asked) == [
        "gcloud compute routers create staging-vpc-nat-router --network staging-vpc "
        "--region us-central1 --project netra-staging",
        "gcloud compute routers nats create staging-vpc-nat --router staging-vpc-nat-router "
        "--region us-central1 --project netra-staging --nat-all-subnet-ip-ranges --auto-allocate-nat-external-ips",
    ]
    free = one("vpc.nat-missing", Status.FAIL, sending_all(without_router))
    assert commands(free) == [
        f"gcloud run services update {service} --region us-central1 --vpc-egress private-ranges-only"
        for service in ("netra-backend-staging", "netra-auth-service")
    ]


def test_a_nat_that_lists_other_subnets_is_widened_since_no_other_may_take_all_beside_it() -> None:
    found = one("vpc.nat-missing", Status.FAIL, listed("staging-subnet", "ALL_IP_RANGES"), FILE)
    assert commands(found) == [
        "gcloud compute routers nats update staging-nat --router staging-router "
        "--region us-central1 --project netra-staging --nat-all-subnet-ip-ranges"
    ]


def test_nothing_to_reach_needs_no_fix() -> None:
    declared = f"{HEAD}services: {{netra-backend-staging: {{reaches: [{{redis: c}}]}}}}\nredis_instances: {{c: {{}}}}\n"

    def only_backend(estate: Estate) -> None:
        del revision(estate, "netra-auth-service-00041-w8c")["vpcAccess"]

    found = one("vpc.nat-missing", Status.PASS, sending_all(without_sockets, without_router, only_backend), declared)
    assert not found.fix


def test_a_critical_connector_raises_its_findings_by_one_level() -> None:
    plain = one("vpc.connector-undersized", Status.FAIL, small, CRITICAL.replace("critical: true, ", ""))
    raised = one("vpc.connector-undersized", Status.FAIL, small, CRITICAL)
    assert (plain.severity, raised.severity) == (Severity.HIGH, Severity.CRITICAL)


def test_a_missing_connector_says_who_leaves_by_it_and_what_is_there_instead() -> None:
    found = one("vpc.connector-missing", Status.FAIL, named(name="gone"))
    assert found.resource == f"{LOCATION}/connectors/gone"
    assert "netra-backend-staging-00096-h4d and netra-auth-service-00041-w8c leave by it" in found.reason
    assert found.evidence[0].value == [CONNECTOR]


def test_a_connector_in_error_is_made_again_where_and_as_large_as_it_was() -> None:
    found = one("vpc.connector-not-ready", Status.FAIL, of_state("ERROR"))
    assert commands(found) == [
        f"gcloud compute networks vpc-access connectors delete {CONNECTOR} --region us-central1 "
        "--project netra-staging",
        f"gcloud compute networks vpc-access connectors create {CONNECTOR} --region us-central1 "
        "--project netra-staging --subnet staging-connector-subnet "
        "--machine-type e2-micro --min-instances 2 --max-instances 10",
    ]


def test_a_way_that_was_not_seen_is_unknown_of_its_own_revision() -> None:
    def odd_mode(estate: Estate) -> None:
        revision(estate)["vpcAccess"]["egress"] = "MOST"

    found = one("vpc.nat-missing", Status.UNKNOWN, odd_mode, FILE)
    assert found.resource.endswith(f"/revisions/{BACKEND}")
    assert declared_line(found) == "netra-backend-staging:"


def test_a_connector_of_another_network_that_was_half_seen_leaves_the_rest_judged() -> None:
    """The second connector names a subnet that no list shows, and leads into another network."""

    def patch(estate: Estate) -> None:
        second_connector("10.8.0.0/28")(estate)
        second = estate.resource("vpcaccess.connectors", "second")
        del second["ipCidrRange"]
        second |= {"network": "other-vpc", "subnet": {"name": "gone"}}

    assert one("vpc.range-overlaps", Status.PASS, patch).resource.endswith(f"/{CONNECTOR}")
    assert one("vpc.range-overlaps", Status.UNKNOWN, patch).resource.endswith("/second")


def denied(kind: str, priority: int = 500) -> Patch:
    """What is sent to Redis is denied: by the network's own rule, or by a policy of that kind."""

    def patch(estate: Estate) -> None:
        firewall = estate.resource("compute.networks.getEffectiveFirewalls", "staging-vpc")
        if not kind:
            rule = {
                "name": "deny-cache",
                "priority": priority,
                "direction": "EGRESS",
                "denied": [{"IPProtocol": "tcp"}],
            }
            firewall["firewalls"].append({**rule, "destinationRanges": ["10.166.204.0/24"]})
            return
        match = {"destIpRanges": ["10.166.204.0/24"], "layer4Configs": [{"ipProtocol": "tcp"}]}
        rule = {"priority": priority, "direction": "EGRESS", "action": "deny", "match": match}
        firewall["firewallPolicys"] = [{"name": "1234", "shortName": "org", "type": kind, "rules": [rule]}]

    return patch


CACHED = (
    f"{HEAD}services: {{netra-backend-staging: {{reaches: [{{redis: staging-redis}}]}}}}\n"
    "redis_instances: {staging-redis: {}}\n"
)


@pytest.mark.parametrize(
    ("kind", "priority", "command"),
    [
        ("", 500, "gcloud compute firewall-rules create allow-us-central1-6379 "),
        ("", 0, "gcloud compute firewall-rules update deny-cache "),
        ("HIERARCHY", 500, "gcloud compute firewall-policies rules create 499 --firewall-policy 1234 "),
        ("HIERARCHY", 0, "gcloud compute firewall-policies rules update 0 --firewall-policy 1234 "),
        ("NETWORK", 500, "gcloud compute network-firewall-policies rules create 499 "),
        ("NETWORK_REGIONAL", 500, "gcloud compute network-firewall-policies rules create 499 "),
        ("SYSTEM", 500, "gcloud compute networks get-effective-firewalls staging-vpc "),
    ],
)
def test_a_denial_is_answered_at_its_own_level(kind: str, priority: int, command: str) -> None:
    found = findings(Scenario("", "vpc.firewall-blocks", Status.FAIL, denied(kind, priority), CACHED))
    [failed] = [finding for finding in found if finding.status is Status.FAIL]
    assert failed.fix[0].command.startswith(command)


def test_a_rule_of_the_network_comes_before_the_denial() -> None:
    found = findings(Scenario("", "vpc.firewall-blocks", Status.FAIL, denied("", 40), CACHED))
    [failed] = [finding for finding in found if finding.status is Status.FAIL]
    assert failed.fix[0].command.endswith("--priority 39")


def test_networks_of_one_name_are_told_apart_by_their_projects() -> None:
    def patch(estate: Estate) -> None:
        named(project="netra-host")(estate)
        doc = estate.remove("vpcaccess.connectors", CONNECTOR)
        estate.add("vpcaccess.connectors", {**doc, "name": doc["name"].replace("netra-staging", "netra-host")})

    found = findings(Scenario("", "redis.network-wrong", Status.FAIL, patch, CACHED))
    [failed] = [finding for finding in found if finding.status is Status.FAIL]
    assert failed.required == "clients leave into staging-vpc of netra-staging"
    assert str(failed.observed).endswith("leaves into staging-vpc of netra-host")

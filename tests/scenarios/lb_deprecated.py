"""Deprecated names in DNS; in certificates and host rules they are among the settings."""

from __future__ import annotations

from diag.calls import GapKind
from diag.report import Status
from fixtures import lb
from fixtures.estate import Estate
from tests.scenarios.lb_serving import record, zone
from tests.scenarios.lb_shared import balancer
from tests.scenarios.scenario import Scenario

DEPRECATED = "lb.deprecated-domain"
OLD = balancer('deprecated_domains: ["*.staging.netrasystems.ai"]')
ONE = balancer("deprecated_domains: [old.netrasystems.ai]")
NAME = "api.staging.netrasystems.ai"


def validation(estate: Estate) -> None:
    """What validates names and mail below the deprecated name, and is no host."""
    record("_acme-challenge.api.staging.netrasystems.ai", "CNAME", "x.authorize.certificatemanager.goog.")(estate)
    record(NAME, "TXT", "v=spf1 -all")(estate)


def private(estate: Estate) -> None:
    zone("inside", "staging.netrasystems.ai.", (NAME, "A", lb.ADDRESS))(estate)
    estate.resource("dns.managedZones", "inside")["visibility"] = "private"


SCENARIOS = (
    Scenario("an address", DEPRECATED, Status.FAIL, record(NAME, "A", lb.ADDRESS), OLD, says=f"record {NAME} A"),
    Scenario("an alias", DEPRECATED, Status.FAIL, record(f"*.{NAME[4:]}", "CNAME", "x.example."), OLD, says="CNAME"),
    Scenario("one name", DEPRECATED, Status.FAIL, record("old.netrasystems.ai", "AAAA", "2001:db8::7"), ONE),
    Scenario(
        "an address in a zone of its own",
        DEPRECATED,
        Status.FAIL,
        zone("old", "staging.netrasystems.ai.", (NAME, "A", "198.51.100.7")),
        OLD,
        says=f"record {NAME} A",
    ),
    Scenario("what only validates", DEPRECATED, Status.PASS, validation, OLD),
    Scenario("an address inside the network", DEPRECATED, Status.PASS, private, OLD),
    Scenario(
        "Cloud DNS is off", DEPRECATED, Status.PASS, lambda e: e.gap("dns.managedZones.list", GapKind.DISABLED), OLD
    ),
    Scenario(
        "zones refused", DEPRECATED, Status.UNKNOWN, lambda e: e.gap("dns.managedZones.list", GapKind.DENIED), OLD
    ),
    Scenario(
        "records refused",
        DEPRECATED,
        Status.UNKNOWN,
        lambda e: e.gap("dns.resourceRecordSets.list", GapKind.DENIED),
        OLD,
    ),
)

"""The firewall on the way, and whether each declared destination has one."""

from __future__ import annotations

from diag.calls import GapKind, Json
from diag.report import Status
from fixtures import ids
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario
from tests.scenarios.vpc_shared import (
    BACKEND,
    HEAD,
    INTERNET,
    PRIVATE,
    all_traffic,
    direct,
    no_service,
    other_network,
    revision,
    without_router,
)

BLOCKS, REACH = "vpc.firewall-blocks", "vpc.unreachable"
SOCKET = (
    f"{HEAD}services: {{netra-backend-staging: {{reaches: [{{sql: staging-shared-postgres, via: socket}}]}}}}\n"
    "sql_instances: {staging-shared-postgres: {}}\n"
)
CACHE = (
    f"{HEAD}services: {{netra-backend-staging: {{reaches: [{{redis: staging-redis}}]}}}}\n"
    "redis_instances: {staging-redis: {}}\n"
)


def firewall(estate: Estate) -> Json:
    found: Json = estate.resources["compute.networks.getEffectiveFirewalls"]["staging-vpc"]
    return found


def rule(name: str, priority: int, **fields: object) -> Patch:
    """Another rule of the network; it lets out unless it says `denied`."""

    def patch(estate: Estate) -> None:
        doc = {"name": name, "priority": priority, "direction": "EGRESS", "network": ids.NETWORK, **fields}
        firewall(estate)["firewalls"].append(doc)

    return patch


def denial(priority: int = 1000, to: str = "0.0.0.0/0", **fields: object) -> Patch:
    return rule(f"deny-{priority}", priority, denied=[{"IPProtocol": "all"}], destinationRanges=[to], **fields)


def new_direction(estate: Estate) -> None:
    """A denial of a direction that the documentation does not know."""
    denial(direction="SIDEWAYS")(estate)


def untold(kind: str) -> Patch:
    """The instance has an address of that kind, and the answer does not hold it."""

    def patch(estate: Estate) -> None:
        instance = estate.resource("sql.instances", "staging-shared-postgres")
        instance["ipAddresses"] = [item for item in instance["ipAddresses"] if item["type"] != kind]

    return patch


def address_of_a_new_type(estate: Estate) -> None:
    for item in estate.resource("sql.instances", "staging-shared-postgres")["ipAddresses"]:
        item["type"] = "PRIVATE_QUANTUM"


def public_switched_off(estate: Estate) -> None:
    """The instance has no public address by its settings; an old one is still listed."""
    estate.resource("sql.instances", "staging-shared-postgres")["settings"]["ipConfiguration"]["ipv4Enabled"] = False


def actionless(estate: Estate) -> None:
    rule("silent", 900, destinationRanges=["10.0.0.0/8"])(estate)
    denial()(estate)


def by_endpoints(estate: Estate) -> None:
    """The instance has no address of its own: networks reach it by Private Service Connect."""
    found = estate.resource("sql.instances", "staging-shared-postgres")
    found["ipAddresses"] = []
    addresses = found["settings"]["ipConfiguration"]
    del addresses["privateNetwork"]
    addresses |= {"ipv4Enabled": False, "pscConfig": {"pscEnabled": True}}


def of_mysql(estate: Estate) -> None:
    estate.resource("sql.instances", "staging-shared-postgres")["databaseVersion"] = "MYSQL_8_0"


def cache_without_host(estate: Estate) -> None:
    del estate.resource("redis.instances", "staging-redis")["host"]


def cache_by_name(estate: Estate) -> None:
    """The cache's host is no address, which the API never says."""
    estate.resource("redis.instances", "staging-redis")["host"] = "cache.internal"


def allowance(priority: int, to: str, port: str = "5432") -> Patch:
    allowed = [{"IPProtocol": "tcp", "ports": [port]}]
    return rule(f"allow-{priority}", priority, allowed=allowed, destinationRanges=[to])


def policy(action: str, to: str = "10.166.192.0/20", kind: str = "HIERARCHY", **fields: object) -> Patch:
    """A policy above the network, or beside it, with one rule."""

    def patch(estate: Estate) -> None:
        match = {"destIpRanges": [to], "layer4Configs": [{"ipProtocol": "all"}]}
        one = {"priority": 100, "direction": "EGRESS", "action": action, "match": match, **fields}
        firewall(estate)["firewallPolicys"] = [{"shortName": "baseline", "type": kind, "rules": [one]}]

    return patch


def matching(action: str, direction: str = "EGRESS", **match: object) -> Patch:
    """A policy above the network with one rule that matches like this."""
    found = {"layer4Configs": [{"ipProtocol": "all"}], **match}
    return policy(action, direction=direction, match=found)


def without_own_rules(estate: Estate) -> None:
    """The rules that the connector brings along are not shown."""
    own = firewall(estate)
    own["firewalls"] = [doc for doc in own["firewalls"] if not doc["name"].startswith("aet-")]


def inward_denial(priority: int, sources: str = "0.0.0.0/0") -> Patch:
    denied = [{"IPProtocol": "all"}]
    return rule("deny-in", priority, direction="INGRESS", denied=denied, sourceRanges=[sources])


def kept_out(priority: int = 900, **fields: object) -> Patch:
    """A rule against what comes from the connector's range, or from what is given."""
    sources = fields or {"sourceRanges": ["10.2.0.0/28"]}
    return rule("keep-out", priority, direction="INGRESS", denied=[{"IPProtocol": "all"}], **sources)


def let_in(priority: int, port: str) -> Patch:
    allowed = [{"IPProtocol": "tcp", "ports": [port]}]
    return rule("let-in", priority, direction="INGRESS", allowed=allowed, sourceRanges=["10.2.0.0/28"])


def together(*patches: Patch) -> Patch:
    def patch(estate: Estate) -> None:
        for each in patches:
            each(estate)

    return patch


def ordered(estate: Estate) -> None:
    network = estate.resource("compute.networks", "staging-vpc")
    network["networkFirewallPolicyEnforcementOrder"] = "BEFORE_CLASSIC_FIREWALL"


def refused(estate: Estate) -> None:
    estate.gap("compute.networks.getEffectiveFirewalls", GapKind.DENIED)


def tests_refused(estate: Estate) -> None:
    estate.gap("networkmanagement.connectivityTests.list", GapKind.DISABLED)


def connector_broken(estate: Estate) -> None:
    estate.resource("vpcaccess.connectors", "staging-connector")["state"] = "ERROR"


def connector_gone(estate: Estate) -> None:
    estate.remove("vpcaccess.connectors", "staging-connector")


def no_default(estate: Estate) -> None:
    all_traffic(estate)
    routes = estate.resources["compute.routes"]
    estate.remove("compute.routes", next(name for name, doc in routes.items() if doc["destRange"] == "0.0.0.0/0"))


def inactive(estate: Estate) -> None:
    estate.resource("compute.networks", "staging-vpc")["peerings"][0]["state"] = "INACTIVE"


def private_only(estate: Estate) -> None:
    instance = estate.resource("sql.instances", "staging-shared-postgres")
    instance["settings"]["ipConfiguration"]["ipv4Enabled"] = False
    instance["ipAddresses"] = [item for item in instance["ipAddresses"] if item["type"] == "PRIVATE"]


def cache_elsewhere(estate: Estate) -> None:
    other_network(estate)
    link = "projects/netra-staging/global/networks/other-vpc"
    estate.resource("redis.instances", "staging-redis")["authorizedNetwork"] = link


def no_egress(estate: Estate) -> None:
    del revision(estate)["vpcAccess"]


def no_instance(estate: Estate) -> None:
    estate.remove("sql.instances", "staging-shared-postgres")


def verified(result: str, service: str = "netra-backend-staging") -> Patch:
    """Somebody ran a Connectivity Test for the service to the database's private address."""

    def patch(estate: Estate) -> None:
        name = f"projects/{ids.PROJECT}/locations/global/connectivityTests/db"
        estate.add(
            "networkmanagement.connectivityTests",
            {
                "name": name,
                "labels": {"service": service},
                "destination": {"ipAddress": "10.166.193.5", "port": 5432},
                "reachabilityDetails": {"result": result, "verifyTime": "2025-09-18T08:00:00Z"},
            },
        )

    return patch


ENDPOINTS = (
    Scenario(
        "an instance behind endpoints, by private address",
        REACH,
        Status.UNKNOWN,
        by_endpoints,
        PRIVATE,
        says="Private Service Connect",
    ),
)

FIREWALL = (
    Scenario("no rule denies it", BLOCKS, Status.PASS, declared=PRIVATE, resource=BACKEND, says="no rule"),
    Scenario("denied to everywhere", BLOCKS, Status.FAIL, denial(), PRIVATE, BACKEND, "deny-1000"),
    Scenario(
        "allowed before the denial", BLOCKS, Status.PASS, together(denial(), allowance(900, "10.0.0.0/8")), PRIVATE
    ),
    Scenario(
        "allowed after the denial", BLOCKS, Status.FAIL, together(denial(), allowance(1100, "10.0.0.0/8")), PRIVATE
    ),
    Scenario(
        "a denial wins over an equal", BLOCKS, Status.FAIL, together(allowance(900, "10.0.0.0/8"), denial(900)), PRIVATE
    ),
    Scenario(
        "another port is allowed", BLOCKS, Status.FAIL, together(denial(), allowance(900, "10.0.0.0/8", "443")), PRIVATE
    ),
    Scenario(
        "the port of MySQL is allowed",
        BLOCKS,
        Status.PASS,
        together(of_mysql, denial(), allowance(900, "10.0.0.0/8", "3306")),
        PRIVATE,
        BACKEND,
    ),
    Scenario(
        "the port of PostgreSQL is allowed, and it is MySQL",
        BLOCKS,
        Status.FAIL,
        together(of_mysql, denial(), allowance(900, "10.0.0.0/8")),
        PRIVATE,
        BACKEND,
    ),
    Scenario("an instance behind endpoints", BLOCKS, Status.UNKNOWN, by_endpoints, PRIVATE, says="Private Service"),
    Scenario("another range is denied", BLOCKS, Status.PASS, denial(1000, "192.168.0.0/16"), PRIVATE),
    Scenario("a disabled denial", BLOCKS, Status.PASS, denial(1000, disabled=True), PRIVATE),
    Scenario("a denial for other machines", BLOCKS, Status.PASS, denial(1000, targetTags=["web"]), PRIVATE),
    Scenario("a denial for connectors", BLOCKS, Status.FAIL, denial(1000, targetTags=["vpc-connector"]), PRIVATE),
    Scenario("a policy above denies", BLOCKS, Status.FAIL, policy("deny"), PRIVATE, says="policy baseline"),
    Scenario("a policy above passes on", BLOCKS, Status.PASS, policy("goto_next"), PRIVATE),
    Scenario("a policy above allows", BLOCKS, Status.PASS, together(policy("allow"), denial()), PRIVATE),
    Scenario(
        "a policy beside comes after", BLOCKS, Status.FAIL, together(policy("allow", kind="NETWORK"), denial()), PRIVATE
    ),
    Scenario(
        "a policy beside comes before",
        BLOCKS,
        Status.PASS,
        together(policy("allow", kind="NETWORK"), denial(), ordered),
        PRIVATE,
    ),
    Scenario(
        "a policy for another network",
        BLOCKS,
        Status.PASS,
        policy("deny", targetResources=[f"{ids.COMPUTE}/global/networks/other"]),
        PRIVATE,
    ),
    Scenario(
        "a denial by service account",
        BLOCKS,
        Status.UNKNOWN,
        policy("deny", targetServiceAccounts=["x@y"]),
        PRIVATE,
        says="targetServiceAccounts",
    ),
    Scenario(
        "a condition never seen",
        BLOCKS,
        Status.UNKNOWN,
        policy("deny", match={"destIpRanges": ["0.0.0.0/0"], "destQuantum": ["x"]}),
        PRIVATE,
        says="destQuantum",
    ),
    Scenario(
        "a denial for some senders",
        BLOCKS,
        Status.UNKNOWN,
        denial(sourceRanges=["10.9.0.0/16"]),
        PRIVATE,
        says="source",
    ),
    Scenario("a rule that says no action", BLOCKS, Status.UNKNOWN, actionless, PRIVATE, says="does not say"),
    Scenario(
        "a protocol of another shape",
        BLOCKS,
        Status.UNKNOWN,
        rule("deny", 900, denied=[{"IPProtocol": {"name": "tcp"}}]),
        PRIVATE,
        says="IPProtocol",
    ),
    Scenario(
        "tags of another shape", BLOCKS, Status.UNKNOWN, denial(targetTags=[{"name": "x"}]), PRIVATE, says="targetTags"
    ),
    Scenario("a match of another shape", BLOCKS, Status.UNKNOWN, policy("deny", match="any"), PRIVATE, says="match"),
    Scenario("a direction never seen", BLOCKS, Status.UNKNOWN, new_direction, PRIVATE, says="SIDEWAYS"),
    Scenario("an action never seen", BLOCKS, Status.UNKNOWN, policy("quarantine"), PRIVATE, says="quarantine"),
    Scenario(
        "a host, everything denied",
        BLOCKS,
        Status.FAIL,
        together(all_traffic, denial()),
        INTERNET,
        says="api.openai.com",
    ),
    Scenario(
        "a host, a part denied", BLOCKS, Status.UNKNOWN, together(all_traffic, denial(1000, "203.0.113.0/24")), INTERNET
    ),
    Scenario(
        "a host, private ranges denied",
        BLOCKS,
        Status.PASS,
        together(all_traffic, denial(1000, "10.0.0.0/8")),
        INTERNET,
    ),
    Scenario("a host that leaves directly", BLOCKS, Status.PASS, denial(), INTERNET),
    Scenario(
        "Google's traffic to the connector",
        BLOCKS,
        Status.FAIL,
        rule("no-google", 50, direction="INGRESS", denied=[{"IPProtocol": "tcp"}], sourceRanges=["35.0.0.0/8"]),
        resource="staging-connector",
        says="35.199.224.0/19",
    ),
    Scenario("countries denied", BLOCKS, Status.PASS, matching("deny", destRegionCodes=["CU"]), PRIVATE),
    Scenario(
        "countries denied, and a host",
        BLOCKS,
        Status.UNKNOWN,
        together(all_traffic, matching("deny", destRegionCodes=["CU"])),
        INTERNET,
        says="destRegionCodes",
    ),
    Scenario(
        "known attackers denied", BLOCKS, Status.PASS, matching("deny", destThreatIntelligences=["iplist-tor"]), PRIVATE
    ),
    Scenario(
        "a host denied beside ranges",
        BLOCKS,
        Status.FAIL,
        matching("deny", destFqdns=["bad.example"], destIpRanges=["10.0.0.0/8"]),
        PRIVATE,
        says="policy baseline",
    ),
    Scenario(
        "another group of addresses beside ranges",
        BLOCKS,
        Status.UNKNOWN,
        matching("deny", destAddressGroups=["group"], destIpRanges=["192.168.0.0/16"]),
        PRIVATE,
        says="destAddressGroups",
    ),
    Scenario(
        "the very host is allowed, everything denied",
        BLOCKS,
        Status.PASS,
        together(all_traffic, denial(), matching("allow", destFqdns=["API.openai.com"])),
        INTERNET,
    ),
    Scenario(
        "another host is allowed, everything denied",
        BLOCKS,
        Status.UNKNOWN,
        together(all_traffic, denial(), matching("allow", destFqdns=["api.example.com"])),
        INTERNET,
        says="destFqdns",
    ),
    Scenario(
        "the internet denied, a private address",
        BLOCKS,
        Status.PASS,
        matching("deny", destNetworkContext="INTERNET", destIpRanges=["0.0.0.0/0"]),
        PRIVATE,
    ),
    Scenario(
        "all but the internet denied, a private address",
        BLOCKS,
        Status.FAIL,
        matching("deny", destNetworkType="NON_INTERNET", destIpRanges=["0.0.0.0/0"]),
        PRIVATE,
        says="policy baseline",
    ),
    Scenario(
        "the internet denied, a host",
        BLOCKS,
        Status.UNKNOWN,
        together(all_traffic, matching("deny", destNetworkType="INTERNET")),
        INTERNET,
        says="INTERNET",
    ),
    Scenario(
        "machines kept from the connector",
        BLOCKS,
        Status.PASS,
        matching("deny", "INGRESS", srcSecureTags=[{"name": "tagValues/1", "state": "EFFECTIVE"}]),
        PRIVATE,
    ),
    Scenario("countries kept out", BLOCKS, Status.PASS, matching("deny", "INGRESS", srcRegionCodes=["CU"]), PRIVATE),
    Scenario(
        "everything kept out, after the connector's own rules",
        BLOCKS,
        Status.PASS,
        together(without_own_rules, inward_denial(65534)),
        PRIVATE,
        says="own rules",
    ),
    Scenario(
        "everything kept out, before the connector's own rules",
        BLOCKS,
        Status.FAIL,
        together(without_own_rules, inward_denial(10)),
        PRIVATE,
        "staging-connector",
    ),
    Scenario(
        "Google kept out, the connector's own rules not shown",
        BLOCKS,
        Status.FAIL,
        together(without_own_rules, inward_denial(1000, "35.191.0.0/16")),
        PRIVATE,
        "staging-connector",
    ),
    Scenario(
        "a part of the health checks kept out",
        BLOCKS,
        Status.FAIL,
        inward_denial(50, "35.191.192.0/18"),
        PRIVATE,
        "staging-connector",
    ),
    Scenario(
        "the infrastructure's UDP kept out",
        BLOCKS,
        Status.FAIL,
        rule("no-udp", 50, direction="INGRESS", denied=[{"IPProtocol": "udp"}], sourceRanges=["35.199.224.0/19"]),
        PRIVATE,
        "staging-connector",
        "no-udp",
    ),
    Scenario(
        "UDP of health checks kept out",
        BLOCKS,
        Status.PASS,
        rule("no-udp", 50, direction="INGRESS", denied=[{"IPProtocol": "udp"}], sourceRanges=["35.191.0.0/16"]),
        PRIVATE,
    ),
    Scenario("no VPC egress", BLOCKS, Status.PASS, no_egress, PRIVATE),
    Scenario("refused", BLOCKS, Status.UNKNOWN, refused, PRIVATE),
)

SENDER = (
    Scenario("its range is kept out", BLOCKS, Status.FAIL, kept_out(), PRIVATE, BACKEND, "comes from 10.2.0.0/28"),
    Scenario("its range is kept out of the cache", BLOCKS, Status.FAIL, kept_out(), CACHE, BACKEND, "keep-out"),
    Scenario("a wider range is kept out", BLOCKS, Status.FAIL, kept_out(sourceRanges=["10.0.0.0/8"]), PRIVATE),
    Scenario("its tag is kept out", BLOCKS, Status.FAIL, kept_out(sourceTags=["vpc-connector"]), PRIVATE, BACKEND),
    Scenario(
        "the tag of another connector",
        BLOCKS,
        Status.PASS,
        kept_out(sourceTags=["vpc-connector-us-central1-other"]),
        PRIVATE,
    ),
    Scenario("its port is let in first", BLOCKS, Status.PASS, together(kept_out(), let_in(800, "5432")), PRIVATE),
    Scenario("another port is let in first", BLOCKS, Status.FAIL, together(kept_out(), let_in(800, "443")), PRIVATE),
    Scenario("kept out after its own rules", BLOCKS, Status.PASS, kept_out(1100), PRIVATE),
    Scenario(
        "kept out after its own rules, not shown",
        BLOCKS,
        Status.PASS,
        together(without_own_rules, kept_out(1100)),
        PRIVATE,
    ),
    Scenario(
        "kept out of certain machines",
        BLOCKS,
        Status.PASS,
        kept_out(sourceRanges=["10.2.0.0/28"], targetTags=["web"]),
        PRIVATE,
    ),
    Scenario("everything kept out", BLOCKS, Status.PASS, kept_out(sourceRanges=["0.0.0.0/0"]), PRIVATE),
    Scenario("kept out, and a host", BLOCKS, Status.PASS, together(all_traffic, kept_out()), INTERNET),
    Scenario(
        "the subnet of Direct VPC egress is kept out",
        BLOCKS,
        Status.FAIL,
        together(direct, kept_out(65000, sourceRanges=["10.166.0.0/20"])),
        PRIVATE,
        BACKEND,
    ),
    Scenario("its range is kept out on the way", REACH, Status.FAIL, kept_out(), PRIVATE, says="stops at the firewall"),
)

REACHABILITY = (
    Scenario(
        "from a service that is not there", REACH, Status.FAIL, no_service, SOCKET, "netra-backend-staging", "not there"
    ),
    Scenario("by private address", REACH, Status.PASS, declared=PRIVATE, resource=BACKEND),
    Scenario("by socket, directly", REACH, Status.PASS, declared=SOCKET, says="leaves directly"),
    Scenario("by socket, through the NAT", REACH, Status.PASS, all_traffic, SOCKET, says="staging-nat"),
    Scenario("a host, through the NAT", REACH, Status.PASS, all_traffic, INTERNET, says="staging-nat"),
    Scenario("a cache", REACH, Status.PASS, declared=CACHE),
    Scenario("Direct VPC egress", REACH, Status.PASS, direct, PRIVATE),
    Scenario("no NAT", REACH, Status.FAIL, together(all_traffic, without_router), INTERNET, says="stops at the nat"),
    Scenario("no default route", REACH, Status.FAIL, no_default, INTERNET, says="stops at the route"),
    Scenario(
        "the connector is broken",
        REACH,
        Status.FAIL,
        together(all_traffic, connector_broken),
        INTERNET,
        says="connector",
    ),
    Scenario("the connector is gone", REACH, Status.FAIL, connector_gone, PRIVATE, says="connector"),
    Scenario("the firewall denies it", REACH, Status.FAIL, denial(), PRIVATE, says="stops at the firewall"),
    Scenario("the peering is inactive", REACH, Status.FAIL, inactive, PRIVATE, says="stops at the peering"),
    Scenario(
        "the cache is on another network", REACH, Status.FAIL, cache_elsewhere, CACHE, says="stops at the peering"
    ),
    Scenario("a socket to a private instance", REACH, Status.FAIL, private_only, SOCKET, says="stops at the address"),
    Scenario(
        "a public address that was switched off",
        REACH,
        Status.FAIL,
        public_switched_off,
        SOCKET,
        says="stops at the address",
    ),
    Scenario("a public address that is not told", REACH, Status.PASS, untold("PRIMARY"), SOCKET),
    Scenario("a private address that is not told", REACH, Status.UNKNOWN, untold("PRIVATE"), PRIVATE, says="private"),
    Scenario("an address of a new type", REACH, Status.UNKNOWN, address_of_a_new_type, PRIVATE),
    Scenario("a cache whose host is not told", REACH, Status.UNKNOWN, cache_without_host, CACHE, says="its host"),
    Scenario("no instance", REACH, Status.FAIL, no_instance, SOCKET, says="stops at the address"),
    Scenario("no VPC egress", REACH, Status.FAIL, no_egress, PRIVATE),
    Scenario("a cache whose host is no address", REACH, Status.UNKNOWN, cache_by_name, CACHE, says="host"),
    Scenario("a test says otherwise", REACH, Status.FAIL, verified("UNREACHABLE"), PRIVATE, says="Connectivity Test"),
    Scenario("a test agrees", REACH, Status.PASS, verified("REACHABLE"), PRIVATE),
    Scenario("a test of another service", REACH, Status.PASS, verified("UNREACHABLE", "netra-auth-service"), PRIVATE),
    Scenario("tests cannot be read", REACH, Status.PASS, tests_refused, PRIVATE),
    Scenario("the firewall cannot be read", REACH, Status.UNKNOWN, refused, PRIVATE),
    Scenario(
        "routes cannot be read",
        REACH,
        Status.UNKNOWN,
        together(all_traffic, lambda e: e.gap("compute.routes.list", "denied")),
        INTERNET,
    ),
    Scenario(
        "instances cannot be read",
        REACH,
        Status.UNKNOWN,
        together(lambda e: e.gap("sql.instances.list", "denied"), lambda e: e.gap("sql.instances.get", "denied")),
        PRIVATE,
    ),
)

SCENARIOS = FIREWALL + SENDER + ENDPOINTS + REACHABILITY

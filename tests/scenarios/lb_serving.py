"""Health, WebSockets, logs and names of load balancers."""

from __future__ import annotations

from diag.calls import GapKind
from diag.report import Status
from fixtures import ids, lb
from fixtures.estate import Estate
from tests.scenarios.scenario import Patch, Scenario

HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"
HOST, API = "staging.netrasystems.ai", "api-staging.netrasystems.ai"
ROUTES = "routes: {/: netra-backend-staging}"
DECLARED = f"{HEAD}load_balancers: {{staging: {{domains: {{{API}: {{{ROUTES}}}}}}}}}\n"
ZONE = "netrasystems.ai"
DEEP = f"{HEAD}load_balancers: {{staging: {{domains: {{new.deep.netrasystems.ai: {{}}}}}}}}\n"
SOCKET = f"""{HEAD}load_balancers:
  staging:
    request_timeout: 600s
    domains: {{{API}: {{websocket: [/ws], {ROUTES}}}}}
"""
UNHEALTHY, CUT, OFF, DNS = "lb.backend-unhealthy", "lb.websocket-cut", "lb.logging-off", "lb.dns-elsewhere"
GROUP = f"{ids.COMPUTE}/zones/us-central1-b/instanceGroups/machines"
REVISION = "netra-backend-staging-00096-h4d"


def machines(*states: str) -> Patch:
    """Virtual machines with a health check behind the backend, of which the check says this."""

    def patch(estate: Estate) -> None:
        backend = estate.resource("compute.backendServices", "staging-backend")
        backend["backends"] = [{"group": GROUP}]
        backend["healthChecks"] = [lb.link("healthChecks", "staging-backend-health")]
        statuses = [{"ipAddress": "10.0.0.9", "port": 8080, "healthState": state} for state in states]
        doc = {"kind": "compute#backendServiceGroupHealth", "healthStatus": statuses}
        estate.put("compute.backendServices.getHealth", "machines", doc)

    return patch


def health_refused(estate: Estate) -> None:
    machines("HEALTHY")(estate)
    estate.gap("compute.backendServices.getHealth", GapKind.DENIED)


def timeout(value: str) -> Patch:
    def patch(estate: Estate) -> None:
        estate.resource("run.revisions", REVISION)["timeout"] = value

    return patch


def classic_machines(seconds: int) -> Patch:
    """A classic load balancer in front of virtual machines, with this backend time-out."""

    def patch(estate: Estate) -> None:
        machines("HEALTHY")(estate)
        estate.resource("compute.forwardingRules", "staging-https")["loadBalancingScheme"] = "EXTERNAL"
        estate.resource("compute.backendServices", "staging-backend")["timeoutSec"] = seconds

    return patch


def managed_machines(estate: Estate) -> None:
    machines("HEALTHY")(estate)
    estate.resource("compute.backendServices", "staging-backend")["timeoutSec"] = 30


def log(**config: object) -> Patch:
    def patch(estate: Estate) -> None:
        estate.resource("compute.backendServices", "staging-backend")["logConfig"] = config

    return patch


def no_log_config(estate: Estate) -> None:
    del estate.resource("compute.backendServices", "staging-backend")["logConfig"]


def record(name: str, kind: str, *data: str, **fields: object) -> Patch:
    """The zone's record of that name and type is this."""

    def patch(estate: Estate) -> None:
        records = estate.resources["dns.resourceRecordSets"]
        kept = {key: doc for key, doc in records.items() if (doc["name"], doc["type"]) != (f"{name}.", kind)}
        kept[f"{name} {kind}"] = {"name": f"{name}.", "type": kind, "ttl": 300, "rrdatas": list(data), **fields}
        estate.resources["dns.resourceRecordSets"] = kept

    return patch


def alias(to: str) -> Patch:
    def patch(estate: Estate) -> None:
        del estate.resources["dns.resourceRecordSets"][f"{API}."]
        record(API, "CNAME", to)(estate)

    return patch


def routed(kind: str, *items: tuple[str, float]) -> Patch:
    """A routing policy of that kind answers with these addresses, by weight."""
    told = [{"rrdatas": [address], "weight": weight, "location": "us-central1"} for address, weight in items]
    return record(API, "A", routingPolicy={kind: {"items": told}})


def elsewhere(name: str, to: str) -> Patch:
    """The API's name is such a record, and not an address of its own."""

    def patch(estate: Estate) -> None:
        del estate.resources["dns.resourceRecordSets"][f"{API}."]
        record(name, "A", to)(estate)

    return patch


def zone(name: str, suffix: str, *records: tuple[str, str, str]) -> Patch:
    """Another public zone, with records (name, type, data) of its own; the others stay in theirs."""

    def patch(estate: Estate) -> None:
        for doc in estate.resources["dns.resourceRecordSets"].values():
            doc.setdefault("zone", "netrasystems")
        estate.put("dns.managedZones", name, {"name": name, "dnsName": suffix, "visibility": "public", "id": "7"})
        for host, kind, data in records:
            doc = {"name": f"{host}.", "type": kind, "ttl": 300, "rrdatas": [data], "zone": name}
            estate.put("dns.resourceRecordSets", f"{name} {host} {kind}", doc)

    return patch


def delegated(estate: Estate) -> None:
    """The zone of the API's name is asked: the wider one names its servers."""
    zone("api", f"{API}.", (API, "A", "198.51.100.7"))(estate)
    record(API, "NS", "ns-cloud-a1.googledomains.com.")(estate)


def shouting(estate: Estate) -> None:
    """Names in capitals, in zone and record."""
    for doc in estate.resources["dns.managedZones"].values():
        doc["dnsName"] = doc["dnsName"].upper()
    elsewhere(API.upper(), "198.51.100.7")(estate)


def deep(*patches: Patch) -> Patch:
    """A name two labels below the zone is served, and a wildcard of the zone leads to the load balancer."""

    def patch(estate: Estate) -> None:
        hosts = estate.resource("compute.urlMaps", "staging-urls")["hostRules"][0]["hosts"]
        hosts.append(f"new.deep.{ZONE}")
        for each in (record(f"*.{ZONE}", "A", lb.ADDRESS), *patches):
            each(estate)

    return patch


def zone_without_name(estate: Estate) -> None:
    zone = next(iter(estate.resources["dns.managedZones"].values()))
    zone["dnsName"] = ""


def rule_without_address(estate: Estate) -> None:
    del estate.resource("compute.forwardingRules", "staging-https")["IPAddress"]


def odd_address(estate: Estate) -> None:
    estate.resource("compute.forwardingRules", "staging-https")["IPAddress"] = "staging-address"


def no_record(estate: Estate) -> None:
    del estate.resources["dns.resourceRecordSets"][f"{API}."]


def no_zone(estate: Estate) -> None:
    estate.resources["dns.managedZones"].clear()


def dns_off(estate: Estate) -> None:
    estate.gap("dns.managedZones.list", GapKind.DISABLED)


def dns_refused(estate: Estate) -> None:
    estate.gap("dns.managedZones.list", GapKind.DENIED)


def no_rule(estate: Estate) -> None:
    estate.remove("compute.forwardingRules", "staging-https")


def revisions_refused(estate: Estate) -> None:
    estate.gap("run.revisions.get", GapKind.DENIED)


def backends_refused(estate: Estate) -> None:
    estate.gap("compute.backendServices.aggregatedList", GapKind.DENIED)


SCENARIOS = (
    Scenario("serverless has no health", UNHEALTHY, Status.SKIP),
    Scenario("healthy machines", UNHEALTHY, Status.PASS, machines("HEALTHY", "HEALTHY"), resource="staging-backend"),
    Scenario("no healthy machine", UNHEALTHY, Status.FAIL, machines("UNHEALTHY", "DRAINING"), says="1 UNHEALTHY"),
    Scenario("one of two", UNHEALTHY, Status.WARN, machines("HEALTHY", "UNHEALTHY")),
    Scenario("a state never seen", UNHEALTHY, Status.UNKNOWN, machines("WOBBLY"), says="WOBBLY"),
    Scenario("no machine at all", UNHEALTHY, Status.UNKNOWN, machines()),
    Scenario("refused", UNHEALTHY, Status.UNKNOWN, health_refused),
    Scenario("600 s by the revision", CUT, Status.PASS, declared=SOCKET, says="600s by revision"),
    Scenario("300 s by the revision", CUT, Status.FAIL, timeout("300s"), SOCKET, says="300s by revision"),
    Scenario("classic, cut by the backend", CUT, Status.FAIL, classic_machines(30), SOCKET, says="30s by the classic"),
    Scenario("classic, and the backend allows it", CUT, Status.PASS, classic_machines(900), SOCKET),
    Scenario("global external, after a day", CUT, Status.PASS, managed_machines, SOCKET, says="86400s"),
    Scenario("no request_timeout", CUT, Status.SKIP, declared=SOCKET.replace("    request_timeout: 600s\n", "")),
    Scenario("unserved", CUT, Status.SKIP, no_rule, SOCKET, says="lb.domain-unserved"),
    Scenario("revisions refused", CUT, Status.UNKNOWN, revisions_refused, SOCKET),
    Scenario("logged", OFF, Status.PASS, declared=DECLARED, resource="staging-backend"),
    Scenario("off", OFF, Status.FAIL, log(enable=False), DECLARED, "staging-backend", "off"),
    Scenario("unset is off", OFF, Status.FAIL, no_log_config, DECLARED),
    Scenario("a sample rate of nothing", OFF, Status.FAIL, log(enable=True, sampleRate=0.0), DECLARED),
    Scenario("on without a rate is all", OFF, Status.PASS, log(enable=True), DECLARED),
    Scenario("backends refused", OFF, Status.UNKNOWN, backends_refused, DECLARED),
    Scenario("to the load balancer", DNS, Status.PASS, declared=DECLARED, resource=API, says=lb.ADDRESS),
    Scenario("to another address", DNS, Status.FAIL, record(API, "A", "198.51.100.7"), DECLARED, says="198.51.100.7"),
    Scenario("one stray address", DNS, Status.FAIL, record(API, "A", lb.ADDRESS, "198.51.100.7"), DECLARED),
    Scenario("a stray AAAA", DNS, Status.FAIL, record(API, "AAAA", "2001:db8::7"), DECLARED, says="2001:db8::7"),
    Scenario("an alias in the zone", DNS, Status.PASS, alias(f"{HOST}."), DECLARED),
    Scenario("an alias elsewhere", DNS, Status.UNKNOWN, alias("edge.example.com."), DECLARED, says="edge.example.com"),
    Scenario("an alias of a domain mapping", DNS, Status.FAIL, alias("ghs.googlehosted.com."), DECLARED, says="CNAME"),
    Scenario(
        "an alias of a service's own address", DNS, Status.FAIL, alias("x-uc.a.run.app."), DECLARED, says="run.app"
    ),
    Scenario("capitals", DNS, Status.FAIL, shouting, DECLARED, says="198.51.100.7"),
    Scenario("a wildcard", DNS, Status.PASS, elsewhere(f"*.{ZONE}", lb.ADDRESS), DECLARED),
    Scenario("a wildcard, two labels up", DNS, Status.PASS, deep(), DEEP, f"new.deep.{ZONE}"),
    Scenario("a wildcard above a name that exists", DNS, Status.FAIL, deep(record(f"deep.{ZONE}", "TXT", "x")), DEEP),
    Scenario("a narrower zone that nobody asks", DNS, Status.PASS, zone("api", f"{API}."), DECLARED),
    Scenario("a narrower zone that is delegated to", DNS, Status.FAIL, delegated, DECLARED, says="198.51.100.7"),
    Scenario("two zones for one name", DNS, Status.UNKNOWN, zone("old", f"{ZONE}."), DECLARED, says="old"),
    Scenario("no record", DNS, Status.FAIL, no_record, DECLARED, says="no record"),
    Scenario("a routing policy", DNS, Status.UNKNOWN, record(API, "A", routingPolicy={"wrr": {}}), DECLARED),
    Scenario("by weight, all to it", DNS, Status.PASS, routed("wrr", (lb.ADDRESS, 1), ("198.51.100.7", 0)), DECLARED),
    Scenario(
        "by weight, a part elsewhere", DNS, Status.FAIL, routed("wrr", (lb.ADDRESS, 9), ("198.51.100.7", 1)), DECLARED
    ),
    Scenario(
        "by place, a part elsewhere", DNS, Status.FAIL, routed("geo", (lb.ADDRESS, 0), ("198.51.100.7", 0)), DECLARED
    ),
    Scenario("by health", DNS, Status.UNKNOWN, routed("primaryBackup", (lb.ADDRESS, 0)), DECLARED, says="policy"),
    Scenario("no zone", DNS, Status.SKIP, no_zone, DECLARED, says="probe"),
    Scenario("Cloud DNS is off", DNS, Status.SKIP, dns_off, DECLARED),
    Scenario("refused", DNS, Status.UNKNOWN, dns_refused, DECLARED),
    Scenario("a record without data", DNS, Status.UNKNOWN, record(API, "A"), DECLARED, says="no data"),
    Scenario("a zone that names nothing", DNS, Status.UNKNOWN, zone_without_name, DECLARED, says="dnsName"),
    Scenario("a rule without an address", DNS, Status.UNKNOWN, rule_without_address, DECLARED, says="its address"),
    Scenario("a rule whose address is none", DNS, Status.UNKNOWN, odd_address, DECLARED, says="IPAddress"),
    Scenario("unserved", DNS, Status.SKIP, no_rule, DECLARED, says="lb.domain-unserved"),
)

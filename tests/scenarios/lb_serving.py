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


def zone_without_name(estate: Estate) -> None:
    zone = next(iter(estate.resources["dns.managedZones"].values()))
    zone["dnsName"] = ""


def rule_without_address(estate: Estate) -> None:
    del estate.resource("compute.forwardingRules", "staging-https")["IPAddress"]


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
    Scenario("no record", DNS, Status.FAIL, no_record, DECLARED, says="no record"),
    Scenario("a routing policy", DNS, Status.UNKNOWN, record(API, "A", routingPolicy={"wrr": {}}), DECLARED),
    Scenario("no zone", DNS, Status.SKIP, no_zone, DECLARED, says="probe"),
    Scenario("Cloud DNS is off", DNS, Status.SKIP, dns_off, DECLARED),
    Scenario("refused", DNS, Status.UNKNOWN, dns_refused, DECLARED),
    Scenario("a record without data", DNS, Status.UNKNOWN, record(API, "A"), DECLARED, says="no data"),
    Scenario("a zone that names nothing", DNS, Status.UNKNOWN, zone_without_name, DECLARED, says="dnsName"),
    Scenario("a rule without an address", DNS, Status.UNKNOWN, rule_without_address, DECLARED, says="its address"),
    Scenario("unserved", DNS, Status.SKIP, no_rule, DECLARED, says="lb.domain-unserved"),
)

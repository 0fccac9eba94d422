"""Whether a declared domain is served at all, and by which load balancer."""

from __future__ import annotations

from diag.report import Status
from fixtures import ids
from fixtures.estate import Estate
from tests.scenarios.lb_shared import (
    API,
    HOST,
    balancer,
    second_balancer,
)
from tests.scenarios.scenario import Patch, Scenario

UNSERVED = "lb.domain-unserved"


def no_rule_on_443(estate: Estate) -> None:
    estate.remove("compute.forwardingRules", "staging-https")


def rule_on_8443_only(estate: Estate) -> None:
    estate.resource("compute.forwardingRules", "staging-https")["portRange"] = "8443-8443"


def no_forwarding_rules(estate: Estate) -> None:
    no_rule_on_443(estate)
    estate.remove("compute.forwardingRules", "staging-http")


def hollow_rules(estate: Estate) -> None:
    """The answer is an empty object: no scope says that it was looked into."""
    estate.hollow.add("compute.forwardingRules.aggregatedList")


def other_balancer_takes_everything(estate: Estate) -> None:
    second_balancer(estate, [], "staging-frontend")
    no_rule_on_443(estate)


def by_ports(**fields: object) -> Patch:
    """The rule on 443 names its ports by these fields instead of a range."""

    def patch(estate: Estate) -> None:
        found = estate.resource("compute.forwardingRules", "staging-https")
        del found["portRange"]
        found.update(fields)

    return patch


def rule_without_ports(estate: Estate) -> None:
    del estate.resource("compute.forwardingRules", "staging-https")["portRange"]


def new_scheme(estate: Estate) -> None:
    estate.resource("compute.forwardingRules", "staging-https")["loadBalancingScheme"] = "EXTERNAL_QUANTUM"


def classic_with_plain_port(estate: Estate) -> None:
    found = estate.resource("compute.forwardingRules", "staging-https")
    found.update({"loadBalancingScheme": "EXTERNAL", "portRange": "443"})


def only_ipv6(estate: Estate) -> None:
    found = estate.resource("compute.forwardingRules", "staging-https")
    found.update({"IPAddress": "2001:db8::10", "ipVersion": "IPV6"})


def regional(estate: Estate) -> None:
    """The whole load balancer in us-central1."""
    for collection, name in (
        ("forwardingRules", "staging-https"),
        ("targetHttpsProxies", "staging-https-proxy"),
        ("urlMaps", "staging-urls"),
    ):
        found = estate.resource(f"compute.{collection}", name)
        found["selfLink"] = f"{ids.REGIONAL}/{collection}/{name}"
        found["region"] = ids.REGIONAL
    estate.resource("compute.forwardingRules", "staging-https")["target"] = (
        f"{ids.REGIONAL}/targetHttpsProxies/staging-https-proxy"
    )
    estate.resource("compute.targetHttpsProxies", "staging-https-proxy")["urlMap"] = (
        f"{ids.REGIONAL}/urlMaps/staging-urls"
    )


def denied_maps(estate: Estate) -> None:
    estate.gap("compute.urlMaps.aggregatedList", "denied")


def partial_rules(estate: Estate) -> None:
    no_rule_on_443(estate)
    estate.partial("compute.forwardingRules.aggregatedList")


SCENARIOS = (
    Scenario("healthy", UNSERVED, Status.PASS, declared=balancer()),
    Scenario("classic, portRange 443", UNSERVED, Status.PASS, classic_with_plain_port, balancer()),
    Scenario("by IPv6 alone", UNSERVED, Status.PASS, only_ipv6, balancer()),
    Scenario("a list of ports", UNSERVED, Status.PASS, by_ports(ports=["80", "443"]), balancer()),
    Scenario("all ports", UNSERVED, Status.PASS, by_ports(allPorts=True), balancer()),
    Scenario("a list of other ports", UNSERVED, Status.FAIL, by_ports(ports=["8443"]), balancer(), HOST),
    Scenario("regional", UNSERVED, Status.PASS, regional, balancer()),
    Scenario("no rule on 443", UNSERVED, Status.FAIL, no_rule_on_443, balancer(), HOST, "staging-urls names"),
    Scenario("another port", UNSERVED, Status.FAIL, rule_on_8443_only, balancer(), API),
    Scenario("another balancer takes anything", UNSERVED, Status.FAIL, other_balancer_takes_everything, balancer()),
    Scenario("no forwarding rule at all", UNSERVED, Status.FAIL, no_forwarding_rules, balancer(), HOST),
    Scenario("an answer that is no list proves nothing", UNSERVED, Status.UNKNOWN, hollow_rules, balancer(), HOST),
    Scenario("a rule that names no port", UNSERVED, Status.UNKNOWN, rule_without_ports, balancer(), HOST, "ports"),
    Scenario("a scheme never seen", UNSERVED, Status.UNKNOWN, new_scheme, balancer(), HOST, "EXTERNAL_QUANTUM"),
    Scenario("URL maps denied", UNSERVED, Status.UNKNOWN, denied_maps, balancer(), HOST),
    Scenario("a partial list", UNSERVED, Status.UNKNOWN, partial_rules, balancer(), HOST),
)

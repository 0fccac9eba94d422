"""Which service a declared route reaches, and whether its domain is served at all."""

from __future__ import annotations

from diag.report import Status
from fixtures import ids, lb
from fixtures.estate import Estate
from tests.scenarios.lb_shared import (
    API,
    HOST,
    balancer,
    matcher,
    neg,
    route_rules,
    routes,
    rule,
    second_balancer,
    url_map,
)
from tests.scenarios.scenario import Patch, Scenario

UNSERVED, WRONG = "lb.domain-unserved", "lb.wrong-service"
AUTH = routes("/auth/*: netra-auth-service")


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


def longer_rule_elsewhere(estate: Estate) -> None:
    backend = lb.link("backendServices", "staging-backend")
    matcher(estate)["pathRules"].append({"service": backend, "paths": ["/auth/admin/*"]})


def auth_to_frontend(estate: Estate) -> None:
    matcher(estate)["pathRules"][1]["service"] = lb.link("backendServices", "staging-frontend")


def auth_exact_only(estate: Estate) -> None:
    matcher(estate)["pathRules"][1]["paths"] = ["/auth"]


def no_host_rule(estate: Estate) -> None:
    url_map(estate)["hostRules"] = [{"hosts": [API], "pathMatcher": "api"}]


def wildcard_host_rule(estate: Estate) -> None:
    url_map(estate)["hostRules"] = [
        {"hosts": ["*"], "pathMatcher": "api"},
        {"hosts": ["*.ai"], "pathMatcher": "api"},
        {"hosts": ["*.NetraSystems.ai:443"], "pathMatcher": "application"},
    ]


def redirected_away(estate: Estate) -> None:
    rules = matcher(estate)["pathRules"]
    rules[1] = {"paths": ["/auth/*"], "urlRedirect": {"hostRedirect": "login.example.com", "httpsRedirect": True}}


def canary(weight: int) -> Patch:
    def patch(estate: Estate) -> None:
        matcher(estate)["pathRules"][1] = {
            "paths": ["/auth/*"],
            "routeAction": {
                "weightedBackendServices": [
                    {"backendService": lb.link("backendServices", "staging-auth"), "weight": 100},
                    {"backendService": lb.link("backendServices", "staging-frontend"), "weight": weight},
                ]
            },
        }

    return patch


def no_weight_at_all(estate: Estate) -> None:
    canary(0)(estate)
    matcher(estate)["pathRules"][1]["routeAction"]["weightedBackendServices"][0]["weight"] = 0


def default_redirect(estate: Estate) -> None:
    application = matcher(estate)
    del application["defaultService"]
    application["defaultUrlRedirect"] = {"hostRedirect": "www.example.com"}


def default_weighted(estate: Estate) -> None:
    application = matcher(estate)
    frontend = lb.link("backendServices", "staging-frontend")
    del application["defaultService"]
    application["defaultRouteAction"] = {"weightedBackendServices": [{"backendService": frontend, "weight": 1}]}


def route_rule_wins_by_priority(estate: Estate) -> None:
    route_rules(
        estate,
        rule(20, "staging-auth", {"prefixMatch": "/auth/"}),
        rule(10, "staging-backend", {"prefixMatch": "/auth/v1/", "ignoreCase": True}),
    )


def earlier_rule_takes_it_all(estate: Estate) -> None:
    route_rules(
        estate,
        rule(30, "staging-backend", {"regexMatch": "/auth/.*"}),
        rule(20, "staging-backend", {"fullPathMatch": "/auth/v1"}),
        rule(10, "staging-auth", {"prefixMatch": "/auth"}),
    )


def regex_before_it(estate: Estate) -> None:
    route_rules(
        estate,
        rule(10, "staging-backend", {"regexMatch": "/a.*"}),
        rule(20, "staging-auth", {"prefixMatch": "/auth/"}),
    )


def header_decides(estate: Estate) -> None:
    condition = {"headerName": "x-canary", "presentMatch": True}
    route_rules(
        estate,
        rule(10, "staging-backend", {"prefixMatch": "/auth/", "headerMatches": [condition]}),
        rule(20, "staging-auth", {"prefixMatch": "/auth/"}),
    )


def header_on_another_path(estate: Estate) -> None:
    condition = {"headerName": "x-canary", "presentMatch": True}
    route_rules(
        estate,
        rule(10, "staging-backend", {"prefixMatch": "/api/", "headerMatches": [condition]}),
        rule(20, "staging-auth", {"prefixMatch": "/auth/"}),
    )


def header_to_the_same_service(estate: Estate) -> None:
    condition = {"headerName": "x-canary", "presentMatch": True}
    route_rules(
        estate,
        rule(10, "staging-auth", {"prefixMatch": "/auth/", "headerMatches": [condition]}),
        rule(20, "staging-auth", {"prefixMatch": "/auth/"}),
    )


def new_condition(estate: Estate) -> None:
    route_rules(
        estate,
        rule(10, "staging-backend", {"prefixMatch": "/auth/", "moodMatch": "good"}),
        rule(20, "staging-auth", {"prefixMatch": "/auth/"}),
    )


def to_a_bucket(estate: Estate) -> None:
    matcher(estate)["pathRules"][1]["service"] = lb.link("backendBuckets", "assets")


def neg_of_app_engine(estate: Estate) -> None:
    group = neg(estate)
    del group["cloudRun"]
    group["appEngine"] = {"service": "default"}


def neg_by_mask(mask: str) -> Patch:
    def patch(estate: Estate) -> None:
        neg(estate)["cloudRun"] = {"urlMask": mask}

    return patch


def service_gone(estate: Estate) -> None:
    estate.remove("run.services", "netra-auth-service")


def no_backend(estate: Estate) -> None:
    estate.resource("compute.backendServices", "staging-auth")["backends"] = []


def neg_elsewhere(estate: Estate) -> None:
    group = neg(estate)
    group["selfLink"] = group["selfLink"].replace("us-central1", "us-east1")
    group["region"] = group["region"].replace("us-central1", "us-east1")
    estate.resource("compute.backendServices", "staging-auth")["backends"][0]["group"] = group["selfLink"]


def two_maps_name_it(estate: Estate) -> None:
    second_balancer(estate, [HOST], "staging-frontend")


def two_maps_take_whatever_comes(estate: Estate) -> None:
    url_map(estate)["hostRules"] = []
    second_balancer(estate, [], "staging-auth")


def other_map_for_other_domains(estate: Estate) -> None:
    second_balancer(estate, ["shop.example.com"], "staging-frontend")


def denied_services(estate: Estate) -> None:
    estate.gap("run.services.list", "denied")


def denied_maps(estate: Estate) -> None:
    estate.gap("compute.urlMaps.aggregatedList", "denied")


def partial_rules(estate: Estate) -> None:
    no_rule_on_443(estate)
    estate.partial("compute.forwardingRules.aggregatedList")


def broken_matcher(estate: Estate) -> None:
    url_map(estate)["hostRules"][0]["pathMatcher"] = "gone"


SCENARIOS = (
    Scenario("healthy", UNSERVED, Status.PASS, declared=balancer()),
    Scenario("classic, portRange 443", UNSERVED, Status.PASS, classic_with_plain_port, balancer()),
    Scenario("by IPv6 alone", UNSERVED, Status.PASS, only_ipv6, balancer()),
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
    Scenario("healthy", WRONG, Status.PASS, declared=AUTH),
    Scenario("one path", WRONG, Status.PASS, declared=routes("/health: netra-backend-staging")),
    Scenario("the path is not below itself", WRONG, Status.PASS, auth_exact_only, routes("/auth: netra-auth-service")),
    Scenario("below it the default answers", WRONG, Status.FAIL, auth_exact_only, AUTH, says="default of path matcher"),
    Scenario("the root", WRONG, Status.PASS, declared=routes("/: netra-frontend-staging")),
    Scenario("regional", WRONG, Status.PASS, regional, AUTH),
    Scenario("another service", WRONG, Status.FAIL, auth_to_frontend, AUTH, says="netra-frontend-staging"),
    Scenario("a longer rule takes a part", WRONG, Status.FAIL, longer_rule_elsewhere, AUTH, says="/auth/admin/*"),
    Scenario(
        "a part that is declared too",
        WRONG,
        Status.PASS,
        longer_rule_elsewhere,
        routes("/auth/*: netra-auth-service", "/auth/admin/*: netra-backend-staging"),
    ),
    Scenario(
        "everything, with its longer rules declared",
        WRONG,
        Status.PASS,
        declared=routes(
            "/*: netra-frontend-staging",
            "/health: netra-backend-staging",
            "/health/*: netra-backend-staging",
            "/api/*: netra-backend-staging",
            "/auth: netra-auth-service",
            "/auth/*: netra-auth-service",
        ),
    ),
    Scenario(
        "everything, a longer rule forgotten",
        WRONG,
        Status.FAIL,
        declared=routes("/*: netra-frontend-staging"),
        says="netra-backend-staging",
    ),
    Scenario("no host rule", WRONG, Status.FAIL, no_host_rule, AUTH, says="default of the URL map"),
    Scenario("the longest wildcard host wins, in any case", WRONG, Status.PASS, wildcard_host_rule, AUTH),
    Scenario("a redirect", WRONG, Status.FAIL, redirected_away, AUTH, says="redirect to https://login.example.com"),
    Scenario("a canary of another service", WRONG, Status.FAIL, canary(5), AUTH, says="weight 5"),
    Scenario("a canary without weight", WRONG, Status.PASS, canary(0), AUTH),
    Scenario("no weight at all", WRONG, Status.UNKNOWN, no_weight_at_all, AUTH),
    Scenario(
        "the matcher's default redirects", WRONG, Status.FAIL, default_redirect, routes("/: netra-frontend-staging")
    ),
    Scenario(
        "the matcher's default is weighted", WRONG, Status.PASS, default_weighted, routes("/: netra-frontend-staging")
    ),
    Scenario("a rule of lower priority", WRONG, Status.FAIL, route_rule_wins_by_priority, AUTH, says="priority 10"),
    Scenario("an earlier rule takes it all", WRONG, Status.PASS, earlier_rule_takes_it_all, AUTH),
    Scenario("a regular expression before it", WRONG, Status.UNKNOWN, regex_before_it, AUTH, says="regexMatch"),
    Scenario("a header decides", WRONG, Status.UNKNOWN, header_decides, AUTH, says="headerMatches"),
    Scenario("a header on another path", WRONG, Status.PASS, header_on_another_path, AUTH),
    Scenario("a header, the same service", WRONG, Status.PASS, header_to_the_same_service, AUTH),
    Scenario("a condition never seen", WRONG, Status.UNKNOWN, new_condition, AUTH, says="moodMatch"),
    Scenario("a bucket", WRONG, Status.FAIL, to_a_bucket, AUTH, says="backend bucket assets"),
    Scenario("App Engine", WRONG, Status.FAIL, neg_of_app_engine, AUTH, says="App Engine"),
    Scenario(
        "a mask of the path",
        WRONG,
        Status.FAIL,
        neg_by_mask("/<service>"),
        AUTH,
        says="auth in us-central1",
    ),
    Scenario(
        "a mask that does not match",
        WRONG,
        Status.FAIL,
        neg_by_mask("<service>.example.com"),
        AUTH,
        says="does not match",
    ),
    Scenario(
        "a mask that needs more of the path",
        WRONG,
        Status.UNKNOWN,
        neg_by_mask("/auth/<service>"),
        AUTH,
        says="reaches several",
    ),
    Scenario("the service is gone", WRONG, Status.SKIP, service_gone, AUTH, says="lb.backend-empty"),
    Scenario("no backend", WRONG, Status.SKIP, no_backend, AUTH, says="lb.backend-empty"),
    Scenario("the service of another region", WRONG, Status.FAIL, neg_elsewhere, AUTH, says="us-east1"),
    Scenario("the domain is not served", WRONG, Status.SKIP, no_rule_on_443, AUTH, says="lb.domain-unserved"),
    Scenario("another map names it too", WRONG, Status.FAIL, two_maps_name_it, AUTH, says="other-urls"),
    Scenario("DNS decides", WRONG, Status.UNKNOWN, two_maps_take_whatever_comes, AUTH, says="DNS decides"),
    Scenario("another map for other domains", WRONG, Status.PASS, other_map_for_other_domains, AUTH),
    Scenario("services denied", WRONG, Status.UNKNOWN, denied_services, AUTH),
    Scenario("a matcher that is not there", WRONG, Status.UNKNOWN, broken_matcher, AUTH, says="gone"),
)

"""Which rule of the URL map takes a declared route."""

from __future__ import annotations

from diag.report import Status
from fixtures import lb
from fixtures.estate import Estate
from tests.scenarios.lb_domains import no_rule_on_443, regional
from tests.scenarios.lb_shared import (
    API,
    matcher,
    route_rules,
    routes,
    rule,
    url_map,
)
from tests.scenarios.scenario import Patch, Scenario

WRONG = "lb.wrong-service"
AUTH = routes("/auth/*: netra-auth-service")


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


def template_before_it(template: str) -> Patch:
    """A route rule by a path template before the one that takes `/auth/`."""

    def patch(estate: Estate) -> None:
        first = rule(10, "staging-backend", {"pathTemplateMatch": template})
        route_rules(estate, first, rule(20, "staging-auth", {"prefixMatch": "/auth/"}))

    return patch


def prefix_of_a_word(estate: Estate) -> None:
    route_rules(estate, rule(10, "staging-auth", {"prefixMatch": "/auth"}))


def header_decides(estate: Estate) -> None:
    condition = {"headerName": "x-canary", "presentMatch": True}
    route_rules(
        estate,
        rule(10, "staging-backend", {"prefixMatch": "/auth/", "headerMatches": [condition]}),
        rule(20, "staging-auth", {"prefixMatch": "/auth/"}),
    )


def conditions_unset(estate: Estate) -> None:
    """Conditions are there, and hold nothing."""
    unset = {"headerMatches": [], "queryParameterMatches": [], "metadataFilters": [], "regexMatch": ""}
    route_rules(
        estate,
        rule(10, "staging-auth", {"prefixMatch": "/auth/", **unset}),
        rule(20, "staging-frontend", {"prefixMatch": "/"}),
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


def broken_matcher(estate: Estate) -> None:
    url_map(estate)["hostRules"][0]["pathMatcher"] = "gone"


SCENARIOS = (
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
    Scenario("a template of the path", WRONG, Status.UNKNOWN, template_before_it("/{part}/v1"), AUTH, says="Template"),
    Scenario("a template of other paths", WRONG, Status.PASS, template_before_it("/video/{name=*}"), AUTH),
    Scenario(
        "a prefix takes longer words too",
        WRONG,
        Status.FAIL,
        prefix_of_a_word,
        routes("/*: netra-frontend-staging", "/auth: netra-auth-service", "/auth/*: netra-auth-service"),
        says="takes /auth*",
    ),
    Scenario("conditions that hold nothing", WRONG, Status.PASS, conditions_unset, AUTH),
    Scenario("a header decides", WRONG, Status.UNKNOWN, header_decides, AUTH, says="headerMatches"),
    Scenario("a header on another path", WRONG, Status.PASS, header_on_another_path, AUTH),
    Scenario("a header, the same service", WRONG, Status.PASS, header_to_the_same_service, AUTH),
    Scenario("a condition never seen", WRONG, Status.UNKNOWN, new_condition, AUTH, says="moodMatch"),
    Scenario("the domain is not served", WRONG, Status.SKIP, no_rule_on_443, AUTH, says="lb.domain-unserved"),
    Scenario("a matcher that is not there", WRONG, Status.UNKNOWN, broken_matcher, AUTH, says="gone"),
)

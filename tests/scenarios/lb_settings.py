"""TLS versions, the redirect of port 80, and names that must be gone."""

from __future__ import annotations

from diag.calls import Json
from diag.report import Status
from fixtures import lb
from fixtures.estate import Estate
from tests.scenarios.lb_arrivals import two_maps_take_whatever_comes
from tests.scenarios.lb_domains import denied_maps, no_forwarding_rules, no_rule_on_443
from tests.scenarios.lb_shared import (
    HOST,
    balancer,
    https_proxy,
    manager_certificate,
    mapped,
    second_balancer,
    url_map,
)
from tests.scenarios.scenario import Patch, Scenario

TLS, REDIRECT, DEPRECATED = "lb.tls-too-old", "lb.http-not-redirected", "lb.deprecated-domain"
TLS_12 = balancer('minimum_tls: "1.2"')
REDIRECTED = balancer("https_redirect: true")
OLD = balancer('deprecated_domains: ["*.staging.netrasystems.ai"]')


def no_policy(estate: Estate) -> None:
    del https_proxy(estate)["sslPolicy"]


def policy(**fields: str) -> Patch:
    """The SSL policy with these fields and no others."""

    def patch(estate: Estate) -> None:
        found = estate.resource("compute.sslPolicies", "staging-tls")
        for name in ("profile", "minTlsVersion"):
            found.pop(name, None)
        found.update(fields)

    return patch


def denied_policies(estate: Estate) -> None:
    estate.gap("compute.sslPolicies.aggregatedList", "denied")


def redirect_map(estate: Estate) -> Json:
    return estate.resource("compute.urlMaps", "staging-redirect")


def port_80_closed(estate: Estate) -> None:
    estate.remove("compute.forwardingRules", "staging-http")


def serves_in_clear(estate: Estate) -> None:
    found = redirect_map(estate)
    del found["defaultUrlRedirect"]
    found["defaultService"] = lb.link("backendServices", "staging-frontend")


def redirects_to_http(estate: Estate) -> None:
    redirect_map(estate)["defaultUrlRedirect"] = {"hostRedirect": "www.example.com"}


def one_path_in_clear(estate: Estate) -> None:
    found = redirect_map(estate)
    backend = lb.link("backendServices", "staging-backend")
    found["hostRules"] = [{"hosts": [HOST], "pathMatcher": "all"}]
    found["pathMatchers"] = [
        {
            "name": "all",
            "defaultUrlRedirect": {"httpsRedirect": True},
            "pathRules": [{"paths": ["/health"], "service": backend}],
        }
    ]


def in_clear_for_another_host(estate: Estate) -> None:
    one_path_in_clear(estate)
    redirect_map(estate)["hostRules"][0]["hosts"] = ["probe.example.com"]


def another_balancer_in_clear(estate: Estate) -> None:
    """Port 80 of another load balancer, at an address that serves other domains on 443."""
    second_balancer(estate, ["shop.example.com"], "staging-frontend")
    found = dict(estate.resource("compute.forwardingRules", "staging-http"))
    found |= {"name": "other-http", "selfLink": lb.link("forwardingRules", "other-http"), "IPAddress": "203.0.113.20"}
    found["target"] = lb.link("targetHttpProxies", "other-http-proxy")
    estate.add("compute.forwardingRules", found)
    link = lb.link("targetHttpProxies", "other-http-proxy")
    estate.add(
        "compute.targetHttpProxies",
        {"name": "other-http-proxy", "selfLink": link, "urlMap": lb.link("urlMaps", "other-urls")},
    )


def plain_front(name: str, urls: str, address: str, scheme: str = "EXTERNAL_MANAGED") -> Patch:
    """One more front on port 80, with that URL map."""

    def patch(estate: Estate) -> None:
        target = lb.link("targetHttpProxies", name)
        found = {**estate.resource("compute.forwardingRules", "staging-http"), "name": name, "target": target}
        found |= {"selfLink": lb.link("forwardingRules", name), "IPAddress": address, "loadBalancingScheme": scheme}
        estate.add("compute.forwardingRules", found)
        estate.add("compute.targetHttpProxies", {"name": name, "selfLink": target, "urlMap": lb.link("urlMaps", urls)})

    return patch


def legacy_site_in_clear(estate: Estate) -> None:
    """A load balancer for HTTP alone, at an address of its own, that names no host."""
    backend = lb.link("backendServices", "staging-frontend")
    estate.add(
        "compute.urlMaps", {"name": "legacy", "selfLink": lb.link("urlMaps", "legacy"), "defaultService": backend}
    )
    plain_front("legacy", "legacy", "203.0.113.99")(estate)


def default_map_at_another_address(estate: Estate) -> None:
    """A URL map that names no host, on 443 and on port 80 of another address."""
    url_map(estate)["hostRules"] = []
    plain_front("v6", "staging-urls", "2001:db8::10")(estate)


def port_80_alone_in_clear(estate: Estate) -> None:
    serves_in_clear(estate)
    no_rule_on_443(estate)


def port_80_alone_beside_another(estate: Estate) -> None:
    """The domain's own port 80 redirects; that of another load balancer serves in clear."""
    redirect_map(estate)["hostRules"] = [{"hosts": ["*.netrasystems.ai"], "pathMatcher": "all"}]
    redirect_map(estate)["pathMatchers"] = [{"name": "all", "defaultUrlRedirect": {"httpsRedirect": True}}]
    legacy_site_in_clear(estate)
    no_rule_on_443(estate)


def tcp_proxy_on_80(estate: Estate) -> None:
    found = estate.resource("compute.forwardingRules", "staging-http")
    found["target"] = lb.link("targetTcpProxies", "plain")


def denied_http_proxies(estate: Estate) -> None:
    estate.gap("compute.targetHttpProxies.aggregatedList", "denied")


def partial_rules_without_80(estate: Estate) -> None:
    port_80_closed(estate)
    estate.partial("compute.forwardingRules.aggregatedList")


def old_name_on_certificate(estate: Estate) -> None:
    estate.resource("compute.sslCertificates", "staging-cert")["subjectAlternativeNames"].append(
        "api.staging.netrasystems.ai"
    )


def old_name_only_asked_for(estate: Estate) -> None:
    """The certificate does not hold the name yet."""
    estate.resource("compute.sslCertificates", "staging-cert")["managed"]["domains"].append("x.staging.netrasystems.ai")


def host_rule(host: str) -> Patch:
    """One more host rule of the application."""

    def patch(estate: Estate) -> None:
        url_map(estate)["hostRules"].append({"hosts": [host], "pathMatcher": "application"})

    return patch


def old_name_in_map(estate: Estate) -> None:
    mapped(estate, ("*.staging.netrasystems.ai", "new"), ("PRIMARY", "new"))
    manager_certificate(estate, "new", "*.netrasystems.ai")


def denied_entries(estate: Estate) -> None:
    old_name_in_map(estate)
    estate.gap("certificatemanager.certificate_map_entries.list", "denied")


def hollow_proxies(estate: Estate) -> None:
    estate.hollow.add("compute.targetHttpsProxies.aggregatedList")


def old_name_seen_and_certificates_denied(estate: Estate) -> None:
    old_name_in_map(estate)
    estate.gap("certificatemanager.certificates.get", "denied")


def no_proxies(estate: Estate) -> None:
    estate.remove("compute.targetHttpsProxies", "staging-https-proxy")


SCENARIOS = (
    Scenario("healthy", TLS, Status.PASS, declared=TLS_12),
    Scenario("no policy", TLS, Status.FAIL, no_policy, TLS_12, "staging-https-proxy", "TLS 1.0"),
    Scenario("no minimum", TLS, Status.FAIL, policy(profile="MODERN"), TLS_12, says="TLS 1.0"),
    Scenario("no profile", TLS, Status.FAIL, policy(minTlsVersion="TLS_1_1"), TLS_12, says="TLS 1.1"),
    Scenario("RESTRICTED", TLS, Status.PASS, policy(profile="RESTRICTED", minTlsVersion="TLS_1_0"), TLS_12),
    Scenario("1.3", TLS, Status.FAIL, declared=balancer('minimum_tls: "1.3"'), says="TLS 1.2"),
    Scenario("stricter", TLS, Status.PASS, policy(profile="RESTRICTED", minTlsVersion="TLS_1_3"), TLS_12),
    Scenario("1.0 without a policy", TLS, Status.PASS, no_policy, balancer('minimum_tls: "1.0"')),
    Scenario("no domain", TLS, Status.FAIL, no_policy, balancer('minimum_tls: "1.2"', domains="{}"), says="TLS 1.0"),
    Scenario("DNS decides", TLS, Status.UNKNOWN, two_maps_take_whatever_comes, TLS_12, says="DNS decides"),
    Scenario("not served", TLS, Status.SKIP, no_rule_on_443, TLS_12, says="lb.domain-unserved"),
    Scenario("a profile never seen", TLS, Status.UNKNOWN, policy(profile="PARANOID"), TLS_12, says="PARANOID"),
    Scenario("a version never seen", TLS, Status.UNKNOWN, policy(minTlsVersion="TLS_2_0"), TLS_12),
    Scenario("policies denied", TLS, Status.UNKNOWN, denied_policies, TLS_12),
    Scenario("healthy", REDIRECT, Status.PASS, declared=REDIRECTED),
    Scenario("closed", REDIRECT, Status.PASS, port_80_closed, REDIRECTED, says="closed"),
    Scenario("serves in clear", REDIRECT, Status.FAIL, serves_in_clear, REDIRECTED, HOST),
    Scenario("redirects to http", REDIRECT, Status.FAIL, redirects_to_http, REDIRECTED, HOST),
    Scenario("one path in clear", REDIRECT, Status.FAIL, one_path_in_clear, REDIRECTED, HOST, "/health"),
    Scenario("for another host", REDIRECT, Status.PASS, in_clear_for_another_host, REDIRECTED),
    Scenario("another balancer", REDIRECT, Status.PASS, another_balancer_in_clear, REDIRECTED),
    Scenario("another balancer that names no host", REDIRECT, Status.PASS, legacy_site_in_clear, REDIRECTED),
    Scenario(
        "the same URL map at another address",
        REDIRECT,
        Status.FAIL,
        plain_front("v6", "staging-urls", "2001:db8::10"),
        REDIRECTED,
        HOST,
        "v6 on port 80",
    ),
    Scenario(
        "the same URL map, which names no host, at another address",
        REDIRECT,
        Status.FAIL,
        default_map_at_another_address,
        REDIRECTED,
        HOST,
        "v6 on port 80",
    ),
    Scenario(
        "inside the network",
        REDIRECT,
        Status.PASS,
        plain_front("inside", "staging-urls", "10.0.0.9", "INTERNAL_MANAGED"),
        REDIRECTED,
    ),
    Scenario("port 80 alone, in clear", REDIRECT, Status.FAIL, port_80_alone_in_clear, REDIRECTED, HOST),
    Scenario("port 80 alone, beside another", REDIRECT, Status.PASS, port_80_alone_beside_another, REDIRECTED),
    Scenario("no domain", REDIRECT, Status.PASS, declared=balancer("https_redirect: true", domains="{}")),
    Scenario(
        "no domain, in clear",
        REDIRECT,
        Status.FAIL,
        serves_in_clear,
        balancer("https_redirect: true", domains="{}"),
        "staging",
    ),
    Scenario("another kind of proxy", REDIRECT, Status.UNKNOWN, tcp_proxy_on_80, REDIRECTED, HOST),
    Scenario("HTTP proxies denied", REDIRECT, Status.UNKNOWN, denied_http_proxies, REDIRECTED, HOST),
    Scenario("forwarding rules partial", REDIRECT, Status.UNKNOWN, partial_rules_without_80, REDIRECTED, HOST),
    Scenario("no forwarding rule at all", REDIRECT, Status.SKIP, no_forwarding_rules, REDIRECTED, HOST),
    Scenario("gone", DEPRECATED, Status.PASS, declared=OLD),
    Scenario("on a certificate", DEPRECATED, Status.FAIL, old_name_on_certificate, OLD, says="staging-cert"),
    Scenario("asked for on a certificate", DEPRECATED, Status.FAIL, old_name_only_asked_for, OLD, says="staging-cert"),
    Scenario("a host rule", DEPRECATED, Status.FAIL, host_rule("*.staging.netrasystems.ai"), OLD, says="host rule"),
    Scenario("a host below it", DEPRECATED, Status.FAIL, host_rule("Api.Staging.netrasystems.ai:443"), OLD),
    Scenario("any depth", DEPRECATED, Status.FAIL, host_rule("*.netrasystems.ai"), OLD, says="any depth"),
    Scenario("a sibling", DEPRECATED, Status.PASS, host_rule("www.netrasystems.ai"), OLD),
    Scenario("a map entry", DEPRECATED, Status.FAIL, old_name_in_map, OLD, says="map entry"),
    Scenario("a map entry, certificates denied", DEPRECATED, Status.FAIL, old_name_seen_and_certificates_denied, OLD),
    Scenario("map entries denied", DEPRECATED, Status.UNKNOWN, denied_entries, OLD),
    Scenario("URL maps denied", DEPRECATED, Status.UNKNOWN, denied_maps, OLD),
    Scenario("no proxy at all", DEPRECATED, Status.PASS, no_proxies, OLD),
    Scenario("an answer that is no list", DEPRECATED, Status.UNKNOWN, hollow_proxies, OLD, says="empty"),
)

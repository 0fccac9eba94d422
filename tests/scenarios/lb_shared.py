"""What the load-balancer scenarios share: declarations and pieces of made-up estates."""

from __future__ import annotations

from diag.calls import Json
from fixtures import ids, lb
from fixtures.estate import Estate

HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"
SERVICES = "services: {netra-backend-staging: {}, netra-auth-service: {}, netra-frontend-staging: {}}\n"
HOST, API = lb.HOST, lb.API_HOST


def balancer(*lines: str, domains: str = f"{{{HOST}: {{}}, {API}: {{}}}}") -> str:
    """Requirements with one load balancer that has these lines."""
    body = "".join(f"    {line}\n" for line in lines)
    return f"{HEAD}{SERVICES}load_balancers:\n  staging:\n    domains: {domains}\n{body}"


def routes(*pairs: str, host: str = HOST) -> str:
    """Requirements with the routes of one domain, each `path: service`."""
    return balancer(domains=f"{{{host}: {{routes: {{{', '.join(pairs)}}}}}}}")


def url_map(estate: Estate) -> Json:
    """The URL map of port 443."""
    return estate.resource("compute.urlMaps", "staging-urls")


def matcher(estate: Estate, name: str = "application") -> Json:
    """A path matcher of the URL map."""
    return next(item for item in url_map(estate)["pathMatchers"] if item["name"] == name)


def route_rules(estate: Estate, *rules: Json) -> None:
    """Gives the application route rules in place of its path rules."""
    application = matcher(estate)
    del application["pathRules"]
    application["routeRules"] = list(rules)


def rule(priority: int, backend: str, *matches: Json) -> Json:
    """A route rule."""
    service = lb.link("backendServices", backend)
    return {"priority": priority, "matchRules": list(matches), "service": service}


def https_proxy(estate: Estate) -> Json:
    """The proxy on 443."""
    return estate.resource("compute.targetHttpsProxies", "staging-https-proxy")


def neg(estate: Estate, backend: str = "staging-auth") -> Json:
    """The serverless NEG of a backend service."""
    return estate.resource("compute.networkEndpointGroups", f"{backend}-neg")


def second_balancer(estate: Estate, hosts: list[str], default: str, address: str = "203.0.113.20") -> None:
    """Another load balancer of the project, at an address of its own: 443 only, everything to `default`."""
    name = "other"
    service = lb.link("backendServices", default)
    rules = [{"hosts": hosts, "pathMatcher": "all"}] if hosts else []
    matchers = [{"name": "all", "defaultService": service}] if hosts else []
    estate.add(
        "compute.urlMaps",
        {
            "name": f"{name}-urls",
            "selfLink": lb.link("urlMaps", f"{name}-urls"),
            "defaultService": service,
            "hostRules": rules,
            "pathMatchers": matchers,
        },
    )
    estate.add(
        "compute.targetHttpsProxies",
        {
            "name": f"{name}-proxy",
            "selfLink": lb.link("targetHttpsProxies", f"{name}-proxy"),
            "urlMap": lb.link("urlMaps", f"{name}-urls"),
            "sslCertificates": [lb.link("sslCertificates", "staging-cert")],
        },
    )
    estate.add(
        "compute.forwardingRules",
        {
            **estate.resource("compute.forwardingRules", "staging-https"),
            "name": f"{name}-https",
            "selfLink": lb.link("forwardingRules", f"{name}-https"),
            "target": lb.link("targetHttpsProxies", f"{name}-proxy"),
            "IPAddress": address,
        },
    )


def vm_backend(estate: Estate, backend: str = "staging-auth", **fields: object) -> Json:
    """Puts virtual machines behind a backend service, and gives it these fields."""
    service = estate.resource("compute.backendServices", backend)
    group = f"{ids.COMPUTE}/zones/us-central1-b/networkEndpointGroups/vms"
    service["backends"] = [{"group": group}]
    service.update(fields)
    if "vms" not in estate.resources["compute.networkEndpointGroups"]:
        estate.add(
            "compute.networkEndpointGroups",
            {"name": "vms", "selfLink": group, "networkEndpointType": "GCE_VM_IP_PORT", "size": 2},
        )
    return service


def mapped(estate: Estate, *entries: tuple[str, str]) -> None:
    """Puts a certificate map on the proxy; entries are (hostname or PRIMARY, certificate)."""
    proxy = https_proxy(estate)
    parent = f"projects/{ids.PROJECT}/locations/global"
    proxy["certificateMap"] = f"//certificatemanager.googleapis.com/{parent}/certificateMaps/staging-map"
    proxy.pop("sslCertificates", None)
    for index, (host, certificate) in enumerate(entries):
        named = {"matcher": "PRIMARY"} if host == "PRIMARY" else {"hostname": host}
        estate.add(
            "certificatemanager.certificate_map_entries",
            {
                "name": f"{parent}/certificateMaps/staging-map/certificateMapEntries/entry-{index}",
                "certificates": [f"{parent}/certificates/{certificate}"],
                "state": "ACTIVE",
                **named,
            },
        )


def manager_certificate(estate: Estate, name: str, *names: str, state: str = "ACTIVE", **managed: object) -> Json:
    """A Certificate Manager certificate with DNS authorization, issued until the end of November 2025."""
    return estate.add(
        "certificatemanager.certificates",
        {
            "name": f"projects/{ids.PROJECT}/locations/global/certificates/{name}",
            "sanDnsnames": list(names),
            "expireTime": "2025-11-28T13:12:44.123456789Z",
            "scope": "DEFAULT",
            "managed": {
                "domains": list(names),
                "state": state,
                "dnsAuthorizations": [f"projects/{ids.PROJECT}/locations/global/dnsAuthorizations/{name}"],
                **managed,
            },
        },
    )

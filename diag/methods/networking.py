"""Methods of what carries a request: Compute Engine, Certificate Manager, Cloud DNS, Connectivity Tests."""

from __future__ import annotations

from diag.methods.method import Method, Verb


def _certificates(topic: str, function: str, name: str, permission: str, path: str, items: str) -> Method:
    listing = bool(items)
    verb = Verb.LIST if listing else Verb.GET
    return Method(
        key=f"certificatemanager.{topic}.{verb.value}",
        topic=topic,
        api="certificatemanager.googleapis.com",
        name=name,
        verb=verb,
        permission=f"certificatemanager.{permission}.{verb.value}",
        client=f"certificate_manager_v1.services.certificate_manager.CertificateManagerClient.{function}",
        http=path,
        rpc=f"/google.cloud.certificatemanager.v1.CertificateManager/{name}",
        items=items,
        partial=("unreachable",) if listing else (),
    )


_SNAKE = {
    "networks": "networks",
    "subnetworks": "subnetworks",
    "routes": "routes",
    "routers": "routers",
    "forwardingRules": "forwarding_rules",
    "targetHttpsProxies": "target_https_proxies",
    "targetHttpProxies": "target_http_proxies",
    "urlMaps": "url_maps",
    "backendServices": "backend_services",
    "networkEndpointGroups": "network_endpoint_groups",
    "sslCertificates": "ssl_certificates",
    "sslPolicies": "ssl_policies",
    "healthChecks": "health_checks",
}


def _compute(collection: str, verb: Verb, also: tuple[str, ...] = ()) -> Method:
    snake = _SNAKE[collection]
    client = "".join(part.capitalize() for part in snake.split("_"))
    aggregated = verb is Verb.AGGREGATED_LIST
    path = f"aggregated/{collection}" if aggregated else f"global/{collection}"
    return Method(
        key=f"compute.{collection}.{verb.value}",
        topic=snake,
        api="compute.googleapis.com",
        name=f"{collection}.{verb.value}",
        verb=verb,
        permission=f"compute.{collection}.list",
        client=f"compute_v1.services.{snake}.{client}Client.{'aggregated_list' if aggregated else 'list'}",
        http=f"/compute/v1/projects/{{project}}/{path}",
        items=collection if aggregated else "items",
        partial=("unreachables", "warning") if aggregated else ("warning",),
        also=also,
    )


def _health(regional: bool) -> Method:
    collection = "regionBackendServices" if regional else "backendServices"
    client = (
        "region_backend_services.RegionBackendServicesClient" if regional else "backend_services.BackendServicesClient"
    )
    place = "regions/{region}" if regional else "global"
    return Method(
        key=f"compute.{collection}.getHealth",
        topic="backend_health",
        api="compute.googleapis.com",
        name=f"{collection}.getHealth",
        verb=Verb.GET,
        permission=f"compute.{collection}.get",
        client=f"compute_v1.services.{client}.get_health",
        http=f"/compute/v1/projects/{{project}}/{place}/backendServices/{{backend_service}}/getHealth",
        named_by="",
        post=True,
    )


_EFFECTIVE_FIREWALLS = Method(
    key="compute.networks.getEffectiveFirewalls",
    topic="firewalls",
    api="compute.googleapis.com",
    name="networks.getEffectiveFirewalls",
    verb=Verb.GET,
    permission="compute.networks.getEffectiveFirewalls",
    client="compute_v1.services.networks.NetworksClient.get_effective_firewalls",
    http="/compute/v1/projects/{project}/global/networks/{network}/getEffectiveFirewalls",
    named_by="",
)

_ZONES = Method(
    key="dns.managedZones.list",
    topic="dns_zones",
    api="dns.googleapis.com",
    name="managedZones.list",
    verb=Verb.LIST,
    permission="dns.managedZones.list",
    client="",
    http="/dns/v1/projects/{project}/managedZones",
    items="managedZones",
    optional=True,
)

_RECORDS = Method(
    key="dns.resourceRecordSets.list",
    topic="dns_records",
    api="dns.googleapis.com",
    name="resourceRecordSets.list",
    verb=Verb.LIST,
    permission="dns.resourceRecordSets.list",
    client="",
    http="/dns/v1/projects/{project}/managedZones/{managedZone}/rrsets",
    items="rrsets",
)

_CONNECTIVITY_TESTS = Method(
    key="networkmanagement.connectivityTests.list",
    topic="connectivity_tests",
    api="networkmanagement.googleapis.com",
    name="ListConnectivityTests",
    verb=Verb.LIST,
    permission="networkmanagement.connectivitytests.list",
    client="network_management_v1.services.reachability_service.ReachabilityServiceClient.list_connectivity_tests",
    http="/v1/{parent}/connectivityTests",
    rpc="/google.cloud.networkmanagement.v1.ReachabilityService/ListConnectivityTests",
    items="resources",
    partial=("unreachable",),
    optional=True,
)

NETWORKING = (
    _compute("networks", Verb.LIST),
    _compute("subnetworks", Verb.AGGREGATED_LIST),
    _compute("routes", Verb.LIST),
    _compute("routers", Verb.AGGREGATED_LIST),
    _compute("forwardingRules", Verb.AGGREGATED_LIST, also=("compute.globalForwardingRules.list",)),
    _compute("targetHttpsProxies", Verb.AGGREGATED_LIST),
    _compute("targetHttpProxies", Verb.AGGREGATED_LIST),
    _compute("urlMaps", Verb.AGGREGATED_LIST),
    _compute("backendServices", Verb.AGGREGATED_LIST),
    _compute("networkEndpointGroups", Verb.AGGREGATED_LIST),
    _compute("sslCertificates", Verb.AGGREGATED_LIST),
    _compute("sslPolicies", Verb.AGGREGATED_LIST),
    _compute("healthChecks", Verb.AGGREGATED_LIST),
    _health(regional=False),
    _health(regional=True),
    _EFFECTIVE_FIREWALLS,
    _certificates("certificates", "get_certificate", "GetCertificate", "certs", "/v1/{name}", ""),
    _certificates(
        "certificate_map_entries",
        "list_certificate_map_entries",
        "ListCertificateMapEntries",
        "certmapentries",
        "/v1/{parent}/certificateMapEntries",
        "certificateMapEntries",
    ),
    _ZONES,
    _RECORDS,
    _CONNECTIVITY_TESTS,
)

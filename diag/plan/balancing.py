"""Calls that follow from load balancers: certificates, health, DNS records and firewalls."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Answer, Call, Gap
from diag.facts.base import dig, last, relative, segment
from diag.facts.dns import may_hold, within
from diag.plan.planned import Planned
from diag.plan.reading import listed, objects, scoped


def after_proxies(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """Entries of each certificate map, and Certificate Manager certificates that a proxy names itself."""
    for proxy in scoped(answer, "targetHttpsProxies"):
        named = str(dig(proxy, "certificateMap") or "")
        if named:
            yield Call.of("certificatemanager.certificate_map_entries.list", parent=relative(named))
        for link in listed(proxy, "sslCertificates"):
            if "/locations/" in str(link):
                yield Call.of("certificatemanager.certificates.get", name=relative(str(link)))


def after_entries(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    for entry in objects(answer, "certificateMapEntries"):
        for name in listed(entry, "certificates"):
            yield Call.of("certificatemanager.certificates.get", name=relative(str(name)))


def after_backends(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """The health of each group that can have one: instance groups and zonal NEGs, where a health check is set."""
    for backend in scoped(answer, "backendServices"):
        if not listed(backend, "healthChecks"):
            continue
        region = last(str(dig(backend, "region") or ""))
        key = "compute.regionBackendServices.getHealth" if region else "compute.backendServices.getHealth"
        for item in listed(backend, "backends"):
            group = str(dig(item, "group") or "")
            if "/instanceGroups/" in group or segment(group, "zones"):
                request = {"project": call["project"], "backend_service": str(dig(backend, "name") or "")}
                request |= {"region": region} if region else {}
                yield Call.of(key, **request, **{"resource_group_reference_resource.group": group})


def after_zones(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """The records of each zone that a declared domain lies in, or may hold a deprecated one."""
    balancers = plan.declared.load_balancers.values()
    hosts = [host for balancer in balancers for host in balancer.domains]
    deprecated = [name for balancer in balancers for name in balancer.deprecated_domains]
    for zone in objects(answer, "managedZones"):
        suffix = str(dig(zone, "dnsName") or "").rstrip(".").lower()
        meant = any(within(host, suffix) for host in hosts) or any(may_hold(suffix, name) for name in deprecated)
        if suffix and meant:
            name = str(dig(zone, "name") or "")
            yield Call.of("dns.resourceRecordSets.list", project=call["project"], managedZone=name)


def after_networks(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """The firewall in force of each network: its own rules and those of every policy above it."""
    for network in objects(answer, "items"):
        name = str(dig(network, "name") or "")
        yield Call.of("compute.networks.getEffectiveFirewalls", project=call["project"], network=name)

"""Deprecated domains: gone from certificates, map entries and host rules."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes
from diag.checks.lb.views import LB_DOCS, URL_MAP_DOCS, balancers, place_flags
from diag.errors import Unseen
from diag.facts.base import last
from diag.facts.certificates import Certificate
from diag.facts.dns import RecordSet, may_hold
from diag.facts.lb import TargetHttpsProxy, UrlMap
from diag.facts.world import World
from diag.paths.certificate import Certificates, Named
from diag.paths.find import find, some
from diag.paths.matching import routes_deprecated, within_deprecated
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements
from diag.values import dataclass


@dataclass(frozen=True)
class Deprecated:
    """A name that must be gone."""

    name: str
    certificates: Certificates


def deprecated_names(world: World, declared: Requirements) -> Iterator[Subject[Deprecated] | Gap]:
    """Each deprecated name."""
    certificates = Certificates(world)
    for found in balancers(world, declared, lambda balancer: bool(balancer.deprecated_domains)):
        if isinstance(found, Gap):
            yield found
            continue
        balancer = found.item.balancer
        for index, name in enumerate(balancer.deprecated_domains):
            item = Deprecated(name.lower(), certificates)
            yield Subject(name, item, balancer.at(f"deprecated_domains.{index}"), found.critical)


@check(
    "lb.deprecated-domain",
    Severity.MEDIUM,
    deprecated_names,
    reads=(
        "target_https_proxies",
        "target_http_proxies",
        "url_maps",
        "ssl_certificates",
        "certificates",
        "certificate_map_entries",
        "dns_zones",
        "dns_records",
    ),
    facts=("FE-03", "FE-04", "CRT-08", "CRT-09", "X-11"),
    docs=(URL_MAP_DOCS, LB_DOCS),
)
def deprecated_domain(subject: Subject[Deprecated], world: World, declared: Requirements) -> Verdict:
    """Deprecated domain is still in use.

    A dead name on a managed certificate blocks the renewal of the whole certificate; a host rule keeps
    the old address alive. A URL map's wildcard takes any depth, so that `*.example.com` still routes
    `a.old.example.com`, which no certificate of that wildcard covers.

    Reads the names of the certificates in force, the entries of certificate maps, the host rules of
    every URL map that a proxy uses, and the addresses and aliases in the public Cloud DNS zones of the project.

    Replace the certificate by one without the name, delete map entry and record, and remove the host rule.
    """
    found = list(_found(subject.item, world))
    places = list({place.shown: place for place in found if isinstance(place, _Place)}.values())
    gaps = [gap for gap in found if isinstance(gap, Gap)]
    required = "in no certificate, map entry, host rule or DNS record"
    if places:
        return fails(
            required=required,
            observed=[place.shown for place in places],
            reason=f"{subject.resource} is still in {', '.join(place.shown for place in places[:3])}",
            evidence=tuple(place.evidence for place in places),
            fix=tuple(dict.fromkeys(place.fix for place in places)),
        )
    if gaps:
        raise Unseen(gaps[0])
    read = tuple(proxy.evidence("urlMap") for proxy in world.target_https_proxies())[:5]
    return passes(required=required, observed="gone", evidence=read)


@dataclass(frozen=True)
class _Place:
    shown: str
    evidence: Evidence
    fix: Fix


def _found(item: Deprecated, world: World) -> Iterator[_Place | Gap]:
    """Every place that holds the name, and every gap that may hide one."""
    proxies = some(world.target_https_proxies())
    for proxy in proxies:
        try:
            for named in item.certificates.in_force(proxy):
                yield from _in_certificate(item, proxy, named)
        except Unseen as unseen:
            yield unseen.gap
    for name in dict.fromkeys(proxy.url_map for proxy in (*proxies, *world.target_http_proxies().whole())):
        try:
            url_map = find(world.url_maps(), name, world)
            yield from _in_host_rules(item, url_map) if url_map else ()
        except Unseen as unseen:
            yield unseen.gap
    yield from _in_dns(item, world)


def _in_dns(item: Deprecated, world: World) -> Iterator[_Place | Gap]:
    """Names with an address or an alias; those with an underscore serve validation, and are no host's."""
    try:
        zones = world.zones().whole()
        meant = [zone for zone in zones if may_hold(zone.suffix, item.name) and zone.visibility.read() == "public"]
        for record in (record for zone in meant for record in world.records(zone).whole()):
            is_host = record.type in ("A", "AAAA", "CNAME") and "_" not in record.host
            if is_host and within_deprecated(record.host, item.name):
                yield _record(record)
    except Unseen as unseen:
        # Where Cloud DNS is off, there is no zone.
        if unseen.gap.kind is not GapKind.DISABLED:
            yield unseen.gap


def _record(record: RecordSet) -> _Place:
    call = record.origin.call
    where = f"--zone {call['managedZone']} --project {call['project']}"
    delete = f"gcloud dns record-sets delete {quote(f'{record.host}.')} {where} --type {record.type}"
    return _Place(f"record {record.host} {record.type}", record.evidence("name"), Fix(delete))


def _in_certificate(item: Deprecated, proxy: TargetHttpsProxy, named: Named) -> Iterator[_Place | Gap]:
    entry = named.entry
    if entry and entry.hostname and within_deprecated(entry.hostname, item.name):
        certificate_map = f"--map {last(proxy.certificate_map)} {place_flags(entry)}"
        delete = f"gcloud certificate-manager maps entries delete {entry.short} {certificate_map}"
        yield _Place(f"map entry {entry.short} ({entry.hostname})", entry.evidence("hostname"), Fix(delete))
    try:
        certificate = named.read()
        for name in certificate.all_names if certificate else ():
            if certificate and within_deprecated(name, item.name):
                evidence = certificate.evidence("subjectAlternativeNames", name)
                yield _Place(f"certificate {certificate.short} ({name})", evidence, _replace(item, proxy, certificate))
    except Unseen as unseen:
        yield unseen.gap


def _replace(item: Deprecated, proxy: TargetHttpsProxy, certificate: Certificate) -> Fix:
    """The names of a certificate are fixed [CRT-09]: make one without the deprecated ones, or detach it."""
    where = place_flags(certificate)
    kept = [name for name in certificate.all_names if not within_deprecated(name, item.name)]
    if "/locations/" in certificate.name:
        if not kept:
            return Fix(f"gcloud certificate-manager certificates delete {certificate.short} {where}")
        return Fix(f"gcloud certificate-manager certificates create NAME {where} --domains {','.join(kept)}")
    others = [last(link) for link in proxy.listed_certificates if last(link) != certificate.short]
    if kept or not others:
        return Fix(f"gcloud compute ssl-certificates create NAME {where} --domains {','.join(kept) or 'DOMAINS'}")
    update = f"gcloud compute target-https-proxies update {proxy.short} {where}"
    return Fix(f"{update} --ssl-certificates {','.join(others)}")


def _in_host_rules(item: Deprecated, url_map: UrlMap) -> Iterator[_Place]:
    where = place_flags(url_map)
    for pattern, rule in url_map.hosts.items():
        if within_deprecated(pattern, item.name):
            remove = f"gcloud compute url-maps remove-host-rule {url_map.short} {where} --host {pattern}"
            yield _Place(f"host rule {pattern} of {url_map.short}", url_map.evidence(rule.where, pattern), Fix(remove))
        elif routes_deprecated(pattern, item.name):
            shown = f"host rule {pattern} of {url_map.short}, which takes any depth"
            edit = f"gcloud compute url-maps edit {url_map.short} {where}"
            yield _Place(shown, url_map.evidence(rule.where, pattern), Fix(edit))

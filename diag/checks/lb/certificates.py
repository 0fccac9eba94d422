"""Certificates: one in force covers each domain, the right kind of it, by the mechanism that counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes, skips, warns
from diag.checks.lb.views import (
    CERTIFICATE_DOCS,
    FRONT,
    BalancerView,
    DomainView,
    balancers,
    domains,
    over_entries,
    place_flags,
    unserved,
)
from diag.errors import Unseen
from diag.facts.base import last, segment
from diag.facts.certificates import Certificate
from diag.facts.lb import TargetHttpsProxy
from diag.facts.world import World
from diag.paths.certificate import Certificates, Named, Shown, refused
from diag.paths.frontend import Entry, Served
from diag.paths.matching import covers
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements
from diag.values import dataclass

NAMES = ("ssl_certificates", "certificates", "certificate_map_entries")
"""Topics that say what certificates are named and what they cover."""
MANAGER_DOCS = "https://cloud.google.com/certificate-manager/docs/how-it-works"


@dataclass(frozen=True)
class NameView:
    """A name that the certificates in force must cover: a domain, or an entry of `certificates.covers`."""

    name: str
    domain: DomainView | None
    balancer: BalancerView
    certificates: Certificates

    def served(self) -> Served:
        """The proxies that must cover it: the domain's, or those of all domains of the load balancer."""
        return self.domain.served() if self.domain else self.balancer.served()


def covered_names(world: World, declared: Requirements) -> Iterator[Subject[NameView] | Gap]:
    """Each declared domain, then each name of `certificates.covers` that is not one."""
    certificates = Certificates(world)
    for subject in domains(world, declared):
        if isinstance(subject, Gap):
            yield subject
            continue
        view = subject.item
        item = NameView(view.domain.name, view, BalancerView(view.balancer, view.frontends), certificates)
        yield Subject(subject.resource, item, subject.declared_at, subject.critical)
    for found in declared_covers(world, declared):
        if isinstance(found, Gap) or found.item.name not in found.item.balancer.balancer.domains:
            yield found


def declared_covers(world: World, declared: Requirements) -> Iterator[Subject[NameView] | Gap]:
    """Each name of `certificates.covers`."""
    certificates = Certificates(world)
    for found in balancers(world, declared, lambda balancer: bool(balancer.certificates)):
        if isinstance(found, Gap):
            yield found
            continue
        section = found.item.balancer.certificates
        for index, name in enumerate(section.covers if section else ()):
            item = NameView(name.lower(), None, found.item, certificates)
            yield Subject(name, item, section.at(f"covers.{index}") if section else None, found.critical)


@check(
    "lb.certificate-missing",
    Severity.CRITICAL,
    covered_names,
    reads=(*FRONT, *NAMES),
    facts=("CRT-20", "FE-10", "FE-11", "FE-12", "CM-14"),
    docs=(CERTIFICATE_DOCS, MANAGER_DOCS),
)
def certificate_missing(subject: Subject[NameView], world: World, declared: Requirements) -> Verdict:
    """No certificate in force covers the domain.

    Every client refuses a certificate without its host's name. A wildcard covers exactly one label, so
    that `*.example.com` covers neither `example.com` nor `a.b.example.com`.

    Reads the proxy that takes the domain, its certificate map (which overrides the proxy's own list), and
    the names of the certificate that a client of the domain is shown. One that covers the domain and was
    never issued, or has expired, is left to lb.certificate-not-active and lb.certificate-expiring.

    Add a certificate with the name to the mechanism that is in force on that proxy.
    """
    view = subject.item
    served = view.served()
    if not served.entries:
        return unserved(view.name)
    if view.domain is None:
        return _by_any(view, served, world)
    return over_entries(served, served.proxies, lambda entry: _on_proxy(view, entry, world))


def _on_proxy(view: NameView, entry: Entry, world: World) -> Verdict:
    proxy = entry.front.https_proxy
    shown = view.certificates.shown(proxy, view.name)
    found, gap = _readable(shown.certificates)
    able = [one for one in found if not refused(one, entry.front)]
    covering = _covering(able, view.name, world)
    way = proxy.evidence("certificateMap" if proxy.certificate_map else "sslCertificates")
    details = {"required": f"a certificate that covers {view.name}", "evidence": (way, *map(_names, found))}
    if not (covering and covering[0].in_force(world.taken_at)):
        if gap:
            raise Unseen(gap)
        held = [name for one in able for name in one.dns_names]
        what, why = _what(shown, held), ""
        if found and not able:
            what, why = "no certificate", f"; a load balancer of its kind has no {found[0].kind}"
        reason = f"{proxy.short} shows clients of {view.name} {what}, so TLS fails before any request{why}"
        return _none(covering, held, view.name, reason=reason, fix=(_add(proxy),), **details)
    if shown.entry and shown.entry.state.read() == "PENDING":
        reason = f"{shown.by} is PENDING: not every location of the load balancer shows {covering[0].short} yet"
        return warns(observed="PENDING", reason=reason, **details)
    return passes(observed=f"{covering[0].short} by {shown.by}", **details)


def _by_any(view: NameView, served: Served, world: World) -> Verdict:
    """For a name that is not a domain: some certificate in force holds it."""
    proxies = [entry.front.https_proxy for entry in served.proxies]
    found, gap = _readable(named for proxy in proxies for named in view.certificates.in_force(proxy))
    covering = _covering(found, view.name, world)
    details = {"required": f"a certificate that covers {view.name}", "evidence": tuple(map(_names, covering or found))}
    if covering and covering[0].in_force(world.taken_at):
        return passes(observed=covering[0].short, **details)
    if gap:
        raise Unseen(gap)
    held = [name for one in found for name in one.dns_names]
    reason = f"no certificate in force of {view.balancer.balancer.name} holds {view.name}"
    return _none(covering, held, view.name, reason=reason, fix=(_add(proxies[0]),), **details)


def _none(covering: list[Certificate], held: list[str], name: str, **details: Any) -> Verdict:
    """The verdict when no certificate in force covers a name: one that covers it may be to come, or have expired."""
    if covering:
        why = f"{covering[0].short} covers {name} and was never issued: see lb.certificate-not-active"
        if covering[0].issued:
            why = f"{covering[0].short} covers {name} and has expired: see lb.certificate-expiring"
        return skips(why, required=details["required"], evidence=details["evidence"])
    return fails(observed=held or "no certificate", **details)


def _readable(named: Iterable[Named]) -> tuple[list[Certificate], Gap | None]:
    """The certificates whose names could be read, each once, and the gap of the first that could not."""
    found: dict[str, Certificate] = {}
    gap: Gap | None = None
    for one in named:
        try:
            found.update((certificate.name, certificate) for certificate in _read([one]) if certificate.dns_names)
        except Unseen as unseen:
            gap = gap or unseen.gap
    return list(found.values()), gap


def _covering(certificates: Iterable[Certificate], name: str, world: World) -> list[Certificate]:
    """Those that cover a name: the ones in force first, then those that have expired."""
    found = [one for one in certificates if any(covers(held, name) for held in one.dns_names)]
    return sorted(found, key=lambda one: (not one.in_force(world.taken_at), not one.issued))


def _names(certificate: Certificate) -> Evidence:
    field = "sanDnsnames" if "/locations/" in certificate.name else "subjectAlternativeNames"
    issued = bool(certificate.items(field))
    return certificate.evidence(field if issued else "managed.domains", list(certificate.dns_names))


def _what(shown: Shown, held: list[str]) -> str:
    if not shown.certificates:
        return f"no certificate (nothing of {shown.by} stands for it)"
    return f"a certificate for {', '.join(held[:5])}" if held else f"no certificate that exists ({shown.by})"


def _add(proxy: TargetHttpsProxy) -> Fix:
    if proxy.certificate_map:
        certificate_map = f"--map {last(proxy.certificate_map)} --project {segment(proxy.certificate_map, 'projects')}"
        entry = "gcloud certificate-manager maps entries create NAME --hostname HOST --certificates CERTIFICATE"
        return Fix(f"{entry} {certificate_map}")
    names = ",".join([*(last(link) for link in proxy.listed_certificates), "NEW_CERTIFICATE"])
    option = "--certificate-manager-certificates" if _manager(proxy) else "--ssl-certificates"
    return Fix(f"gcloud compute target-https-proxies update {proxy.short} {place_flags(proxy)} {option} {names}")


def _manager(proxy: TargetHttpsProxy) -> bool:
    return any("/locations/" in link for link in proxy.listed_certificates)


def declared_wildcards(world: World, declared: Requirements) -> Iterator[Subject[NameView] | Gap]:
    """Each wildcard of `certificates.covers`."""
    for subject in declared_covers(world, declared):
        if isinstance(subject, Gap) or subject.item.name.startswith("*."):
            yield subject


@check(
    "lb.wildcard-impossible",
    Severity.HIGH,
    declared_wildcards,
    reads=(*FRONT, *NAMES),
    facts=("CRT-02", "CM-08"),
    docs=(CERTIFICATE_DOCS, "https://cloud.google.com/certificate-manager/docs/domain-authorization"),
)
def wildcard_impossible(subject: Subject[NameView], world: World, declared: Requirements) -> Verdict:
    """Declared wildcard cannot come from this kind of certificate.

    A Google-managed classic certificate holds no wildcard, and Certificate Manager issues one only with
    DNS authorization: adding the name to what is there can never succeed.

    Reads the kind and the names of every certificate in force on the load balancer's proxies.

    Make a Certificate Manager certificate with a DNS authorization for the domain, and map it.
    """
    view = subject.item
    served = view.served()
    if not served.entries:
        return unserved(view.name)
    in_force = [named for entry in served.proxies for named in view.certificates.in_force(entry.front.https_proxy)]
    found = _read(in_force)
    able = [one for one in found if one.may_hold_wildcards]
    evidence = tuple(_names(one) for one in found)
    required = f"a certificate that can hold {view.name}"
    if any(view.name in one.dns_names for one in able):
        holding = next(one for one in able if view.name in one.dns_names)
        return passes(required=required, observed=f"{holding.short}: {holding.kind}", evidence=evidence)
    if able:
        why = f"{able[0].short} is of a kind that can hold {view.name} and does not: see lb.certificate-missing"
        return skips(why, required=required, evidence=evidence)
    if not found:
        return skips(f"no certificate is in force for {view.name}: see lb.certificate-missing", required=required)
    apex = view.name.removeprefix("*.")
    create = "gcloud certificate-manager certificates create"
    return fails(
        required=required,
        observed=[f"{one.short}: {one.kind}" for one in found],
        reason=f"no certificate of these kinds can hold {view.name}, at whatever setting",
        evidence=evidence,
        fix=(
            Fix(f"gcloud certificate-manager dns-authorizations create NAME --domain {apex} --project {world.project}"),
            Fix(f'{create} NAME --domains "{view.name}" --dns-authorizations NAME --project {world.project}'),
        ),
    )


def _read(named: Iterable[Named]) -> list[Certificate]:
    """Each certificate once; raises `Unseen` when one could not be read."""
    found = {one.name: one.read() for one in named}
    return [certificate for certificate in found.values() if certificate]


def proxies(world: World, declared: Requirements) -> Iterator[Subject[TargetHttpsProxy]]:
    """Every target HTTPS proxy in view."""
    for proxy in world.target_https_proxies():
        yield Subject(proxy.name, proxy)


@check(
    "lb.certificate-ignored",
    Severity.HIGH,
    proxies,
    reads=("target_https_proxies",),
    always=True,
    facts=("FE-10", "FE-11", "X-12"),
    docs=("https://cloud.google.com/certificate-manager/docs/maps",),
)
def certificate_ignored(subject: Subject[TargetHttpsProxy], world: World, declared: Requirements) -> Verdict:
    """Certificate map overrides the proxy's own certificates.

    With a certificate map on the proxy, the certificates of its own list are never shown. Adding or
    renewing one there changes nothing for any client.

    Reads the proxy's `certificateMap` and `sslCertificates`.

    Put the certificate into an entry of the map, or clear the list or the map.
    """
    proxy = subject.item
    required = "certificates by one mechanism: a map or the proxy's list"
    listed = [last(link) for link in proxy.listed_certificates]
    if not (proxy.certificate_map and listed):
        mechanism = "a certificate map" if proxy.certificate_map else "the proxy's list"
        evidence = (proxy.evidence("certificateMap" if proxy.certificate_map else "sslCertificates"),)
        return passes(required=required, observed=mechanism, evidence=evidence)
    certificate_map = last(proxy.certificate_map)
    update = f"gcloud compute target-https-proxies update {proxy.short} {place_flags(proxy)}"
    return fails(
        required=required,
        observed=f"map {certificate_map} overrides {', '.join(listed)}",
        reason=f"clients of {proxy.short} are shown what {certificate_map} holds; {', '.join(listed)} is never used",
        evidence=(proxy.evidence("certificateMap"), proxy.evidence("sslCertificates")),
        fix=(Fix(f"{update} --clear-ssl-certificates"),),
    )

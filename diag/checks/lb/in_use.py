"""The certificates in use: those that a proxy, or an entry of its map, names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

from diag.calls import Gap
from diag.checks.check import Subject
from diag.errors import Unseen
from diag.facts.lb import TargetHttpsProxy
from diag.facts.world import World
from diag.paths.certificate import Certificates, Named
from diag.paths.matching import certificate_patterns
from diag.report import Place
from diag.requirements.model import LoadBalancer, Requirements
from diag.values import dataclass

WARN = 30 * 86400.0
"""Seconds: renewal of a managed certificate begins about a month before expiry [CRT-08]."""
FAIL = 7 * 86400.0


@dataclass(frozen=True)
class InUse:
    """A certificate that a proxy, or an entry of its map, names."""

    named: Named
    proxies: tuple[TargetHttpsProxy, ...]
    ignored: bool
    """Whether every proxy that names it has a certificate map instead."""
    balancer: LoadBalancer | None
    """The declared load balancer that the proxies belong to."""

    def thresholds(self) -> tuple[float, float, Place | None]:
        """Seconds left at which it warns and fails, and where that is declared."""
        section = self.balancer.certificates if self.balancer else None
        declared = section.expires_in if section else None
        if declared is None:
            return WARN, FAIL, None
        warn = WARN if declared.warn is None else declared.warn
        return warn, FAIL if declared.fail is None else declared.fail, declared.at()


class _Uses:
    """The proxies that name one certificate, as they are gone through."""

    def __init__(self, named: Named) -> None:
        self.named = named
        self.proxies: dict[str, TargetHttpsProxy] = {}
        self.ignored = True

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names that it covers; none when that cannot be read."""
        try:
            found = self.named.read()
            return found.dns_names if found else ()
        except Unseen:
            return ()


def in_use(world: World, declared: Requirements) -> Iterator[Subject[InUse] | Gap]:
    """Each certificate that a proxy or an entry of its map names, once."""
    certificates = Certificates(world)
    found: dict[str, _Uses] = {}
    gaps: dict[str, Gap] = {}
    for proxy in world.target_https_proxies():
        try:
            for named in certificates.listed(proxy):
                _note(found, named, proxy, ignored=bool(proxy.certificate_map))
            for named in certificates.in_force(proxy):
                _note(found, named, proxy, ignored=False)
        except Unseen as unseen:
            gaps[unseen.gap.message] = unseen.gap
    owners = _owners(declared, found.values())
    for name, uses in found.items():
        owner = next((owners[proxy] for proxy in uses.proxies if proxy in owners), None)
        item = InUse(uses.named, tuple(uses.proxies.values()), uses.ignored, owner)
        yield Subject(name, item, critical=owner is not None and _critical(owner, uses.names))
    yield from gaps.values()


def _note(found: dict[str, _Uses], named: Named, proxy: TargetHttpsProxy, *, ignored: bool) -> None:
    uses = found.setdefault(named.name, _Uses(named))
    uses.proxies[proxy.name] = proxy
    uses.ignored = uses.ignored and ignored


def _owners(declared: Requirements, used: Collection[_Uses]) -> dict[str, LoadBalancer]:
    """The declared load balancer of each proxy: the one with a name that a certificate of the proxy covers.

    The only one declared, if none of its names is covered, is every proxy's.
    """
    owners: dict[str, LoadBalancer] = {}
    for balancer in declared.load_balancers.values():
        section = balancer.certificates
        names = _patterns((*balancer.domains, *(section.covers if section else ())))
        own = [proxy for uses in used if not names.isdisjoint(uses.names) for proxy in uses.proxies]
        if not own and len(declared.load_balancers) == 1:
            own = [proxy for uses in used for proxy in uses.proxies]
        for proxy in own:
            owners.setdefault(proxy, balancer)
    return owners


def _critical(balancer: LoadBalancer, covered: tuple[str, ...]) -> bool:
    names = _patterns(domain.name for domain in balancer.domains.values() if domain.critical)
    return balancer.critical or not names.isdisjoint(covered)


def _patterns(names: Iterable[str]) -> frozenset[str]:
    """Every name in a certificate that covers one of these."""
    return frozenset(pattern for name in names for pattern in certificate_patterns(name))

"""Port 80: closed, or nothing but a redirect to HTTPS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes
from diag.checks.lb.views import FRONT, BalancerView, DomainView, balancers, by_dns, place_flags, unserved
from diag.errors import Unseen
from diag.facts.lb import ForwardingRule
from diag.facts.world import World
from diag.paths.find import some
from diag.paths.frontend import Front, Frontends, Served, meant
from diag.paths.matching import Paths
from diag.paths.url import Part, follow, take_any, take_host
from diag.report import Fix, Severity
from diag.requirements.model import Requirements
from diag.values import dataclass


class Port80:
    """What takes port 80, by address; every forwarding rule is walked once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._plain = Frontends(world, secure=False)

    @cached_property
    def _fronts(self) -> Mapping[str, list[Front]]:
        """The fronts on port 80 by their address, and by the name of their URL map."""
        found: dict[str, list[Front]] = {}
        for front in self._plain.fronts:
            for key in (front.rule.address, front.url_map.name):
                found.setdefault(key, []).append(front)
        return found

    @cached_property
    def _others(self) -> Mapping[str, list[ForwardingRule]]:
        """Rules to proxies of another kind, whatever their port."""
        found: dict[str, list[ForwardingRule]] = {}
        for rule in some(self._world.forwarding_rules()):
            if rule.target and not any(kind in rule.target for kind in ("/targetHttpProxies/", "/targetHttpsProxies/")):
                found.setdefault(rule.address, []).append(rule)
        return found

    def of(self, host: str, served: Served) -> list[Front]:
        """The fronts on port 80 that a client of the host (of every host, when empty) may meet.

        Those at an address that serves it on 443, those with the same URL map, and those that name it. Where
        nothing serves it on 443: those that name it, else all. Raises `Unseen` when one may have been missed.
        """
        addresses = {entry.front.rule.address for entry in served.entries}
        for rule in (rule for address in addresses for rule in self._others.get(address, ())):
            if rule.listens_on(80):
                said = f"{rule.short} takes port 80 of {rule.address} by a proxy whose answers diag does not read"
                raise Unseen(Gap(GapKind.UNDECIDED, said, rule.origin.call))
        self._plain.whole()
        naming = self._plain.naming(host) if host else []
        if not served.entries:
            return list(meant(naming or self._plain.fronts))
        keys = {*addresses, *(entry.front.url_map.name for entry in served.entries)}
        near = [front for key in sorted(keys) for front in self._fronts.get(key, ())]
        fronts = {front.rule.name: front for front in (*near, *naming)}
        external = served.entries[0].front.external
        return [front for front in fronts.values() if front.external or not external]


@dataclass(frozen=True)
class RedirectView:
    """A declared domain, or a load balancer without one, that port 80 may only redirect."""

    view: DomainView | BalancerView
    port_80: Port80

    @property
    def host(self) -> str:
        """The domain; empty for every host."""
        return self.view.domain.name if isinstance(self.view, DomainView) else ""


def redirected(world: World, declared: Requirements) -> Iterator[Subject[RedirectView] | Gap]:
    """Each declared domain of a load balancer that must redirect; the load balancer itself when it declares none."""
    port_80 = Port80(world)
    for balancer in balancers(world, declared, lambda balancer: bool(balancer.https_redirect)):
        if isinstance(balancer, Gap):
            yield balancer
            continue
        found = balancer.item
        place = found.balancer.at("https_redirect")
        if not found.balancer.domains:
            yield Subject(balancer.resource, RedirectView(found, port_80), place, balancer.critical)
        for domain in found.balancer.domains.values():
            view = DomainView(found.balancer, domain, found.frontends)
            critical = domain.critical or balancer.critical
            yield Subject(domain.name, RedirectView(view, port_80), place, critical)


@check(
    "lb.http-not-redirected",
    Severity.MEDIUM,
    redirected,
    reads=(*FRONT, "target_http_proxies"),
    facts=("FE-07",),
    docs=("https://cloud.google.com/load-balancing/docs/https/setting-up-http-https-redirect",),
)
def http_not_redirected(subject: Subject[RedirectView], world: World, declared: Requirements) -> Verdict:
    """Port 80 answers without a redirect to HTTPS.

    What a client sends to port 80 travels in clear. Only a redirect on every path closes that; a closed
    port 80 does too.

    Reads the forwarding rules on port 80 that name the domain, or lie at an address that serves it on
    443, their target HTTP proxies, and every rule of their URL maps that can take the domain.

    Give the HTTP proxy a URL map whose only action is `defaultUrlRedirect` with `httpsRedirect: true`.
    """
    host, served = subject.item.host, subject.item.view.served()
    fronts = subject.item.port_80.of(host, served)
    if not fronts and not served.entries:
        return unserved(served.host)
    if not fronts:
        seen = tuple(rule.evidence("portRange") for rule in islice(world.forwarding_rules(), 5))
        return passes(required="redirect to HTTPS", observed="port 80 is closed", evidence=seen)
    open_parts = [(front, part) for front in fronts for part in _in_clear(front, host)]
    if not open_parts:
        shown = ", ".join(front.rule.short for front in fronts)
        evidence = tuple(front.url_map.evidence("defaultUrlRedirect.httpsRedirect") for front in fronts)
        return passes(required="redirect to HTTPS", observed=f"{shown} redirects", evidence=evidence)
    if served.by_dns:
        raise Unseen(by_dns(served))
    front, _ = open_parts[0]
    paths = [f"http://{host or '*'}{part.paths} ({part.rule})" for _, part in open_parts]
    return fails(
        required="redirect to HTTPS",
        observed=paths[:10],
        reason=f"{front.rule.short} on port 80 serves {paths[0]} without a redirect to HTTPS, so it travels in clear",
        evidence=tuple(front.url_map.evidence(part.action.where, "no httpsRedirect") for front, part in open_parts[:5]),
        fix=(Fix(f"gcloud compute url-maps edit {front.url_map.short} {place_flags(front.url_map)}"),),
    )


def _in_clear(front: Front, host: str) -> Iterator[Part]:
    for taken in [take_host(front.url_map, host, 80)] if host else take_any(front.url_map):
        for part in follow(taken.matcher, Paths("/", True)):
            if not (part.action.redirect and part.action.redirect.https):
                yield part

"""Port 80: closed, or nothing but a redirect to HTTPS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes
from diag.checks.lb.views import FRONT, DomainView, domains, scope_flag, unserved
from diag.errors import Unseen
from diag.facts.lb import ForwardingRule
from diag.facts.world import World
from diag.paths.find import some
from diag.paths.frontend import Front, Frontends
from diag.paths.matching import Paths
from diag.paths.url import Part, follow, take_host
from diag.report import Fix, Severity
from diag.requirements.model import Requirements


class Port80:
    """What takes port 80, by address; every forwarding rule is walked once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._plain = Frontends(world, secure=False)

    @cached_property
    def _secured(self) -> frozenset[str]:
        return frozenset(front.rule.address for front in Frontends(self._world).fronts)

    @cached_property
    def _fronts(self) -> Mapping[str, list[Front]]:
        found: dict[str, list[Front]] = {}
        for front in self._plain.fronts:
            found.setdefault(front.rule.address, []).append(front)
        return found

    @cached_property
    def _others(self) -> Mapping[str, list[ForwardingRule]]:
        """Rules to proxies of another kind, whatever their port."""
        found: dict[str, list[ForwardingRule]] = {}
        for rule in some(self._world.forwarding_rules()):
            if rule.target and not any(kind in rule.target for kind in ("/targetHttpProxies/", "/targetHttpsProxies/")):
                found.setdefault(rule.address, []).append(rule)
        return found

    @cached_property
    def _loose(self) -> frozenset[str]:
        """Addresses that nothing on 443 claims for a domain of its own."""
        return frozenset({*self._fronts, *self._others}) - self._secured

    def of(self, view: DomainView) -> list[Front]:
        """The fronts on port 80 that a client of the domain may meet.

        Those that name it, those at an address that serves it on 443, and those at an address of their own.
        Raises `Unseen` when one may have been missed.
        """
        addresses = {*(entry.front.rule.address for entry in view.served().entries), *self._loose}
        for rule in (rule for address in addresses for rule in self._others.get(address, ())):
            if rule.listens_on(80):
                said = f"{rule.short} takes port 80 of {rule.address} by a proxy whose answers diag does not read"
                raise Unseen(Gap(GapKind.UNDECIDED, said, rule.origin.call))
        self._plain.whole()
        met = [front for address in sorted(addresses) for front in self._fronts.get(address, ())]
        fronts = [*self._plain.naming(view.domain.name), *met]
        return list({front.rule.name: front for front in fronts}.values())


@dataclass(frozen=True)
class RedirectView:
    """A declared domain that port 80 may only redirect, and the fronts on that port."""

    view: DomainView
    port_80: Port80


def redirected(world: World, declared: Requirements) -> Iterator[Subject[RedirectView] | Gap]:
    """Each declared domain of a load balancer that must redirect."""
    port_80 = Port80(world)
    if not any(balancer.https_redirect for balancer in declared.load_balancers.values()):
        return
    for subject in domains(world, declared):
        if isinstance(subject, Gap):
            yield subject
        elif subject.item.balancer.https_redirect:
            item = RedirectView(subject.item, port_80)
            place = subject.item.balancer.at("https_redirect")
            yield Subject(subject.resource, item, place, subject.critical)


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

    Reads the forwarding rules on port 80, their target HTTP proxies, and every rule of their URL maps
    that can take the domain.

    Give the HTTP proxy a URL map whose only action is `defaultUrlRedirect` with `httpsRedirect: true`.
    """
    view = subject.item.view
    host = view.domain.name
    fronts = subject.item.port_80.of(view)
    if not fronts and not view.served().entries:
        return unserved(host)
    if not fronts:
        seen = tuple(rule.evidence("portRange") for rule in islice(world.forwarding_rules(), 5))
        return passes(required="redirect to HTTPS", observed="port 80 is closed", evidence=seen)
    open_parts = [(front, part) for front in fronts for part in _in_clear(front, host)]
    evidence = tuple(front.url_map.evidence("defaultUrlRedirect.httpsRedirect") for front in fronts)
    if not open_parts:
        shown = ", ".join(front.rule.short for front in fronts)
        return passes(required="redirect to HTTPS", observed=f"{shown} redirects", evidence=evidence)
    front, _ = open_parts[0]
    paths = [f"http://{host}{part.paths} ({part.rule})" for _, part in open_parts]
    return fails(
        required="redirect to HTTPS",
        observed=paths[:10],
        reason=f"{front.rule.short} on port 80 serves {paths[0]} without a redirect to HTTPS, so it travels in clear",
        evidence=tuple(front.url_map.evidence(part.action.where, "no httpsRedirect") for front, part in open_parts[:5]),
        fix=(Fix(f"gcloud compute url-maps edit {front.url_map.short} {scope_flag(front.url_map)}"),),
    )


def _in_clear(front: Front, host: str) -> Iterator[Part]:
    taken = take_host(front.url_map, host, 80)
    for part in follow(taken.matcher, Paths("/", True)):
        if not (part.action.redirect and part.action.redirect.https):
            yield part

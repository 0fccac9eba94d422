"""Port 80: closed, or nothing but a redirect to HTTPS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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


@dataclass(frozen=True)
class RedirectView:
    """A declared domain that port 80 may only redirect, and the fronts on that port."""

    view: DomainView
    plain: Frontends


def redirected(world: World, declared: Requirements) -> Iterator[Subject[RedirectView] | Gap]:
    """Each declared domain of a load balancer that must redirect."""
    plain = Frontends(world, secure=False)
    if not any(balancer.https_redirect for balancer in declared.load_balancers.values()):
        return
    for subject in domains(world, declared):
        if isinstance(subject, Gap):
            yield subject
        elif subject.item.balancer.https_redirect:
            item = RedirectView(subject.item, plain)
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
    fronts = _on_port_80(subject.item, world)
    if not fronts and not view.served().entries:
        return unserved(host)
    if not fronts:
        seen = tuple(rule.evidence("portRange") for rule in world.forwarding_rules())[:5]
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


def _on_port_80(item: RedirectView, world: World) -> list[Front]:
    """The fronts on port 80 that a client of the domain may meet.

    Those that name it, those at an address that serves it on 443, and those at an address of their own,
    which nothing on 443 claims for another domain.
    """
    plain, secure = item.plain, item.view.frontends
    mine = {entry.front.rule.address for entry in item.view.served().entries}
    others = {front.rule.address for front in secure.fronts} - mine
    for rule in some(world.forwarding_rules()):
        if rule.address not in others and _other_proxy(rule):
            said = f"{rule.short} takes port 80 of {rule.address} by a proxy whose answers diag does not read"
            raise Unseen(Gap(GapKind.UNDECIDED, said, rule.origin.call))
    plain.whole()
    named = plain.naming(item.view.domain.name)
    names = {front.rule.name for front in named}
    met = [front for front in plain.fronts if front.rule.name not in names and front.rule.address not in others]
    return [*named, *met]


def _other_proxy(rule: ForwardingRule) -> bool:
    kinds = ("/targetHttpProxies/", "/targetHttpsProxies/")
    return bool(rule.target) and not any(kind in rule.target for kind in kinds) and rule.listens_on(80)

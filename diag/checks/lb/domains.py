"""Domains: served on 443."""

from __future__ import annotations

from itertools import islice

from diag.checks.check import Subject, Verdict, check, fails, passes
from diag.checks.lb.views import FRONT, URL_MAP_DOCS, DomainView, domains, place_flags
from diag.facts.lb import UrlMap
from diag.facts.world import World
from diag.paths.frontend import Entry
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements


@check(
    "lb.domain-unserved",
    Severity.CRITICAL,
    domains,
    reads=FRONT,
    facts=("FE-01", "FE-02", "FE-03"),
    docs=(URL_MAP_DOCS,),
)
def domain_unserved(subject: Subject[DomainView], world: World, declared: Requirements) -> Verdict:
    """Declared domain is not served on 443.

    A request for the domain meets no load balancer: no forwarding rule on port 443 leads to a proxy
    whose URL map takes the host. Managed certificates of such a proxy also stay unprovisioned.

    Reads forwarding rules, target HTTPS proxies and URL maps, global and regional.

    Create the forwarding rule on 443, or add a host rule for the domain.
    """
    host = subject.item.domain.name
    frontends = subject.item.frontends
    served = subject.item.served()
    required = f"a forwarding rule on 443 whose URL map takes {host}"
    if served.entries:
        evidence = tuple(found for entry in served.entries for found in _way_in(entry))
        ways = [_shown(entry) for entry in served.entries]
        return passes(required=required, observed=ways[0] if len(ways) == 1 else ways, evidence=evidence)
    stranded = frontends.stranded(host)
    if stranded:
        reason = f"URL map {stranded.short} names {host}, but no forwarding rule on 443 leads to its proxy"
        evidence = (stranded.evidence("hostRules"),)
    else:
        reason = f"no forwarding rule on 443 leads to a proxy with a URL map, so no client reaches {host}"
        evidence = tuple(rule.evidence("target") for rule in islice(world.forwarding_rules(), 5))
    return fails(
        required=required,
        observed="no forwarding rule on 443 leads to it",
        reason=reason,
        evidence=evidence,
        fix=(_create_rule(stranded, world),),
    )


def _way_in(entry: Entry) -> tuple[Evidence, ...]:
    front, taken = entry.front, entry.taken
    return (
        front.rule.evidence("target"),
        front.proxy.evidence("urlMap"),
        front.url_map.evidence(taken.where or "defaultService", taken.shown),
    )


def _shown(entry: Entry) -> str:
    front = entry.front
    return f"{front.rule.short} → {front.proxy.short} → {front.url_map.short} ({entry.taken.shown})"


def _create_rule(stranded: UrlMap | None, world: World) -> Fix:
    proxies = [proxy for proxy in world.target_https_proxies() if stranded and proxy.url_map == stranded.name]
    proxy = proxies[0] if proxies else None
    where = place_flags(proxy) if proxy else f"--global --project {world.project}"
    target = f"--target-https-proxy {proxy.short if proxy else 'PROXY'}"
    scheme = "--load-balancing-scheme EXTERNAL_MANAGED"
    return Fix(f"gcloud compute forwarding-rules create NAME {where} {scheme} {target} --address ADDRESS --ports 443")

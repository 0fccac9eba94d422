"""TLS: the oldest version that a client may use."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.lb.views import FRONT, balancers, place_flags, unserved
from diag.facts.base import last
from diag.facts.lb import SslPolicy, TargetHttpsProxy
from diag.facts.world import World
from diag.paths.find import find
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import LoadBalancer, Requirements
from diag.values import dataclass

SSL_POLICY_DOCS = "https://cloud.google.com/load-balancing/docs/ssl-policies-concepts"


@dataclass(frozen=True)
class ProxyView:
    """A proxy that serves domains of a load balancer with a declared minimum; none when it serves none."""

    balancer: LoadBalancer
    proxy: TargetHttpsProxy | None


def guarded_proxies(world: World, declared: Requirements) -> Iterator[Subject[ProxyView] | Gap]:
    """Each proxy that serves a domain of a load balancer with a declared minimum."""
    for subject in balancers(world, declared, lambda balancer: balancer.minimum_tls is not None):
        if isinstance(subject, Gap):
            yield subject
            continue
        balancer = subject.item.balancer
        place = balancer.at("minimum_tls")
        found: dict[str, TargetHttpsProxy] = {}
        gaps: dict[str, Gap] = {}
        for item in subject.item.entries():
            if isinstance(item, Gap):
                gaps[item.message] = item
            else:
                proxy = item.front.https_proxy
                found[proxy.name] = proxy
        for proxy in found.values():
            yield Subject(proxy.name, ProxyView(balancer, proxy), place, subject.critical)
        if not found and not gaps:
            yield Subject(balancer.name, ProxyView(balancer, None), place, subject.critical)
        yield from gaps.values()


@check(
    "lb.tls-too-old",
    Severity.MEDIUM,
    guarded_proxies,
    reads=(*FRONT, "ssl_policies"),
    facts=("CRT-22", "CRT-23", "CRT-24"),
    docs=(SSL_POLICY_DOCS,),
)
def tls_too_old(subject: Subject[ProxyView], world: World, declared: Requirements) -> Verdict:
    """Load balancer accepts older TLS than declared.

    Without an SSL policy a proxy accepts TLS 1.0. The minimum of the policy decides; the profiles
    RESTRICTED and FIPS_202205 allow nothing below TLS 1.2 whatever it says.

    Reads the proxy's `sslPolicy`, and that policy's `minTlsVersion` and `profile`.

    Attach an SSL policy with the declared minimum.
    """
    balancer, proxy = subject.item.balancer, subject.item.proxy
    if proxy is None:
        return unserved(next(iter(balancer.domains), balancer.name))
    required = f"TLS {balancer.minimum_tls}"
    if not proxy.ssl_policy:
        evidence: tuple[Evidence, ...] = (proxy.evidence("sslPolicy", "not set: TLS 1.0", default=True),)
        return _judge(balancer, proxy, "TLS_1_0", evidence, f"{proxy.short} has no SSL policy")
    policy = find(world.ssl_policies(), proxy.ssl_policy, world)
    if policy is None:
        return skips(f"the SSL policy {last(proxy.ssl_policy)} of {proxy.short} does not exist", required=required)
    default = not policy.doc_text("minTlsVersion")
    evidence = (
        proxy.evidence("sslPolicy"),
        policy.evidence("minTlsVersion", "TLS_1_0" if default else None, default=default),
        _profile(policy),
    )
    what = f"the SSL policy {policy.short} of {proxy.short} allows it"
    return _judge(balancer, proxy, policy.minimum, evidence, what)


def _profile(policy: SslPolicy) -> Evidence:
    default = not policy.doc_text("profile")
    return policy.evidence("profile", "COMPATIBLE" if default else None, default=default)


def _judge(
    balancer: LoadBalancer, proxy: TargetHttpsProxy, minimum: str, evidence: tuple[Evidence, ...], what: str
) -> Verdict:
    version = minimum.removeprefix("TLS_").replace("_", ".")
    details = {"required": f"TLS {balancer.minimum_tls}", "observed": f"TLS {version}", "evidence": evidence}
    if version >= (balancer.minimum_tls or ""):
        return passes(**details)
    wanted = f"{balancer.minimum_tls}"
    profile = "RESTRICTED" if wanted == "1.3" else "MODERN"
    where = place_flags(proxy)
    clients = ", ".join(list(balancer.domains)[:3]) or balancer.name
    return fails(
        reason=f"clients of {clients} may still use TLS {version}: {what}",
        fix=(
            Fix(f"gcloud compute ssl-policies create NAME --profile {profile} --min-tls-version {wanted} {where}"),
            Fix(f"gcloud compute target-https-proxies update {proxy.short} {where} --ssl-policy NAME"),
        ),
        **details,
    )

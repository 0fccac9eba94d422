"""Certificates and names: what a wildcard covers, which certificate holds one, and names that must be gone."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from diag.lint.rule import Issue, Named, contradiction, infeasible
from diag.lint.words import of, probes, seconds, url, where, wildcards_above
from diag.report import Place
from diag.requirements.model import LoadBalancer, Requirements

DAY_S = 86_400
LIFE_D, RENEWED_D = 90, 30
"""Days that a managed certificate lives, and days before its end at which renewal starts [CRT-08]."""


@infeasible("CRT-02", "CM-08", "CRT-20")
def wildcard_needs_another_certificate(declared: Requirements) -> Iterator[Issue]:
    """Wildcard that Google's classic managed certificates cannot hold.

    A managed certificate of Compute Engine holds no wildcards. A Certificate Manager certificate does,
    with a DNS authorization only; a self-managed one does, and is not renewed by anybody. And a wildcard
    covers exactly one label: neither the bare domain nor names two levels below it.
    """
    for balancer in declared.load_balancers.values():
        below: dict[str, list[str]] = {}
        for domain in balancer.domains:
            below.setdefault(next(wildcards_above(domain)), []).append(domain)
        for name, place in _covered(balancer):
            if name.startswith("*."):
                yield _wildcard(balancer, name, place, below.get(name, []))


def _wildcard(balancer: LoadBalancer, name: str, place: Place | None, domains: list[str]) -> Issue:
    """The issue of one wildcard; `domains` are those that it covers, to be written in its place."""
    base = name[2:]
    plain = f"covers: [{', '.join(domains)}]" if domains else "each name that is served"
    return Issue(
        at=place,
        of=of(balancer),
        required=f"certificates.covers: {name}",
        observed="no wildcard on a classic managed certificate; one label on any other",
        reason="a certificate that Compute Engine manages holds no wildcard, and Certificate Manager only with a DNS "
        f"authorization; it covers neither {base} nor names such as a.b.{base}",
        instead=f"{plain}, or leave the wildcard to a Certificate Manager certificate with a DNS authorization of "
        f"{base}",
        doubt="the file does not say which kind of certificate is used",
    )


def _covered(balancer: LoadBalancer) -> Iterator[tuple[str, Place | None]]:
    """The names that its certificates must cover, each with its line."""
    if balancer.certificates:
        for index, name in enumerate(balancer.certificates.covers):
            yield name, balancer.certificates.at(f"covers.{index}")


@contradiction("CRT-20", "CM-17", confirmed_by=("lb.certificate-missing",))
def domain_outside_the_wildcard(declared: Requirements) -> Iterator[Issue]:
    """Domain that the declared wildcard does not cover.

    A wildcard covers exactly one label: `*.example.com` covers `api.example.com`, and neither
    `example.com` nor `api.staging.example.com`.
    """
    for balancer in declared.load_balancers.values():
        places = dict(_covered(balancer))
        for domain in balancer.domains.values():
            wildcard = _too_wide(domain.name, places)
            if wildcard:
                yield Issue(
                    at=places[wildcard],
                    of=of(balancer),
                    required=f"domain {domain.name}{where(domain.at())}",
                    observed=f"certificates.covers: {wildcard}",
                    reason=f"{wildcard} covers one label before {wildcard[2:]}, and {domain.name} is no such name",
                    instead=f"covers with {domain.name} besides",
                    seen_on=domain.name,
                )


def _too_wide(domain: str, covered: Collection[str]) -> str | None:
    """The wildcard that covers a name's neighbours and not the name itself; None where something covers it."""
    nearest, *above = wildcards_above(domain)
    if domain in covered or nearest in covered:
        return None
    return next((wildcard for wildcard in (f"*.{domain}", *above) if wildcard in covered), None)


@contradiction("FE-03", "CRT-09", confirmed_by=("lb.deprecated-domain",))
def deprecated_name_in_use(declared: Requirements) -> Iterator[Issue]:
    """Name that is declared and must be gone.

    A deprecated name must be in no certificate, map entry or host rule; a domain must be served, a name
    of `covers` must be on a certificate, and a probe asks for its host.
    """
    deprecated = {
        name: balancer.at(f"deprecated_domains.{index}")
        for balancer in declared.load_balancers.values()
        for index, name in enumerate(balancer.deprecated_domains)
    }
    for owner, key, name, place in _names_in_use(declared):
        pattern = next((pattern for pattern in (name, *wildcards_above(name)) if pattern in deprecated), None)
        if pattern:
            yield Issue(
                at=place,
                of=owner,
                required=f"{key}: {name}",
                observed=f"deprecated_domains: {pattern}{where(deprecated[pattern])}",
                reason=f"{name} must be there by this line, and gone by that one",
                instead=f"another name, or deprecated_domains without {pattern}",
                seen_on=pattern,
            )


def _names_in_use(declared: Requirements) -> Iterator[tuple[Named, str, str, Place | None]]:
    for balancer in declared.load_balancers.values():
        for domain in balancer.domains.values():
            yield of(balancer), "domains", domain.name, domain.at()
        for name, place in _covered(balancer):
            yield of(balancer), "certificates.covers", name, place
    for name, probe in probes(declared):
        host = url(probe).hostname or probe.get("tls", "").rpartition(":")[0] or probe.get("dns")
        if host:
            yield Named(name), "probe of", host.lower().rstrip("."), declared.at(f"probes.{name}")


@infeasible("CRT-08")
def certificate_always_near_its_end(declared: Requirements) -> Iterator[Issue]:
    """Time left to a certificate that a managed one never keeps.

    A managed certificate lives 90 days and is renewed from about 30 days before its end: a threshold
    above that is passed in every cycle of a healthy one.
    """
    for balancer in declared.load_balancers.values():
        limits = balancer.certificates.expires_in if balancer.certificates else None
        if limits is None:
            continue
        for word, value, days in (("fail", limits.fail, RENEWED_D), ("warn", limits.warn, LIFE_D)):
            if value is not None and value > days * DAY_S:
                yield Issue(
                    at=limits.at(word),
                    of=of(balancer),
                    required=f"certificates.expires_in.{word}: {seconds(value / DAY_S)[:-1]}d",
                    observed=f"{LIFE_D}d of life, renewed from {RENEWED_D}d before the end",
                    reason=f"a managed certificate passes it in every cycle; {word} belongs at {days}d at the most",
                    instead="expires_in: {warn: 30d, fail: 7d}",
                    doubt="a self-managed certificate may live longer",
                )

"""Certificates and names: what a wildcard covers, which certificate holds one, and names that must be gone."""

from __future__ import annotations

from collections.abc import Iterator

from diag.lint.rule import Issue, Named, contradiction, infeasible
from diag.lint.words import of, probes, seconds, url, where, within
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
    for balancer, name, place in _covered(declared):
        if not name.startswith("*."):
            continue
        base = name[2:]
        yield Issue(
            at=place,
            of=of(balancer),
            required=f"certificates.covers: {name}",
            observed="no wildcard on a classic managed certificate; one label on any other",
            reason="a certificate that Compute Engine manages holds no wildcard, and Certificate Manager only with a "
            f"DNS authorization; it covers neither {base} nor names such as a.b.{base}",
            instead=f"{_plain(balancer, name)}, or leave the wildcard to a Certificate Manager certificate with a DNS "
            f"authorization of {base}",
            doubt="the file does not say which kind of certificate is used",
        )


def _plain(balancer: LoadBalancer, wildcard: str) -> str:
    """The declared domains that the wildcard covers, to be written in its place."""
    names = [name for name in balancer.domains if _covers(wildcard, name)]
    return f"covers: [{', '.join(names)}]" if names else "each name that is served"


def _covered(declared: Requirements) -> Iterator[tuple[LoadBalancer, str, Place | None]]:
    for balancer in declared.load_balancers.values():
        certificates = balancer.certificates
        for index, name in enumerate(certificates.covers if certificates else ()):
            yield balancer, name, certificates.at(f"covers.{index}") if certificates else None


def _covers(pattern: str, name: str) -> bool:
    """Whether a certificate for `pattern` covers `name`: a wildcard stands for one label [CRT-20]."""
    return name == pattern or (pattern.startswith("*.") and name.partition(".")[2] == pattern[2:])


@contradiction("CRT-20", "CM-17", confirmed_by=("lb.certificate-missing",))
def domain_outside_the_wildcard(declared: Requirements) -> Iterator[Issue]:
    """Domain that the declared wildcard does not cover.

    A wildcard covers exactly one label: `*.example.com` covers `api.example.com`, and neither
    `example.com` nor `api.staging.example.com`.
    """
    for balancer, wildcard, place in _covered(declared):
        if not wildcard.startswith("*.") or balancer.certificates is None:
            continue
        base = wildcard[2:]
        for domain in balancer.domains.values():
            near = domain.name == base or domain.name.endswith(f".{base}")
            if near and not any(_covers(name, domain.name) for name in balancer.certificates.covers):
                yield Issue(
                    at=place,
                    of=of(balancer),
                    required=f"domain {domain.name}{where(domain.at())}",
                    observed=f"certificates.covers: {wildcard}",
                    reason=f"{wildcard} covers one label before {base}, so that {domain.name} has no certificate",
                    instead=f"covers with {domain.name} besides",
                    seen_on=domain.name,
                )


@contradiction("FE-03", "CRT-09", confirmed_by=("lb.deprecated-domain",))
def deprecated_name_in_use(declared: Requirements) -> Iterator[Issue]:
    """Name that is declared and must be gone.

    A deprecated name must be in no certificate, map entry or host rule; a domain must be served, a name
    of `covers` must be on a certificate, and a probe asks for its host.
    """
    deprecated = [
        (name, balancer.at(f"deprecated_domains.{index}"))
        for balancer in declared.load_balancers.values()
        for index, name in enumerate(balancer.deprecated_domains)
    ]
    for owner, key, name, place in _names_in_use(declared):
        for pattern, gone in deprecated:
            if within(name, pattern):
                yield Issue(
                    at=place,
                    of=owner,
                    required=f"{key}: {name}",
                    observed=f"deprecated_domains: {pattern}{where(gone)}",
                    reason=f"{name} must be there by this line, and gone by that one",
                    instead=f"another name, or deprecated_domains without {pattern}",
                    seen_on=pattern,
                )


def _names_in_use(declared: Requirements) -> Iterator[tuple[Named, str, str, Place | None]]:
    for balancer in declared.load_balancers.values():
        for domain in balancer.domains.values():
            yield of(balancer), "domains", domain.name, domain.at()
    for balancer, name, place in _covered(declared):
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

"""Certificates: issued, and renewed in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes, skips, warns
from diag.checks.lb.certificates import NAMES
from diag.checks.lb.views import CERTIFICATE_DOCS
from diag.errors import Unseen
from diag.facts.base import last
from diag.facts.certificates import Certificate, DomainState, ManagerCertificate
from diag.facts.lb import TargetHttpsProxy
from diag.facts.world import World
from diag.paths.certificate import Certificates, Named
from diag.report import Evidence, Fix, Place, Severity
from diag.requirements.model import LoadBalancer, Requirements

TROUBLE_DOCS = "https://cloud.google.com/load-balancing/docs/ssl-certificates/troubleshooting"
WARN = 30 * 86400.0
"""Seconds: renewal of a managed certificate begins about a month before expiry [CRT-08]."""
FAIL = 7 * 86400.0

_WHAT_TO_DO: Mapping[str, str] = {
    "PROVISIONING": "wait up to an hour once DNS is right, and up to 24 hours of retries",
    "FAILED_NOT_VISIBLE": "point every A and AAAA record of the name to the load balancer, or drop the name",
    "FAILED_CAA_CHECKING": "make the name's CAA records readable: its name servers did not answer",
    "FAILED_CAA_FORBIDDEN": "let the CAA records allow pki.goog and letsencrypt.org",
    "FAILED_RATE_LIMITED": "wait: the certificate authority limits how often the name may be asked for",
    "AUTHORIZING": "wait for the authorization to end",
    "FAILED": "correct the authorization's DNS record, CAA or address as the failure says",
}


@dataclass(frozen=True)
class InUse:
    """A certificate that a proxy, or an entry of its map, names."""

    named: Named
    proxies: tuple[TargetHttpsProxy, ...]
    ignored: bool
    """Whether every proxy that names it has a certificate map instead."""
    thresholds: _Thresholds


@dataclass
class _Uses:
    named: Named
    proxies: dict[str, TargetHttpsProxy] = field(default_factory=dict)
    ignored: bool = True


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
    thresholds = _Thresholds(declared)
    for name, uses in found.items():
        item = InUse(uses.named, tuple(uses.proxies.values()), uses.ignored, thresholds)
        yield Subject(name, item)
    yield from gaps.values()


def _note(found: dict[str, _Uses], named: Named, proxy: TargetHttpsProxy, *, ignored: bool) -> None:
    uses = found.setdefault(named.name, _Uses(named))
    uses.proxies[proxy.name] = proxy
    uses.ignored = uses.ignored and ignored


class _Thresholds:
    """Declared `certificates.expires_in` by the names that a load balancer declares."""

    def __init__(self, declared: Requirements) -> None:
        self._by_name: dict[str, LoadBalancer] = {}
        for balancer in declared.load_balancers.values():
            section = balancer.certificates
            if section and section.expires_in:
                for name in (*balancer.domains, *section.covers):
                    self._by_name.setdefault(name.lower(), balancer)
                    # A wildcard certificate is a declared host's by its parent.
                    self._by_name.setdefault(f"*.{name.lower().partition('.')[2]}", balancer)

    def of(self, certificate: Certificate) -> tuple[float, float, Place | None]:
        """Seconds left at which the certificate warns and fails, and where that is declared.

        The defaults when it covers no declared name.
        """
        names = certificate.dns_names if self._by_name else ()
        balancer = next((self._by_name[name] for name in names if name in self._by_name), None)
        section = balancer.certificates.expires_in if balancer and balancer.certificates else None
        if balancer is None or section is None:
            return WARN, FAIL, None
        warn = WARN if section.warn is None else section.warn
        fail = FAIL if section.fail is None else section.fail
        return warn, fail, balancer.at("certificates.expires_in")


def _certificate(item: InUse) -> Certificate | Verdict:
    """The certificate to judge, or why there is none."""
    if item.ignored:
        maps = ", ".join(last(proxy.certificate_map) for proxy in item.proxies)
        return skips(f"{last(item.named.name)} is never shown, as {maps} overrides it: see lb.certificate-ignored")
    found = item.named.read()
    return found or skips(f"{last(item.named.name)} does not exist: see lb.certificate-missing")


@check(
    "lb.certificate-not-active",
    Severity.CRITICAL,
    in_use,
    reads=("target_https_proxies", *NAMES),
    always=True,
    facts=("CRT-04", "CRT-05", "CRT-06", "CRT-07", "CM-03", "CM-04", "CM-05", "CM-06", "CM-07"),
    docs=(TROUBLE_DOCS,),
)
def certificate_not_active(subject: Subject[InUse], world: World, declared: Requirements) -> Verdict:
    """Managed certificate is not ACTIVE.

    Until every name of a managed certificate passes, clients get no TLS, or the old certificate until it
    expires. A classic certificate is issued for all of its names or for none.

    Reads the managed status of the certificate and of each of its names. Certificate Manager says
    PROVISIONING while it renews: unexpired and without an issue or a failed attempt, that passes.

    Put the failing name's DNS or CAA right; a classic certificate with a dead name has to be replaced.
    """
    certificate = _certificate(subject.item)
    if isinstance(certificate, Verdict):
        return certificate
    if not certificate.managed:
        return skips(f"{certificate.short} is a {certificate.kind}: it has no provisioning status")
    state = certificate.state.read()
    bad = [one for one in certificate.domain_states if one.state.read() != one.good]
    evidence = (_state(certificate, state), *(_of_domain(certificate, one) for one in certificate.domain_states))
    renewing = _renewing(certificate, world, bad)
    failing = [one for one in bad if not (renewing or one.state.value == "AUTHORIZING")]
    if (state == "ACTIVE" or renewing) and not failing:
        observed = "PROVISIONING (renewing)" if state != "ACTIVE" else "ACTIVE"
        return passes(required="ACTIVE", observed=observed, evidence=evidence)
    return fails(
        required="ACTIVE",
        observed={"status": state, "domains": {one.domain: str(one.state) for one in certificate.domain_states}},
        reason=_why(certificate, state, bad, subject.item),
        evidence=evidence,
        fix=(_show(certificate),),
    )


def _renewing(certificate: Certificate, world: World, bad: list[DomainState]) -> bool:
    """Whether PROVISIONING only means that Certificate Manager renews it [CM-03]."""
    return (
        isinstance(certificate, ManagerCertificate)
        and certificate.state.value == "PROVISIONING"
        and certificate.expires is not None
        and certificate.expires > _moment(world)
        and not certificate.issue
        and not any(one.state.value == "FAILED" for one in bad)
    )


def _why(certificate: Certificate, state: str, bad: list[DomainState], item: InUse) -> str:
    issue = certificate.issue if isinstance(certificate, ManagerCertificate) else ""
    said = f"{certificate.short} is {state}" + (f" ({issue})" if issue else "")
    names = [f"{one.domain} is {one.state}{f' ({one.detail})' if one.detail else ''}" for one in bad]
    advice = [_WHAT_TO_DO[word] for word in dict.fromkeys(one.state.value for one in bad) if word in _WHAT_TO_DO]
    proxies = ", ".join(proxy.short for proxy in item.proxies)
    return "; ".join([f"{said} on {proxies}", *names[:5], *advice[:3]])


def _state(certificate: Certificate, state: str) -> Evidence:
    if not isinstance(certificate, ManagerCertificate):
        return certificate.evidence("managed.status", state)
    branch = "managed" if "managed" in certificate.state.where else "managedIdentity"
    return certificate.evidence(f"{branch}.state", state)


def _of_domain(certificate: Certificate, one: DomainState) -> Evidence:
    return certificate.evidence(one.where, f"{one.domain}: {one.state}")


def _show(certificate: Certificate) -> Fix:
    if isinstance(certificate, ManagerCertificate):
        where = f" --location {certificate.region}" if certificate.region else ""
        return Fix(f"gcloud certificate-manager certificates describe {certificate.short}{where}", mutates=False)
    where = f"--region {certificate.region}" if certificate.region else "--global"
    return Fix(f"gcloud compute ssl-certificates describe {certificate.short} {where}", mutates=False)


@check(
    "lb.certificate-expiring",
    Severity.HIGH,
    in_use,
    reads=("target_https_proxies", *NAMES),
    always=True,
    facts=("CRT-08", "CRT-09", "CRT-11", "CRT-12", "CM-18"),
    docs=(CERTIFICATE_DOCS,),
)
def certificate_expiring(subject: Subject[InUse], world: World, declared: Requirements) -> Verdict:
    """Certificate expires soon, or will not be renewed.

    After that moment every client refuses the connection. A self-managed certificate is renewed by
    nobody; a managed one about a month before, if every name on it still passes: one dead name stops it.

    Reads `expireTime`, and for a managed certificate the status of the renewal and of each name.

    Upload a new certificate, or put right what stops the renewal: replace one that holds a dead name.
    """
    certificate = _certificate(subject.item)
    if isinstance(certificate, Verdict):
        return certificate
    expires = certificate.expires
    if expires is None:
        return _never_issued(certificate)
    warn, fail, place = subject.item.thresholds.of(certificate)
    left = (expires - _moment(world)).total_seconds()
    dead = _blocked(certificate)
    evidence = [certificate.evidence("expireTime"), *(_of_domain(certificate, one) for one in dead)]
    failed = certificate.managed and certificate.state.read() in ("RENEWAL_FAILED", "FAILED")
    if failed:
        evidence.append(_state(certificate, certificate.state.value))
    required = f"more than {_days(warn)} left" + (", and every name fit for renewal" if certificate.managed else "")
    details = {"required": required, "evidence": tuple(evidence), "declared_at": place}
    observed = f"{_days(left)} left, until {expires.isoformat()}" if left > 0 else f"expired at {expires.isoformat()}"
    if left > warn and not dead and not failed:
        return passes(observed=observed, **details)
    reason = _late(certificate, dead, failed, left)
    if left <= fail or dead or failed:
        return fails(observed=observed, reason=reason, fix=(_show(certificate),), **details)
    return warns(observed=observed, reason=reason, fix=(_show(certificate),), **details)


def _never_issued(certificate: Certificate) -> Verdict:
    if certificate.managed and certificate.state.read() != "ACTIVE":
        return skips(f"{certificate.short} was never issued: see lb.certificate-not-active")
    raise Unseen(certificate.malformed("expireTime", None))


def _blocked(certificate: Certificate) -> list[DomainState]:
    """The names that stop a renewal."""
    if not certificate.managed:
        return []
    return [one for one in certificate.domain_states if one.state.read().startswith("FAILED")]


def _late(certificate: Certificate, dead: list[DomainState], failed: bool, left: float) -> str:
    when = f"in {_days(left)}" if left > 0 else "already"
    if dead:
        names = ", ".join(f"{one.domain} ({one.state})" for one in dead[:5])
        return f"{names} will block the renewal of {certificate.short}, which expires {when}"
    if failed:
        return f"the renewal of {certificate.short} failed ({certificate.state}); it expires {when}"
    if certificate.managed:
        return f"the renewal of {certificate.short} is overdue: it begins about a month before expiry, which is {when}"
    return f"nothing renews {certificate.short}, a {certificate.kind}; it expires {when}"


def _days(seconds: float) -> str:
    days = seconds / 86400
    return f"{days:.0f} days" if days >= 2 else f"{seconds / 3600:.0f} hours"


def _moment(world: World) -> datetime:
    return datetime.fromisoformat(world.taken_at)

"""Certificates: issued, and renewed in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from diag.checks.check import Subject, Verdict, check, fails, passes, skips, warns
from diag.checks.lb.certificates import NAMES
from diag.checks.lb.in_use import WARN, InUse, in_use
from diag.checks.lb.views import CERTIFICATE_DOCS, place_flags
from diag.errors import Unseen
from diag.facts.base import last
from diag.facts.certificates import Certificate, DomainState, ManagerCertificate
from diag.facts.world import World
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements

TROUBLE_DOCS = "https://cloud.google.com/load-balancing/docs/ssl-certificates/troubleshooting"

_CAA = "let the CAA records allow pki.goog and letsencrypt.org"
_RATE = "wait: the certificate authority limits how often the name may be asked for"
_WHAT_TO_DO: Mapping[str, str] = {
    "PROVISIONING": "wait up to an hour once DNS is right, and up to 24 hours of retries",
    "FAILED_NOT_VISIBLE": "point every A and AAAA record of the name to the load balancer, or drop the name",
    "FAILED_CAA_CHECKING": "make the name's CAA records readable: its name servers did not answer",
    "FAILED_CAA_FORBIDDEN": _CAA,
    "FAILED_RATE_LIMITED": _RATE,
    "AUTHORIZING": "wait for the authorization to end",
    "CONFIG": "put the authorization's CNAME or the name's A and AAAA records right, as the failure says",
    "CAA": _CAA,
    "RATE_LIMITED": _RATE,
    "FAILED": "correct the authorization's DNS record, CAA or address as the failure says",
}


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
    evidence = (_state(certificate), *(_of_domain(certificate, one) for one in certificate.domain_states))
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
    words = dict.fromkeys(one.cause if one.cause in _WHAT_TO_DO else one.state.value for one in bad)
    advice = [_WHAT_TO_DO[word] for word in words if word in _WHAT_TO_DO]
    proxies = ", ".join(proxy.short for proxy in item.proxies)
    return "; ".join([f"{said} on {proxies}", *names[:5], *advice[:3]])


def _state(certificate: Certificate) -> Evidence:
    return certificate.evidence(certificate.state.where.rpartition(": ")[2], certificate.state.value)


def _of_domain(certificate: Certificate, one: DomainState) -> Evidence:
    return certificate.evidence(one.where, f"{one.domain}: {one.state}")


def _show(certificate: Certificate) -> Fix:
    of_manager = isinstance(certificate, ManagerCertificate)
    what = "certificate-manager certificates" if of_manager else "compute ssl-certificates"
    return Fix(f"gcloud {what} describe {certificate.short} {place_flags(certificate)}", mutates=False)


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

    Reads `expireTime`, and for a managed certificate the status of the renewal and of each name. The
    declared time left holds for every certificate of the proxies that serve the load balancer's names.

    Upload a new certificate, or put right what stops the renewal: replace one that holds a dead name.
    """
    certificate = _certificate(subject.item)
    if isinstance(certificate, Verdict):
        return certificate
    expires = certificate.expires
    if expires is None:
        return _never_issued(certificate)
    warn, fail, place = subject.item.thresholds()
    left = (expires - _moment(world)).total_seconds()
    blocked = _blocked(certificate)
    required = f"more than {_days(warn)} left" + (", and every name fit for renewal" if certificate.managed else "")
    details = {
        "required": required,
        "observed": f"{_days(left)} left, until {expires.isoformat()}"
        if left > 0
        else f"expired at {expires.isoformat()}",
        "evidence": (certificate.evidence("expireTime"), *_renewal(certificate)),
        "declared_at": place,
    }
    if left <= fail or blocked:
        return fails(reason=_late(certificate, blocked, left), fix=(_show(certificate),), **details)
    _known(certificate)
    if left > warn:
        return passes(**details)
    return warns(reason=_late(certificate, blocked, left), fix=(_show(certificate),), **details)


def _never_issued(certificate: Certificate) -> Verdict:
    if certificate.managed and certificate.state.read() != "ACTIVE":
        return skips(f"{certificate.short} was never issued: see lb.certificate-not-active")
    raise Unseen(certificate.malformed("expireTime", None))


def _renewal(certificate: Certificate) -> tuple[Evidence, ...]:
    if not certificate.managed:
        return ()
    return _state(certificate), *(_of_domain(certificate, one) for one in certificate.domain_states)


def _known(certificate: Certificate) -> None:
    """Raises `Unseen` when the renewal is in a state that the documentation does not know."""
    if certificate.managed:
        certificate.state.read()
        for one in certificate.domain_states:
            one.state.read()


def _blocked(certificate: Certificate) -> str:
    """What stops the renewal of a managed certificate; empty when nothing shows."""
    if not certificate.managed:
        return ""
    dead = [f"{one.domain} ({one.state})" for one in certificate.domain_states if one.state.value.startswith("FAILED")]
    if dead:
        return f"{', '.join(dead[:5])} will block the renewal of {certificate.short}"
    issue = certificate.issue if isinstance(certificate, ManagerCertificate) else ""
    if certificate.state.value in ("RENEWAL_FAILED", "FAILED"):
        return f"the renewal of {certificate.short} failed ({certificate.state})"
    if issue and certificate.state.value == "PROVISIONING":
        return f"the renewal of {certificate.short} does not get on ({issue})"
    return ""


def _late(certificate: Certificate, blocked: str, left: float) -> str:
    when = f"it expires in {_days(left)}" if left > 0 else "it has expired"
    if blocked:
        return f"{blocked}; {when}"
    if certificate.managed:
        if left > WARN:
            return f"{when}, sooner than declared: {certificate.short} is renewed only about a month before"
        return f"the renewal of {certificate.short} is overdue, as it begins about a month before expiry; {when}"
    return f"nothing renews {certificate.short}, a {certificate.kind}; {when}"


def _days(seconds: float) -> str:
    days = seconds / 86400
    return f"{days:.0f} days" if days >= 2 else f"{seconds / 3600:.0f} hours"


def _moment(world: World) -> datetime:
    return datetime.fromisoformat(world.taken_at)

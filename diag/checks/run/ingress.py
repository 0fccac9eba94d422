"""Who may call a service: its ingress, and its own address beside the load balancer."""

from __future__ import annotations

from collections.abc import Mapping

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, fails, passes
from diag.checks.run.declared import DeclaredService, on_service, read
from diag.errors import Unseen
from diag.facts import run
from diag.facts.world import World
from diag.report import Fix, Severity
from diag.requirements.model import Requirements, Service

INGRESS_DOCS = "https://cloud.google.com/run/docs/securing/ingress"

WIDTH: Mapping[str, int] = {
    "INGRESS_TRAFFIC_NONE": 0,
    "INGRESS_TRAFFIC_INTERNAL_ONLY": 1,
    "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER": 2,
    "INGRESS_TRAFFIC_ALL": 3,
}
"""How many callers an ingress lets in, from nobody to everybody [ING-01]."""

DECLARED: Mapping[str, str] = {
    "internal": "INGRESS_TRAFFIC_INTERNAL_ONLY",
    "internal-and-cloud-load-balancing": "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
    "all": "INGRESS_TRAFFIC_ALL",
}
"""The words of the requirements file, which are gcloud's, and the values of the API."""

_WORDS = {value: word for word, value in DECLARED.items()}


def routed_by(wanted: Service, declared: Requirements) -> str | None:
    """A declared domain of a load balancer that routes to the service; None when there is none."""
    for balancer in declared.load_balancers.values():
        for domain in balancer.domains.values():
            if wanted.name in domain.routes.values():
                return domain.name
    return None


def _applies(wanted: Service, declared: Requirements) -> bool:
    return wanted.ingress is not None or routed_by(wanted, declared) is not None


@on_service(
    "run.ingress-open",
    Severity.HIGH,
    "ingress",
    applies=_applies,
    facts=("ING-01", "ING-02", "ING-03", "ING-04"),
    docs=(INGRESS_DOCS,),
)
def ingress_open(subject: Subject[DeclaredService], world: World, declared: Requirements) -> Verdict:
    """Service can be called by more than declared.

    Callers that reach the service's own run.app address go round the load balancer, with its
    certificate, its rules and its protection.

    Reads the service's `ingress` (observed) and `defaultUriDisabled`; a service that a declared load
    balancer routes to must not be open to all by its own address.

    Narrow the ingress, or switch the default address off.
    """
    service, wanted = subject.item.service, subject.item.wanted
    observed = _observed(service)
    domain, own_address = routed_by(wanted, declared), not service.default_uri_disabled
    allowed = DECLARED[wanted.ingress or "all"]
    wider = WIDTH[observed] > WIDTH[allowed]
    round_about = domain is not None and observed == "INGRESS_TRAFFIC_ALL" and own_address
    seen = (service.evidence("ingress", observed), read(service, "defaultUriDisabled", service.default_uri_disabled))
    required = "only by the load balancer" if wanted.ingress is None or (round_about and not wider) else wanted.ingress
    said = f"{_WORDS.get(observed, observed)}, default address {'on' if own_address else 'off'}"
    if not wider and not round_about:
        return passes(required=required, observed=said, evidence=seen)
    narrow = wanted.ingress if wider and wanted.ingress else "internal-and-cloud-load-balancing"
    place = f"gcloud run services update {service.short} --region {service.region}"
    by_domain = f", past the load balancer of {domain}" if round_about else ""
    return fails(
        required=required,
        observed=said,
        reason=f"whoever knows the run.app address of {service.short} can call it{by_domain}",
        evidence=seen,
        fix=(Fix(f"{place} --ingress {narrow}"), *([] if wider else [Fix(f"{place} --no-default-url")])),
    )


def _observed(service: run.Service) -> str:
    value = service.ingress.read()
    if value == "INGRESS_TRAFFIC_UNSPECIFIED":
        said = f"{service.short} has no observed ingress, which is so while no revision is active"
        raise Unseen(Gap(GapKind.UNDECIDED, said, service.origin.call, advice="see run.not-ready"))
    return value

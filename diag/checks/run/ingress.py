"""Who may call a service: its ingress, and its own address beside the load balancer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, fails, passes, skips
from diag.checks.run.declared import DeclaredService, on_service, read
from diag.errors import Unseen
from diag.facts import run
from diag.facts.world import World
from diag.report import Fix, Severity
from diag.requirements.model import Domain, Requirements, Service

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


def routed_by(wanted: Service, declared: Requirements) -> Domain | None:
    """A declared domain of a load balancer that leads to the service; one without routes may lead to any."""
    named = declared.domains_by_service.get(wanted.name)
    return named or next((domain for domain in declared.domains if not domain.routes), None)


def behind_a_load_balancer(world: World, declared: Requirements) -> Iterator[Service]:
    """The declared services, and those that only a declared route names, in whichever region in view they are."""
    yield from declared.services.values()
    names = {
        name: domain for domain in declared.domains for name in domain.routes.values() if name not in declared.services
    }
    for name, domain in names.items():
        for project, region in declared.scopes():
            if any(service.short == name for service in world.services(region, project)):
                place = domain.at("routes")
                yield Service(name=name, project=project, region=region, places={"": place} if place else {})


def _applies(wanted: Service, declared: Requirements) -> bool:
    return wanted.ingress is not None or routed_by(wanted, declared) is not None


@on_service(
    "run.ingress-open",
    Severity.HIGH,
    "ingress",
    applies=_applies,
    wanted=behind_a_load_balancer,
    facts=("ING-01", "ING-02", "ING-03", "ING-04"),
    docs=(INGRESS_DOCS,),
)
def ingress_open(subject: Subject[DeclaredService], world: World, declared: Requirements) -> Verdict:
    """Service can be called by more than declared.

    Callers that reach the service's own run.app address go round the load balancer, with its
    certificate, its rules and its protection.

    Reads the service's `ingress` (observed) and `defaultUriDisabled`; a service that a declared load
    balancer routes to must not be open to all by its own address. A declared domain without routes may
    lead to any declared service.

    Narrow the ingress, or switch the default address off.
    """
    service, wanted = subject.item.service, subject.item.wanted
    observed = service.ingress.read()
    if observed == "INGRESS_TRAFFIC_UNSPECIFIED":
        return _not_observed(service)
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
    by_domain = f", past the load balancer of {domain.name}" if domain and round_about else ""
    return fails(
        required=required,
        observed=said,
        reason=f"whoever knows the run.app address of {service.short} can call it{by_domain}",
        evidence=seen,
        fix=(Fix(f"{place} --ingress {narrow}"), *([] if wider else [Fix(f"{place} --no-default-url")])),
    )


def _not_observed(service: run.Service) -> Verdict:
    """What the service lets in is only known while a revision is active [ING-01]."""
    if service.never_ready:
        return skips(f"no revision of {service.short} ever became ready; see run.not-ready")
    said = f"{service.short} has no observed ingress, which is so while no revision is active"
    raise Unseen(Gap(GapKind.UNDECIDED, said, service.origin.call, advice="see run.not-ready"))

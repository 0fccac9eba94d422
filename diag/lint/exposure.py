"""Who may call a service, against what has to call it."""

from __future__ import annotations

from collections.abc import Iterator

from diag.lint.rule import Issue, Named, contradiction
from diag.lint.words import of, probes, routed, service_of_address, url, where
from diag.requirements.model import Requirements


@contradiction("ING-02", "ING-03", confirmed_by=("run.ingress-open",))
def open_beside_the_balancer(declared: Requirements) -> Iterator[Issue]:
    """Service behind a load balancer that is declared open to all.

    With ingress `all` the run.app address stays open, and callers go round the load balancer, its
    certificate and its rules.
    """
    behind = routed(declared)
    for service in declared.services.values():
        if service.ingress == "all" and service.name in behind:
            domain, place = behind[service.name]
            yield Issue(
                at=service.at("ingress"),
                of=of(service),
                required="ingress: all",
                observed=f"{domain} routes to it by the load balancer{where(place)}",
                reason="its run.app address stays open beside the load balancer, unless that address is switched off",
                instead="ingress: internal-and-cloud-load-balancing",
            )


@contradiction("ING-01", "ING-02", confirmed_by=("run.ingress-open",))
def closed_to_the_balancer(declared: Requirements) -> Iterator[Issue]:
    """Service behind a load balancer that is declared internal.

    Ingress `internal` refuses what comes through an external load balancer.
    """
    behind = routed(declared)
    for service in declared.services.values():
        if service.ingress == "internal" and service.name in behind:
            domain, place = behind[service.name]
            yield Issue(
                at=service.at("ingress"),
                of=of(service),
                required="ingress: internal",
                observed=f"{domain} routes to it by the load balancer{where(place)}",
                reason="the service refuses what comes through the external load balancer",
                instead="ingress: internal-and-cloud-load-balancing",
            )


@contradiction("ING-02", confirmed_by=("probe.http", "probe.websocket"))
def probe_of_a_closed_address(declared: Requirements) -> Iterator[Issue]:
    """Probe of the run.app address of a service whose ingress is closed.

    Ingress holds for the run.app address too: from the internet it answers 404 whatever the service does.
    """
    for name, probe in probes(declared):
        service = service_of_address(url(probe).hostname or "", declared)
        if service and service.ingress in ("internal", "internal-and-cloud-load-balancing"):
            yield Issue(
                at=declared.at(f"probes.{name}.url"),
                of=Named(name),
                required=f"the run.app address of {service.name} answers",
                observed=f"ingress: {service.ingress}{where(service.at('ingress'))}",
                reason="from outside the VPC that address does not lead to the service",
                instead="the address behind the load balancer",
            )

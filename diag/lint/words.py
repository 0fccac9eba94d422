"""Values in the words of the file, and the few questions that several rules ask of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from diag.lint.rule import Named
from diag.report import Place
from diag.requirements.model import (
    Connector,
    LoadBalancer,
    RedisInstance,
    Requirements,
    Service,
    SqlInstance,
)

Resource = Service | Connector | SqlInstance | RedisInstance | LoadBalancer


def of(resource: Resource) -> Named:
    """The resource as an issue names it."""
    return Named(resource.name, resource.critical)


def seconds(value: float) -> str:
    """`600s` or `0.5s`."""
    return f"{value:.12g}s"


def size(value: int) -> str:
    """Bytes in the largest binary unit that leaves a short number: `6Gi`, `512Mi`."""
    unit, factor = ("Gi", 2**30) if value >= 2**30 else ("Mi", 2**20)
    return f"{value / factor:.4g}{unit}"


def where(place: Place | None) -> str:
    """` (diag.yaml:23)`, or nothing when the place is not known."""
    return f" ({place})" if place else ""


def routed(declared: Requirements) -> Mapping[str, tuple[str, Place | None]]:
    """Each service that a load balancer routes to → the first such domain, and the line of its route."""
    found: dict[str, tuple[str, Place | None]] = {}
    for balancer in declared.load_balancers.values():
        for domain in balancer.domains.values():
            for path, service in domain.routes.items():
                found.setdefault(service, (domain.name, domain.at(f"routes.{path}")))
    return found


def probes(declared: Requirements) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each probe of the file: its name and its keys."""
    yield from declared.sections.get("probes", {}).items()


def url(probe: Mapping[str, Any]) -> SplitResult:
    """The parts of a probe's `url`; empty ones where it has none, or one that Python cannot take apart."""
    try:
        return urlsplit(str(probe.get("url", "")))
    except ValueError:
        return urlsplit("")


def service_of_address(host: str, declared: Requirements) -> Service | None:
    """The declared service whose own `run.app` address this host is, or None."""
    if not host.endswith(".run.app"):
        return None
    named = [service for service in declared.services.values() if host.startswith(f"{service.name}-")]
    return max(named, key=lambda service: len(service.name), default=None)


def wildcards_above(name: str) -> Iterator[str]:
    """Every wildcard in whose tree the name lies, at any depth, the nearest first: of `a.b.c`, `*.b.c` and `*.c`."""
    labels = name.split(".")
    yield from (f"*.{'.'.join(labels[depth:])}" for depth in range(1, len(labels)))

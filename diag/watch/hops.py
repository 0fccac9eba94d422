"""Where on which paths a subject lies: what fails on a path after something else on it may merely follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from diag.report import Finding, Severity
from diag.requirements.model import Requirements
from diag.values import dataclass

_BY_PRODUCT = {"lb": 1, "run": 2, "vpc": 3, "sql": 4, "redis": 4}
"""Product of a check → its hop on the way from the client to the database."""
_BY_PHASE = {"dns": 0, "tcp": 1, "tls": 1}
"""Phase in which a probe failed → its hop; a later phase shows what stands behind everything else."""
_LAST = 5
_AFTER_ALL = 9


@dataclass(frozen=True)
class Spot:
    """Where a subject lies."""

    hop: int
    """From the client (0) on; of subjects on one path the lowest is the first that is broken."""
    paths: frozenset[str]
    """Declared services whose requests pass there; of what belongs to none, itself."""
    breaks: bool
    """Whether its failure can take others with it: a probe's, or a check's that is severe."""


class Map:
    """The paths of a requirements file."""

    def __init__(self, declared: Requirements) -> None:
        self._named = dict(_services_by_name(declared))
        self._targets = {name: list(_target_names(data)) for name, data in _probes(declared).items()}

    def spot(self, finding: Finding) -> Spot:
        """Where the finding's subject lies."""
        paths = {path for name in self._names(finding) for path in self._named.get(name, ())}
        return Spot(
            hop=_hop(finding),
            paths=frozenset(paths) or frozenset({f"{finding.check} {finding.resource}"}),
            breaks=bool(finding.probe) or finding.severity >= Severity.HIGH,
        )

    def _names(self, finding: Finding) -> Iterator[str]:
        if finding.probe:
            yield from self._targets.get(finding.resource, ())
            return
        yield from finding.resource.split("/")
        if not finding.resource.startswith("projects/"):
            yield finding.resource.partition("/")[0]


def _hop(finding: Finding) -> int:
    if not finding.probe:
        return _BY_PRODUCT.get(finding.check.partition(".")[0], _LAST)
    if finding.check in ("probe.postgres", "probe.redis"):
        return _BY_PRODUCT["sql"]
    return _BY_PHASE.get(finding.probe.phase, _AFTER_ALL)


def _probes(declared: Requirements) -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = declared.sections.get("probes", {})
    return found


def _target_names(data: Mapping[str, Any]) -> Iterator[str]:
    """The names that a probe's target goes by: host and path, host, address, or instance."""
    if "url" in data:
        parts = urlsplit(data["url"])
        yield f"{parts.hostname}{parts.path or '/'}"
        yield parts.hostname or ""
    for kind in ("postgres", "redis", "tls", "dns"):
        if kind in data:
            target = str(data[kind]).removeprefix("rediss://")
            yield target.rpartition(":")[2] if target.startswith("/cloudsql/") else target.partition(":")[0]


def _services_by_name(declared: Requirements) -> Iterator[tuple[str, frozenset[str]]]:
    """Name of a declared resource, host or address → the services whose requests pass there."""
    passing: dict[str, set[str]] = {}
    for balancer in declared.load_balancers.values():
        for domain in balancer.domains.values():
            for path, target in domain.routes.items():
                for name in (balancer.name, domain.name, f"{domain.name}{path}"):
                    passing.setdefault(name, set()).add(target)
    for service in declared.services.values():
        passing.setdefault(service.name, set()).add(service.name)
        egress = service.egress
        behind = [egress.connector, egress.network, egress.subnet] if egress else []
        behind += [name for one in service.reaches for name in (one.sql, one.redis)]
        connector = declared.connectors.get(egress.connector or "") if egress else None
        behind += [connector.network] if connector else []
        behind += [redis.host for redis in declared.redis_instances.values() if redis.name in behind]
        for name in filter(None, behind):
            passing.setdefault(name, set()).add(service.name)
    for name, services in passing.items():
        yield name, frozenset(services)

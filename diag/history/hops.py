"""The declared ways of a request and their hops: the one table of what lies on which way, in which order.

A way leads from a client to a service, from a service to what it reaches, or from a probe to its target. Its
hops stand in the order in which a request meets them; what fails behind the first of them may merely follow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from diag.report import Finding, Severity, Status
from diag.requirements.model import Destination, Requirements, Service
from diag.update import BrokenHop, Paths
from diag.values import dataclass

Matches = Callable[[Finding], bool]

_HOPS: Mapping[str, Sequence[str]] = {
    "DNS": ("lb.dns-elsewhere",),
    "load balancer": ("lb.domain-unserved",),
    "certificate": ("lb.certificate-missing",),
    "route": ("lb.wrong-service",),
    "service": ("run.service-missing", "run.not-serving", "run.not-ready"),
    "egress": ("vpc.unreachable",),
    "socket": ("sql.socket-not-attached",),
    "database": ("sql.instance-missing", "sql.not-running", "sql.out-of-disk"),
    "cache": ("redis.instance-missing", "redis.not-ready"),
}
"""Hops from the client on, each with the checks by which it holds or not."""
_FRONT = ("DNS", "load balancer", "certificate")
"""Hops before the URL map."""

_OF_PRODUCT = {"lb": "load balancer", "run": "service", "vpc": "egress", "sql": "database", "redis": "cache"}
"""Product of a check that decides no hop → the hop that it belongs to."""
_OF_PROBE = {"probe.postgres": "database", "probe.redis": "cache"}
_OF_PHASE = {"dns": "DNS", "tcp": "load balancer", "tls": "certificate"}
"""Phase in which another probe failed → the hop; a later phase shows what stands behind all of them."""
_PLACES = {name: place for place, name in enumerate(_HOPS)}
_BESIDE, _BEHIND = len(_HOPS), len(_HOPS) + 1


@dataclass(frozen=True)
class _Hop:
    name: str
    checks: Sequence[str]
    matches: Matches

    def about(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings about this hop, in the order of its checks."""
        return [each for check in self.checks for each in findings if each.check == check and self.matches(each)]


Hops = Sequence[_Hop]


@dataclass(frozen=True)
class _Way:
    name: str
    service: str
    """Whose requests pass there."""
    names: frozenset[str]
    """Resources, hosts and addresses that lie on it."""
    hops: Hops = ()
    """None where the file says only how the service leaves, and not where to."""


def lasting(resource: str) -> str:
    """The resource whose state outlives a deployment: of a revision its service, else itself."""
    return re.sub(r"/revisions/[^/]+$", "", resource)


# What a run says of the ways


def paths_of(declared: Requirements | None, findings: Sequence[Finding]) -> Paths:
    """How many paths there are, and of each that does not hold the first hop that fails, else the first unseen one."""
    ways = {way.name: way.hops for way in _ways(declared) if way.hops} if declared else {}
    paths = {**ways, **_probed(findings)}
    found = {path: [(hop, hop.about(findings)) for hop in hops] for path, hops in paths.items()}
    broken = {path: hop for path, hops in found.items() if (hop := _broken(path, hops))}
    dark = [path for path, hops in found.items() if path not in broken and not all(about for _, about in hops)]
    return Paths(len(paths), len(dark), tuple(broken.values()))


def _broken(path: str, hops: Iterable[tuple[_Hop, list[Finding]]]) -> BrokenHop | None:
    unseen: list[tuple[_Hop, Finding]] = []
    for hop, about in hops:
        failing = [each for each in about if each.status is Status.FAIL]
        if failing:
            return _said(path, hop, failing[0], tuple(before.name for before, _ in unseen))
        unseen += [(hop, each) for each in about if each.status is Status.UNKNOWN][:1]
    return _said(path, *unseen[0]) if unseen else None


def _said(path: str, hop: _Hop, finding: Finding, unseen: tuple[str, ...] = ()) -> BrokenHop:
    return BrokenHop(
        path=path,
        hop=finding.probe.phase if finding.probe else hop.name,
        status=finding.status,
        check=finding.check,
        resource=finding.resource,
        said=finding.reason or finding.title,
        unseen=unseen,
    )


def _probed(findings: Iterable[Finding]) -> dict[str, Hops]:
    """A path for each probe that ran; its hops are the phases, of which the finding names the one that failed."""
    paths: dict[str, Hops] = {}
    for each in findings:
        if each.probe:
            target = each.required.get("target") if isinstance(each.required, dict) else None
            name = f"probe {each.resource}" + (f": {target}" if isinstance(target, str) else "")
            paths[name] = [_Hop("probe", (each.check,), _about(each.resource))]
    return paths


# Where a finding lies on them


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
    """The ways of a requirements file, to look findings up on."""

    def __init__(self, declared: Requirements) -> None:
        self._named: dict[str, set[str]] = {}
        for way in _ways(declared):
            for name in way.names:
                self._named.setdefault(name, set()).add(way.service)
        probes: Mapping[str, Mapping[str, Any]] = declared.sections.get("probes", {})
        self._targets = {name: list(_target_names(data)) for name, data in probes.items()}

    def spot(self, finding: Finding) -> Spot:
        """Where the finding's subject lies."""
        paths = {path for name in self._names(finding) for path in self._named[name]}
        return Spot(
            hop=_place(finding),
            paths=frozenset(paths) or frozenset({f"{finding.check} {finding.resource}"}),
            breaks=bool(finding.probe) or finding.severity >= Severity.HIGH,
        )

    def _names(self, finding: Finding) -> Sequence[str]:
        """The names of the finding's subject that lie on a way; of an address the most exact one."""
        if finding.resource.startswith("projects/"):
            return [name for name in finding.resource.split("/") if name in self._named]
        domain = finding.resource.partition("/")[0]
        names = self._targets.get(finding.resource, ()) if finding.probe else (finding.resource, domain)
        return [name for name in names if name in self._named][:1]


def _place(finding: Finding) -> int:
    if finding.probe:
        hop = _OF_PROBE.get(finding.check) or _OF_PHASE.get(finding.probe.phase)
        return _PLACES[hop] if hop else _BEHIND
    decides = next((name for name, checks in _HOPS.items() if finding.check in checks), None)
    hop = decides or _OF_PRODUCT.get(finding.check.partition(".")[0])
    return _PLACES[hop] if hop else _BESIDE


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


# The ways that a file declares


def _ways(declared: Requirements) -> Iterator[_Way]:
    for balancer in declared.load_balancers.values():
        for domain in balancer.domains.values():
            front = [_hop(name, _about(domain.name)) for name in _FRONT]
            names = frozenset({balancer.name, domain.name})
            for path, target in domain.routes.items():
                there = f"{domain.name}{path}"
                hops = [*front, _hop("route", _about(there)), _hop("service", _named("services", target))]
                yield _Way(f"https://{there} → {target}", target, names | {there, target}, hops)
            if not domain.routes:
                yield _Way(f"https://{domain.name}", domain.name, names, front)
    for service in declared.services.values():
        names = frozenset({service.name, *_egress(declared, service)})
        yield _Way(service.name, service.name, names)
        for one in service.reaches:
            for name, ends in _ends(service.name, one):
                egress = _hop("egress", _reaching(service.name, name))
                redis = declared.redis_instances.get(name)
                host = {redis.host} if redis and redis.host else set()
                yield _Way(f"{service.name} → {name}", service.name, names | {name} | host, [egress, *ends])


def _egress(declared: Requirements, service: Service) -> Iterator[str]:
    """What the packets of a service leave by."""
    egress = service.egress
    connector = declared.connectors.get(egress.connector or "") if egress else None
    found = (egress.connector, egress.network, egress.subnet) if egress else ()
    yield from filter(None, (*found, connector.network if connector else None))


def _ends(service: str, one: Destination) -> Iterator[tuple[str, Hops]]:
    """Each end of a declared destination, and the hops that come after the way out."""
    if one.sql:
        socket = _hop("socket", _reaching(service, one.sql))
        database = _hop("database", _named("instances", one.sql))
        yield one.sql, [socket, database] if one.via == "socket" else [database]
    if one.redis:
        yield one.redis, [_hop("cache", _named("instances", one.redis))]
    yield from ((host, ()) for host in one.internet)


def _hop(name: str, matches: Matches) -> _Hop:
    return _Hop(name, _HOPS[name], matches)


def _about(resource: str) -> Matches:
    return lambda finding: finding.resource == resource


def _named(kind: str, name: str) -> Matches:
    return lambda finding: f"/{lasting(finding.resource)}".endswith((f"/{kind}/{name}", f"/{name}"))


def _reaching(service: str, destination: str) -> Matches:
    """Of a service's findings those about that destination, or about all of them where they do not say."""

    word = re.compile(rf"(?<![\w.-]){re.escape(destination)}(?![\w.-])")

    def matches(finding: Finding) -> bool:
        said = finding.required
        return _named("services", service)(finding) and (not isinstance(said, str) or bool(word.search(said)))

    return matches

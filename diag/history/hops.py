"""The first broken hop of each declared path, by the findings of one run.

A path leads from a client to a service, from a service to what it reaches, or from a probe to its target. Its
hops stand in the order in which a request meets them; what fails behind the first of them may merely follow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from diag.report import Finding, Status
from diag.requirements.model import Destination, Requirements
from diag.update import BrokenHop, Paths
from diag.values import dataclass

Matches = Callable[[Finding], bool]

_FRONT = {
    "DNS": ("lb.dns-elsewhere",),
    "load balancer": ("lb.domain-unserved",),
    "certificate": ("lb.certificate-missing",),
}
"""Hops before the URL map, with the checks that judge a domain there."""
_SERVICE = ("run.service-missing", "run.not-serving", "run.not-ready")
_SQL = ("sql.instance-missing", "sql.not-running", "sql.out-of-disk")
_REDIS = ("redis.instance-missing", "redis.not-ready")


@dataclass(frozen=True)
class _Hop:
    name: str
    checks: Sequence[str]
    matches: Matches

    def about(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings about this hop, in the order of its checks."""
        return [each for check in self.checks for each in findings if each.check == check and self.matches(each)]


Hops = Sequence[_Hop]


def lasting(resource: str) -> str:
    """The resource whose state outlives a deployment: of a revision its service, else itself."""
    return re.sub(r"/revisions/[^/]+$", "", resource)


def paths_of(declared: Requirements | None, findings: Sequence[Finding]) -> Paths:
    """How many paths there are, and of each that does not hold the first hop that fails, else the first unseen one."""
    paths = {**(_declared(declared) if declared else {}), **_probed(findings)}
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


def _declared(declared: Requirements) -> dict[str, Hops]:
    paths: dict[str, Hops] = {}
    for balancer in declared.load_balancers.values():
        for domain in balancer.domains.values():
            front = [_Hop(name, checks, _about(domain.name)) for name, checks in _FRONT.items()]
            for path, target in domain.routes.items():
                route = _Hop("route", ("lb.wrong-service",), _about(f"{domain.name}{path}"))
                end = _Hop("service", _SERVICE, _named("services", target))
                paths[f"https://{domain.name}{path} → {target}"] = [*front, route, end]
            if not domain.routes:
                paths[f"https://{domain.name}"] = front
    for service in declared.services.values():
        for one in service.reaches:
            for name, ends in _ends(service.name, one):
                egress = _Hop("egress", ("vpc.unreachable",), _reaching(service.name, name))
                paths[f"{service.name} → {name}"] = [egress, *ends]
    return paths


def _ends(service: str, one: Destination) -> Iterator[tuple[str, Hops]]:
    """Each end of a declared destination, and the hops that come after the way out."""
    if one.sql:
        socket = _Hop("socket", ("sql.socket-not-attached",), _reaching(service, one.sql))
        database = _Hop("database", _SQL, _named("instances", one.sql))
        yield one.sql, [socket, database] if one.via == "socket" else [database]
    if one.redis:
        yield one.redis, [_Hop("cache", _REDIS, _named("instances", one.redis))]
    yield from ((host, ()) for host in one.internet)


def _probed(findings: Iterable[Finding]) -> dict[str, Hops]:
    """A path for each probe that ran; its hops are the phases, of which the finding names the one that failed."""
    paths: dict[str, Hops] = {}
    for each in findings:
        if each.probe:
            target = each.required.get("target") if isinstance(each.required, dict) else None
            name = f"probe {each.resource}" + (f": {target}" if isinstance(target, str) else "")
            paths[name] = [_Hop("probe", (each.check,), _about(each.resource))]
    return paths


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

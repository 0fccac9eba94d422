"""Probes: what their protocol cannot show, and what the platform cuts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from diag.lint.rule import Issue, Named, contradiction, infeasible, unobservable
from diag.lint.words import of, probes, seconds, service_of_address, url, where
from diag.report import Place
from diag.requirements.model import Requirements, Service

LONGEST_WEBSOCKET_S = 3600
SHOWN_BY: Mapping[str, tuple[str, ...]] = {
    "status": ("http", "https", "ws", "wss"),
    "json": ("http", "https"),
    "hold": ("ws", "wss"),
}
"""Expectation → the schemes whose answer shows it."""


class _Held(NamedTuple):
    """A WebSocket probe of Cloud Run that must stay open, and the services that may answer it."""

    name: str
    hold: float
    place: Place | None
    services: tuple[Service, ...]


@infeasible("RUN-03")
def websocket_too_long(declared: Requirements) -> Iterator[Issue]:
    """WebSocket that must stay open longer than Cloud Run allows.

    A WebSocket is one request and ends with the request time-out, at most after 60 minutes.
    """
    for held in _held(declared):
        if held.hold > LONGEST_WEBSOCKET_S:
            yield Issue(
                at=held.place,
                of=Named(held.name),
                required=f"expect.hold: {seconds(held.hold)}",
                observed=f"at most {LONGEST_WEBSOCKET_S}s",
                reason="Cloud Run ends every WebSocket with the request time-out, which is 60 minutes at the most",
                instead=f"expect.hold below {LONGEST_WEBSOCKET_S}s, and clients that connect again",
            )


@contradiction("RUN-03", confirmed_by=("run.request-timeout-too-short",))
def websocket_outlasts_request(declared: Requirements) -> Iterator[Issue]:
    """WebSocket that must stay open longer than the request time-out of its service.

    A WebSocket is one request: Cloud Run ends it with the request time-out of the service.
    """
    for held in _held(declared):
        limits = [service.request_timeout for service in held.services]
        if held.hold > LONGEST_WEBSOCKET_S or not limits or None in limits:
            continue
        longest = max(held.services, key=lambda service: service.request_timeout or 0)
        if held.hold >= (longest.request_timeout or 0):
            yield Issue(
                at=held.place,
                of=of(longest),
                required=f"expect.hold of the probe {held.name}: {seconds(held.hold)}",
                observed=f"request_timeout of {longest.name}: {seconds(longest.request_timeout or 0)}"
                f"{where(longest.at('request_timeout'))}",
                reason="the WebSocket is cut at the request time-out of the service",
                instead=f"expect.hold below {seconds(longest.request_timeout or 0)}, or a longer request_timeout",
            )


def _held(declared: Requirements) -> Iterator[_Held]:
    """The WebSocket probes whose address leads to declared services, as far as the file says it."""
    for name, probe in probes(declared):
        address, hold = url(probe), probe.get("expect", {}).get("hold")
        if address.scheme not in ("ws", "wss") or not hold:
            continue
        services = tuple(_answering(address.hostname or "", address.path or "/", declared))
        if services:
            yield _Held(name, hold, declared.at(f"probes.{name}.expect.hold"), services)


def _answering(host: str, path: str, declared: Requirements) -> Iterator[Service]:
    """The service that the path is routed to; where no declared route takes it, every service of the domain."""
    own = service_of_address(host, declared)
    if own:
        yield own
    for balancer in declared.load_balancers.values():
        domain = balancer.domains.get(host)
        if domain is None:
            continue
        taken = [name for route, name in sorted(domain.routes.items(), key=_longest) if _takes(route, path)]
        for name in dict.fromkeys(taken[:1] or domain.routes.values()):
            if name in declared.services:
                yield declared.services[name]


def _longest(route: tuple[str, str]) -> int:
    return -len(route[0])


def _takes(route: str, path: str) -> bool:
    return path.startswith(route[:-1]) if route.endswith("/*") else path == route


@unobservable()
def expectation_not_shown(declared: Requirements) -> Iterator[Issue]:
    """Expectation that this kind of probe cannot see.

    A status and a JSON answer belong to HTTP, an open connection to a WebSocket; a database, a cache,
    TLS and DNS give neither.
    """
    for name, probe in probes(declared):
        kind = _kind(probe)
        for key in probe.get("expect", {}):
            if key in SHOWN_BY and kind not in SHOWN_BY[key]:
                yield Issue(
                    at=declared.at(f"probes.{name}.expect.{key}"),
                    of=Named(name),
                    required=f"expect.{key}",
                    observed=f"a {kind} probe, which has none",
                    reason=f"{key} shows with {', '.join(SHOWN_BY[key])} only",
                    instead="expect.within, or a probe of an address that answers so",
                )


def _kind(probe: Mapping[str, Any]) -> str:
    kind = next(kind for kind in ("url", "postgres", "redis", "tls", "dns") if kind in probe)
    return str(probe["url"]).partition(":")[0] if kind == "url" else kind


@contradiction("SQL-08", confirmed_by=("sql.instance-missing", "probe.postgres"))
def probe_of_another_instance(declared: Requirements) -> Iterator[Issue]:
    """Probe of a socket whose connection name is not that of the declared instance.

    The connection name is project:region:instance, and each part must be the instance's own.
    """
    for name, probe in probes(declared):
        socket = probe.get("postgres", "")
        if not socket.startswith("/cloudsql/"):
            continue
        asked = socket.removeprefix("/cloudsql/").partition("/")[0]
        instance = declared.sql_instances.get(asked.rpartition(":")[2])
        if instance is None or not instance.region:
            continue
        own = f"{instance.project}:{instance.region}:{instance.name}"
        if asked != own:
            yield Issue(
                at=declared.at(f"probes.{name}.postgres"),
                of=Named(name),
                required=f"postgres: /cloudsql/{asked}",
                observed=f"{own}{where(instance.at())}",
                reason=f"{instance.name} is declared in another project or region than the socket names",
                instead=f"postgres: /cloudsql/{own}",
            )

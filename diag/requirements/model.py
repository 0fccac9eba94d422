"""The requirements as typed, frozen values that remember where each was declared.

Durations are seconds (float), sizes bytes (int), percentages ratios 0–1 (float); None and empty
collections mean *not declared*. Every section has `.at("field")`: the place of that line, or of the
section itself when the field was not written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any

from diag.report import Place
from diag.values import dataclass, field

NOWHERE = Place("", 0, 0)


@dataclass(frozen=True, kw_only=True)
class Section:
    """A mapping of the file; `places` gives the place of each key that was written, `""` its own."""

    places: Mapping[str, Place] = field(default_factory=dict, repr=False, compare=False)

    def at(self, name: str = "") -> Place | None:
        """The place of the line that declares `name` (`.`-separated below this section), else the section's."""
        while name and name not in self.places:
            name = name.rpartition(".")[0]
        return self.places.get(name)


@dataclass(frozen=True, kw_only=True)
class Thresholds(Section):
    """Where a figure warns and where it fails; the unit is that of the key which holds it."""

    warn: float | None = None
    fail: float | None = None


@dataclass(frozen=True, kw_only=True)
class Egress(Section):
    """How a service leaves: by `connector`, or by `network`/`subnet` (Direct VPC egress)."""

    connector: str | None = None
    network: str | None = None
    subnet: str | None = None
    mode: str | None = None
    """`all-traffic` or `private-ranges-only`."""


@dataclass(frozen=True, kw_only=True)
class Destination(Section):
    """One entry of `reaches:`; exactly one of `sql`, `redis`, `internet` is set."""

    sql: str | None = None
    via: str | None = None
    """`socket`, `private-ip` or `public-ip`; only with `sql`."""
    redis: str | None = None
    internet: tuple[str, ...] = ()
    """`host:port` each."""


@dataclass(frozen=True, kw_only=True)
class DatabasePool(Section):
    """The application's connection pool: each worker process holds up to size + max_overflow connections."""

    instance: str
    size: int
    max_overflow: int = 0
    workers: int = 1

    @property
    def per_instance(self) -> int:
        """Connections that one Cloud Run instance can hold: workers × (size + max_overflow)."""
        return self.workers * (self.size + self.max_overflow)


@dataclass(frozen=True, kw_only=True)
class Service(Section):
    """A Cloud Run service and what must hold for it."""

    name: str
    project: str
    region: str | None
    critical: bool = False
    request_timeout: float | None = None
    startup_window: float | None = None
    cpu: float | None = None
    memory: int | None = None
    min_instances: int | None = None
    max_instances: int | None = None
    concurrency: int | None = None
    ingress: str | None = None
    egress: Egress | None = None
    reaches: tuple[Destination, ...] = ()
    database_pool: DatabasePool | None = None
    service_account: str | None = None
    roles: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    env_present: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    traffic: str | Mapping[str, int] | None = None
    """`"latest"`, or percent by revision."""


@dataclass(frozen=True, kw_only=True)
class Connector(Section):
    """A Serverless VPC Access connector."""

    name: str
    project: str
    region: str | None
    critical: bool = False
    network: str | None = None
    subnet: str | None = None
    min_instances: int | None = None
    max_instances: int | None = None
    machine_type: str | None = None
    concurrent_connections: int | None = None
    utilization: Thresholds | None = None


@dataclass(frozen=True, kw_only=True)
class SqlInstance(Section):
    """A Cloud SQL instance."""

    name: str
    project: str
    region: str | None
    critical: bool = False
    database_version: str | None = None
    availability: str | None = None
    private_network: str | None = None
    ssl: str | None = None
    """`any`, `encrypted-only` or `client-certificate`."""
    public_access: bool | None = None
    backups: bool | None = None
    point_in_time_recovery: bool | None = None
    deletion_protection: bool | None = None
    max_connections: int | None = None
    connections: Thresholds | None = None
    cpu: Thresholds | None = None
    memory: Thresholds | None = None
    disk: Thresholds | None = None
    connection_time: Thresholds | None = None
    server_ca_expires_in: Thresholds | None = None
    flags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RedisInstance(Section):
    """A Memorystore for Redis instance."""

    name: str
    project: str
    region: str | None
    critical: bool = False
    network: str | None = None
    host: str | None = None
    auth: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Domain(Section):
    """A host name that a load balancer must serve."""

    name: str
    critical: bool = False
    routes: Mapping[str, str] = field(default_factory=dict)
    """Declared path (`/p`, `/p/*`, `/`) → Cloud Run service."""
    websocket: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Certificates(Section):
    """What the certificates in force must cover, and for how long (seconds)."""

    covers: tuple[str, ...] = ()
    expires_in: Thresholds | None = None


@dataclass(frozen=True, kw_only=True)
class HealthCheck(Section):
    """A health check for backends that have one."""

    protocol: str | None = None
    port: int | None = None
    path: str | None = None
    interval: float | None = None
    timeout: float | None = None
    healthy_threshold: int | None = None
    unhealthy_threshold: int | None = None


@dataclass(frozen=True, kw_only=True)
class LoadBalancer(Section):
    """An external load balancer, named by the file; what it consists of is found by its domains."""

    name: str
    project: str
    region: str | None = None
    critical: bool = False
    domains: Mapping[str, Domain] = field(default_factory=dict)
    deprecated_domains: tuple[str, ...] = ()
    certificates: Certificates | None = None
    minimum_tls: str | None = None
    request_timeout: float | None = None
    health_check: HealthCheck | None = None
    https_redirect: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Waiver(Section):
    """An exception that expires: it holds through the day before `expires`."""

    check: str
    resource: str
    reason: str
    owner: str
    expires: date


@dataclass(frozen=True)
class DeclaredLine:
    """One leaf of the file: its path with names as written, and the checks that judge that leaf."""

    path: str
    place: Place
    judged_by: tuple[str, ...]
    """Ids of the catalogue (`vpc.connector-saturated`); empty for a setting of another command."""
    resource: str
    """The declared resource that the line belongs to, for the finding when nothing judges it."""


@dataclass(frozen=True, kw_only=True)
class Requirements(Section):
    """A whole requirements file, overlays merged; `files` names what it was read from."""

    project: str
    region: str | None = None
    environment: str | None = None
    files: tuple[str, ...] = ()
    services: Mapping[str, Service] = field(default_factory=dict)
    connectors: Mapping[str, Connector] = field(default_factory=dict)
    sql_instances: Mapping[str, SqlInstance] = field(default_factory=dict)
    redis_instances: Mapping[str, RedisInstance] = field(default_factory=dict)
    load_balancers: Mapping[str, LoadBalancer] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    maintenance: tuple[tuple[datetime, datetime, str], ...] = ()
    lines: tuple[DeclaredLine, ...] = ()
    """Every declared leaf, in the order of the file."""
    sections: Mapping[str, Any] = field(default_factory=dict)
    """The sections that other commands use (`probes`, `validation`, …) as plain data, validated."""

    def scopes(self) -> tuple[tuple[str, str], ...]:
        """Each (project, region) that has to be looked at for regional resources, without repeats."""
        return self._scopes

    @cached_property
    def _scopes(self) -> tuple[tuple[str, str], ...]:
        default = [(self.project, self.region)]
        regional = (item for item in self.resources() if not isinstance(item, LoadBalancer))
        found = default + [(item.project, item.region) for item in regional]
        return tuple(dict.fromkeys((project, region) for project, region in found if region))

    def projects(self) -> tuple[str, ...]:
        """The project and each other project that a declared resource lies in, without repeats."""
        return self._projects

    @cached_property
    def _projects(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([self.project, *(item.project for item in self.resources())]))

    @cached_property
    def services_by_name(self) -> Mapping[str, tuple[Service, ...]]:
        """The declared services by the name that they have in Cloud Run: several, where region or project differ."""
        found: dict[str, tuple[Service, ...]] = {}
        for service in self.services.values():
            found[service.name] = (*found.get(service.name, ()), service)
        return found

    @cached_property
    def domains(self) -> tuple[Domain, ...]:
        """The declared domains of every load balancer."""
        return tuple(domain for balancer in self.load_balancers.values() for domain in balancer.domains.values())

    @cached_property
    def domains_by_service(self) -> Mapping[str, Domain]:
        """The first declared domain with a route to each service, by the service's name."""
        return {name: domain for domain in reversed(self.domains) for name in domain.routes.values()}

    def resources(self) -> Iterator[Service | Connector | SqlInstance | RedisInstance | LoadBalancer]:
        """Every declared resource with a name of its own."""
        for group in (self.services, self.connectors, self.sql_instances, self.redis_instances, self.load_balancers):
            yield from group.values()

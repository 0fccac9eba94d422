"""Validated plain data → the typed sections of the model, each with the places of its own keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from diag.report import Place
from diag.requirements.model import (
    Certificates,
    Connector,
    DatabasePool,
    DeclaredLine,
    Destination,
    Domain,
    Egress,
    HealthCheck,
    LoadBalancer,
    RedisInstance,
    Requirements,
    Section,
    Service,
    SqlInstance,
    Thresholds,
    Waiver,
)
from diag.requirements.reading import Path, Reading

Data = Mapping[str, Any]

_TABLES: Mapping[type[Section], Mapping[str, type[Section]]] = {
    Service: {"egress": Egress, "database_pool": DatabasePool},
    Connector: {"utilization": Thresholds},
    SqlInstance: dict.fromkeys(
        ("connections", "cpu", "memory", "disk", "connection_time", "server_ca_expires_in"), Thresholds
    ),
    LoadBalancer: {"certificates": Certificates, "health_check": HealthCheck},
    Certificates: {"expires_in": Thresholds},
}
"""The keys of a section that hold a section."""

SETTINGS = ("secrets", "logs", "alerts", "probes", "notify", "validation", "incident", "history", "rules")
"""The sections that stay plain data, in `Requirements.sections`."""


def build(
    reading: Reading, files: tuple[str, ...], environment: str | None, project: str | None, region: str | None
) -> Requirements:
    """The requirements that a reading without faults says; `project` and `region` override the file's."""
    data = reading.data
    builder = _Builder(_below(reading.places), project or data["project"], region or data.get("region"))
    return Requirements(
        project=builder.project,
        region=builder.region,
        environment=environment,
        files=files,
        services={name: builder.service(name, item) for name, item in data.get("services", {}).items()},
        connectors=builder.resources("connectors", data, Connector),
        sql_instances=builder.resources("sql_instances", data, SqlInstance),
        redis_instances=builder.resources("redis_instances", data, RedisInstance),
        load_balancers={name: builder.balancer(name, item) for name, item in data.get("load_balancers", {}).items()},
        waivers=tuple(
            builder.section(Waiver, ("waivers", str(index)), item) for index, item in enumerate(data.get("waivers", ()))
        ),
        maintenance=tuple((item["from"], item["to"], item.get("reason", "")) for item in data.get("maintenance", ())),
        lines=_lines(reading, builder.project, files),
        sections={name: data[name] for name in SETTINGS if name in data},
        places=builder.below[()],
    )


def _lines(reading: Reading, project: str, files: tuple[str, ...]) -> tuple[DeclaredLine, ...]:
    """The declared lines in the order of the files; those of no resource belong to the project."""
    order = {file: index for index, file in reversed(tuple(enumerate(files)))}
    named = [line if line.resource else replace(line, resource=project) for line in reading.lines]
    return tuple(sorted(named, key=lambda line: (order[line.place.file], line.place.line, line.place.column)))


def _below(places: Mapping[Path, Place]) -> Mapping[Path, Mapping[str, Place]]:
    """For each path the places at and below it, by the dotted rest of their paths."""
    below: dict[Path, dict[str, Place]] = {}
    for path, place in places.items():
        for depth in range(len(path) + 1):
            below.setdefault(path[:depth], {})[".".join(path[depth:])] = place
    return below


_S = TypeVar("_S", bound=Section)


class _Builder:
    """Makes sections; holds the places and the defaults that each of them takes."""

    def __init__(self, below: Mapping[Path, Mapping[str, Place]], project: str, region: str | None) -> None:
        self.below = below
        self.project = project
        self.region = region

    def section(self, kind: type[_S], path: Path, data: Data, **more: Any) -> _S:
        """The section of `kind` at `path`, with the sections inside it."""
        inner = _TABLES.get(kind, {})
        values = {
            key: self.section(inner[key], (*path, key), value) if key in inner else value for key, value in data.items()
        }
        return kind(**{**values, **more}, places=self.below[path])

    def resources(self, section: str, data: Data, kind: type[_S]) -> Mapping[str, _S]:
        """The resources of one section by name."""
        return {name: self.resource(kind, (section, name), item) for name, item in data.get(section, {}).items()}

    def resource(self, kind: type[_S], path: Path, data: Data, **more: Any) -> _S:
        """A resource with a name of its own, which lies in the file's project and region unless it says otherwise."""
        placed = {"project": self.project, "region": self.region, **data}
        return self.section(kind, path, placed, name=path[-1], **more)

    def service(self, name: str, data: Data) -> Service:
        """A service with its destinations."""
        path = ("services", name, "reaches")
        reaches = tuple(
            self.section(Destination, (*path, str(index)), item) for index, item in enumerate(data.get("reaches", ()))
        )
        return self.resource(Service, ("services", name), data, reaches=reaches)

    def balancer(self, name: str, data: Data) -> LoadBalancer:
        """A load balancer with its domains."""
        path = ("load_balancers", name, "domains")
        domains = {
            host: self.section(Domain, (*path, host), item, name=host) for host, item in data.get("domains", {}).items()
        }
        return self.resource(LoadBalancer, ("load_balancers", name), data, domains=domains)

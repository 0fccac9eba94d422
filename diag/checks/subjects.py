"""What checks are judged over: the resources in view, and the declared ones.

*In view* is everything that the lists of the declared regions gave. A subject carries the place of
the declaration that asks for it, and `critical: true`.
"""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Gap
from diag.checks.check import Subject
from diag.errors import Unseen
from diag.facts import run, sql, vpc
from diag.facts.base import same
from diag.facts.world import World
from diag.requirements.model import Connector, Requirements, Service, SqlInstance
from diag.values import dataclass


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A Cloud Run service in view; `wanted` when it is declared."""

    service: run.Service
    wanted: Service | None


@dataclass(frozen=True, slots=True)
class RevisionView:
    """A revision that takes traffic, of a service in view."""

    service: run.Service
    revision: run.Revision
    wanted: Service | None


@dataclass(frozen=True)
class ConnectorView:
    """A connector in view; `wanted` when it is declared."""

    connector: vpc.Connector
    wanted: Connector | None


@dataclass(frozen=True)
class InstanceView:
    """A Cloud SQL instance in view; `wanted` when it is declared."""

    instance: sql.Instance
    wanted: SqlInstance | None


def service_name(wanted: Service) -> str:
    """The full resource name of a declared service."""
    return f"projects/{wanted.project}/locations/{wanted.region}/services/{wanted.name}"


def connector_name(wanted: Connector) -> str:
    """The full resource name of a declared connector."""
    return f"projects/{wanted.project}/locations/{wanted.region}/connectors/{wanted.name}"


def instance_name(wanted: SqlInstance) -> str:
    """The full name of a declared instance, as `diag` writes it."""
    return f"projects/{wanted.project}/instances/{wanted.name}"


def services(world: World, declared: Requirements) -> Iterator[Subject[ServiceView] | Gap]:
    """Every Cloud Run service in the declared regions."""
    for project, region in declared.scopes():
        listing = world.services(region, project)
        for service in listing:
            wanted = _declared_service(service, declared)
            place, critical = (wanted.at(), wanted.critical) if wanted else (None, False)
            yield Subject(service.name, ServiceView(service, wanted), place, critical)
        yield from listing.gaps


def revisions(world: World, declared: Requirements) -> Iterator[Subject[RevisionView] | Gap]:
    """Every revision that takes traffic, of every service in view."""
    for subject in services(world, declared):
        if isinstance(subject, Gap):
            yield subject
        else:
            yield from revisions_of(subject, world)


def revisions_of(subject: Subject[ServiceView], world: World) -> Iterator[Subject[RevisionView] | Gap]:
    """Every revision of one service that takes traffic; one that was not seen is a gap, and hides no other.

    None of a service of which no revision ever became ready: run.not-ready reports it.
    """
    service, wanted = subject.item.service, subject.item.wanted
    try:
        if service.never_ran:
            return
        names = world.serving_names(service)
    except Unseen as unseen:
        yield unseen.gap
        return
    for name in names:
        try:
            item = RevisionView(service, world.serving_revision(service, name), wanted)
        except Unseen as unseen:
            yield unseen.gap
        else:
            yield Subject(name, item, subject.declared_at, subject.critical)


def connectors(world: World, declared: Requirements) -> Iterator[Subject[ConnectorView] | Gap]:
    """Every connector in the declared regions."""
    for project, region in declared.scopes():
        listing = world.connectors(region, project)
        for connector in listing:
            wanted = next(
                (item for item in declared.connectors.values() if same(connector_name(item), connector.name)), None
            )
            place, critical = (wanted.at(), wanted.critical) if wanted else (None, False)
            yield Subject(connector.name, ConnectorView(connector, wanted), place, critical)
        yield from listing.gaps


def instances(world: World, declared: Requirements) -> Iterator[Subject[InstanceView] | Gap]:
    """Every Cloud SQL instance in view."""
    for project in declared.projects():
        listing = world.instances(project)
        for instance in listing:
            wanted = next((w for w in declared.sql_instances.values() if instance_name(w) == instance.name), None)
            place, critical = (wanted.at(), wanted.critical) if wanted else (None, False)
            yield Subject(instance.name, InstanceView(instance, wanted), place, critical)
        yield from listing.gaps


def _declared_service(service: run.Service, declared: Requirements) -> Service | None:
    alike = declared.services_by_name.get(service.short, ())
    return next((item for item in alike if same(service_name(item), service.name)), None)

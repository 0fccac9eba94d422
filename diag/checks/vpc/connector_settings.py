"""Declared settings of connectors, and whether a connector may serve the service that names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.run.declared import update
from diag.checks.subjects import RevisionView, connector_name, revisions
from diag.checks.vpc.connector import VPC_ACCESS_DOCS
from diag.errors import Unseen
from diag.facts.base import last, relative, same, segment
from diag.facts.vpc import THROUGHPUT
from diag.facts.vpc import Connector as ConnectorFact
from diag.facts.world import World
from diag.paths.egress import connector_network
from diag.report import Evidence, Fix, JsonValue, Severity
from diag.requirements.model import Connector, Requirements


@dataclass(frozen=True)
class DeclaredConnector:
    """A connector with declared settings; `found` is None when it is proved not to be there."""

    wanted: Connector
    found: ConnectorFact | None


def _declaring(fields: tuple[str, ...], world: World, declared: Requirements) -> Iterator[Subject[DeclaredConnector]]:
    for wanted in declared.connectors.values():
        if any(getattr(wanted, field) is not None for field in fields):
            name = connector_name(wanted)
            yield Subject(name, DeclaredConnector(wanted, None), wanted.at(), wanted.critical)


def _there(subject: Subject[DeclaredConnector], world: World) -> ConnectorFact | Verdict:
    return world.connector(subject.resource) or skips(
        f"connector {subject.item.wanted.name} is not there; see vpc.connector-missing"
    )


_PLACE = ("network", "subnet")
_SIZE = ("machine_type", "min_instances", "max_instances")


def placed_connectors(world: World, declared: Requirements) -> Iterator[Subject[DeclaredConnector]]:
    """The connectors whose network or subnet is declared."""
    yield from _declaring(_PLACE, world, declared)


def sized_connectors(world: World, declared: Requirements) -> Iterator[Subject[DeclaredConnector]]:
    """The connectors whose machine type or number of instances is declared."""
    yield from _declaring(_SIZE, world, declared)


def names(declared: str, full: str) -> bool:
    """Whether a declared name, short or full, means the resource of that full name."""
    return same(relative(declared), full) if "/" in declared else last(full) == declared


@check(
    "vpc.connector-wrong-network",
    Severity.CRITICAL,
    placed_connectors,
    reads=("connectors", "subnetworks"),
    facts=("VPC-09", "VPC-12"),
    docs=(VPC_ACCESS_DOCS,),
)
def connector_wrong_network(subject: Subject[DeclaredConnector], world: World, declared: Requirements) -> Verdict:
    """VPC connector leads into another network or subnet than declared.

    What is private in the declared network cannot be reached from another one. Neither network nor
    subnet of a connector can be changed.

    Reads the connector's `network` and `subnet`; with a subnet of a Shared VPC host, that host's network.

    Create a connector in the declared network, point the services at it, and delete the old one.
    """
    connector = _there(subject, world)
    if isinstance(connector, Verdict):
        return connector
    wanted = subject.item.wanted
    actual = {
        "network": connector_network(world, connector) if wanted.network else "",
        "subnet": connector.subnetwork,
    }
    required: dict[str, JsonValue] = {field: getattr(wanted, field) for field in _PLACE if getattr(wanted, field)}
    observed: dict[str, JsonValue] = {field: last(actual[field]) or "none: made from a range" for field in required}
    wrong = [field for field, value in required.items() if not names(str(value), actual[field])]
    seen = tuple(
        connector.evidence("network" if field == "network" else "subnet.name", observed[field]) for field in required
    )
    if not wrong:
        return passes(required=required, observed=observed, evidence=seen)
    return fails(
        required=required,
        observed={field: relative(actual[field]) or observed[field] for field in required},
        reason=f"connector {connector.short} leads into {wrong[0]} {observed[wrong[0]]}, not {required[wrong[0]]}: "
        "what is private there cannot be reached by it",
        evidence=seen,
        fix=(Fix(_create_elsewhere(connector, wanted)),),
        declared_at=wanted.at(wrong[0]),
    )


def _create_elsewhere(connector: ConnectorFact, wanted: Connector) -> str:
    where = (
        f"--subnet {last(wanted.subnet)}"
        if wanted.subnet
        else f"--network {last(wanted.network or '')} --range RANGE/28"
    )
    return (
        f"gcloud compute networks vpc-access connectors create NEW_NAME --region {connector.region} "
        f"--project {connector.project} {where}"
    )


@check(
    "vpc.connector-undersized",
    Severity.HIGH,
    sized_connectors,
    reads=("connectors",),
    facts=("VPC-04", "VPC-05", "VPC-18", "VPC-20"),
    docs=(VPC_ACCESS_DOCS,),
)
def connector_undersized(subject: Subject[DeclaredConnector], world: World, declared: Requirements) -> Verdict:
    """VPC connector is smaller than declared.

    What a connector carries is given by its machine type and the number of its instances; beyond it,
    packets are dropped and connections time out. The platform limits no number of connections: a
    declared `concurrent_connections` is judged by the declared size alone.

    Reads machine type, least and largest number of instances; machine types compare by throughput
    (f1-micro, e2-micro, e2-standard-4).

    Enlarge it; the bounds can be raised and never lowered.
    """
    connector = _there(subject, world)
    if isinstance(connector, Verdict):
        return connector
    wanted = subject.item.wanted
    actual: dict[str, JsonValue] = {
        "machine_type": connector.machine_type.read(),
        "min_instances": connector.min_instances,
        "max_instances": connector.max_instances,
    }
    required = {field: getattr(wanted, field) for field in _SIZE if getattr(wanted, field) is not None}
    observed: dict[str, JsonValue] = {field: actual[field] for field in required}
    observed["throughput"] = _throughput(connector)
    small = [field for field, value in required.items() if _below(actual[field], value)]
    details = {"required": required, "observed": observed, "evidence": _size_evidence(connector, actual)}
    if not small:
        return passes(**details, reason=_of_connections(wanted))
    unmet = ", ".join(f"{field} {actual[field]} of {required[field]}" for field in small)
    return fails(
        **details,
        reason=f"connector {connector.short} has {unmet}, and carries {_throughput(connector)}"
        + (f"; {_of_connections(wanted)}" if wanted.concurrent_connections else ""),
        fix=(Fix(_enlarge(connector, {field: required[field] for field in small})),),
        declared_at=wanted.at(small[0]),
    )


def _below(actual: JsonValue, required: str | int) -> bool:
    if isinstance(required, int):
        return int(str(actual)) < required
    if required not in THROUGHPUT:
        said = f"{required} is not a machine type of connectors, so nothing compares with it"
        raise Unseen(Gap(GapKind.UNDECIDED, said, advice=f"declare one of {', '.join(THROUGHPUT)}"))
    return THROUGHPUT[str(actual)] < THROUGHPUT[required]


def _throughput(connector: ConnectorFact) -> str:
    """The estimate of [VPC-05] for its type and bounds: `200–1000 Mbps`."""
    each = THROUGHPUT[connector.machine_type.read()]
    return f"{each * connector.min_instances}–{each * connector.max_instances} Mbps"


def _of_connections(wanted: Connector) -> str:
    if not wanted.concurrent_connections:
        return ""
    return (
        f"the platform limits no number of connections, so {wanted.concurrent_connections} concurrent ones are judged "
        "by the declared size and its throughput only"
    )


_SIZE_FIELDS: Mapping[str, str] = {
    "machine_type": "machineType",
    "min_instances": "minInstances",
    "max_instances": "maxInstances",
}


def _size_evidence(connector: ConnectorFact, actual: Mapping[str, JsonValue]) -> tuple[Evidence, ...]:
    return tuple(
        connector.evidence(path, actual[field], default=not connector.doc_text(path))
        for field, path in _SIZE_FIELDS.items()
    )


def _enlarge(connector: ConnectorFact, to: Mapping[str, str | int]) -> str:
    flags = " ".join(f"--{field.replace('_', '-')} {value}" for field, value in to.items())
    return (
        f"gcloud compute networks vpc-access connectors update {connector.short} --region {connector.region} "
        f"--project {connector.project} {flags}"
    )


def naming_a_connector(world: World, declared: Requirements) -> Iterator[Subject[RevisionView] | Gap]:
    """Every serving revision that names a connector."""
    for subject in revisions(world, declared):
        if isinstance(subject, Gap) or subject.item.revision.connector:
            yield subject


@check(
    "vpc.connector-wrong-place",
    Severity.HIGH,
    naming_a_connector,
    reads=("services", "revisions", "connectors"),
    always=True,
    facts=("VPC-15", "VPC-16"),
    docs=("https://cloud.google.com/run/docs/configuring/vpc-connectors",),
)
def connector_wrong_place(subject: Subject[RevisionView], world: World, declared: Requirements) -> Verdict:
    """VPC connector is in another region or project than the service.

    A connector serves its own region only, and its own project unless the network is shared.

    Reads the connector's name in each serving revision; for another project, whether the connector is
    on a Shared VPC: a subnet of a host project, or the service's project among `connectedProjects`.

    Point the service at a connector of its own region.
    """
    view = subject.item
    name = view.revision.connector
    region, project = segment(name, "locations"), segment(name, "projects")
    if region is None or project is None:
        raise Unseen(view.revision.malformed("vpcAccess.connector", name))
    required, observed = f"{view.revision.project} / {view.revision.region}", f"{project} / {region}"
    seen: tuple[Evidence, ...] = (view.revision.evidence("vpcAccess.connector", name),)
    if region == view.revision.region:
        if _same_project(project, view.revision.project):
            return passes(required=required, observed=observed, evidence=seen)
        connector = world.connector(name)
        if connector is None:
            return skips(f"connector {last(name)} is not there; see vpc.connector-missing", evidence=seen)
        seen += (connector.evidence("connectedProjects"), connector.evidence("subnet.projectId"))
        if _is_shared(connector, view.revision.project):
            return passes(required=f"{required}, or Shared VPC", observed=f"{observed}, shared", evidence=seen)
    return fails(
        required=required,
        observed=observed,
        reason=f"connector {last(name)} cannot carry what {view.service.short} sends: it is in "
        + (f"{region}" if region != view.revision.region else f"{project}, and not shared with this project"),
        evidence=seen,
        fix=update(view.service, "--vpc-connector CONNECTOR_OF_ITS_OWN_REGION"),
    )


def _same_project(one: str, other: str) -> bool:
    return same(f"projects/{one}", f"projects/{other}")


def _is_shared(connector: ConnectorFact, user: str) -> bool:
    connected = any(_same_project(project, user) for project in connector.connected_projects)
    return connected or not _same_project(connector.host_project, connector.project)

"""Where connectors lie: in the declared network, and where the services that name them can use them."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes
from diag.checks.run.declared import update
from diag.checks.subjects import RevisionView, revisions
from diag.checks.vpc.compare import Row, observed_of, required_of, row, unmet
from diag.checks.vpc.connector import VPC_ACCESS_DOCS, command, declaring, not_there, parent
from diag.errors import Unseen
from diag.facts.base import last, relative, same, segment
from diag.facts.vpc import Connector as ConnectorFact
from diag.facts.world import World
from diag.paths.egress import connector_network
from diag.report import Evidence, Fix, JsonValue, Severity
from diag.requirements.model import Connector, Requirements

_PLACE = {"network": "network", "subnet": "subnet.name"}
"""The declared settings that say where a connector leads, and where the API shows them."""


def placed_connectors(world: World, declared: Requirements) -> Iterator[Subject[Connector]]:
    """The declared connectors whose network or subnet is declared."""
    yield from declaring(tuple(_PLACE), declared)


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
def connector_wrong_network(subject: Subject[Connector], world: World, declared: Requirements) -> Verdict:
    """VPC connector leads into another network or subnet than declared.

    What is private in the declared network cannot be reached from another one. Neither network nor
    subnet of a connector can be changed.

    Reads the connector's `network` and `subnet`; with a subnet of a Shared VPC host, that host's network.

    Create a connector in the declared network, point the services at it, and delete the old one.
    """
    wanted, connector = subject.item, world.connector(subject.resource)
    if connector is None:
        return not_there(subject.resource)
    rows = [_placed(connector, wanted, field, world) for field in _PLACE if getattr(wanted, field)]
    wrong = unmet(rows)
    details = {
        "required": required_of(rows),
        "observed": observed_of(rows),
        "evidence": tuple(connector.evidence(_PLACE[one.field], one.observed) for one in rows if not one.gap),
    }
    if not wrong:
        return passes(**details)
    first = wrong[0]
    return fails(
        **details,
        reason=f"connector {connector.short} leads into {first.field} {first.observed}, not {first.required}: "
        "what is private there cannot be reached by it",
        fix=(Fix(_create_elsewhere(connector, wanted)),),
        declared_at=wanted.at(first.field),
    )


def _placed(connector: ConnectorFact, wanted: Connector, field: str, world: World) -> Row:
    required = str(getattr(wanted, field))

    def look() -> tuple[JsonValue, bool]:
        full = connector_network(world, connector) if field == "network" else connector.subnetwork
        # Two networks of different projects may share their short name.
        shown = relative(full) if "/" in required else last(full)
        return shown or "none: made from a range", names(required, full)

    return row(field, required, look)


def _create_elsewhere(connector: ConnectorFact, wanted: Connector) -> str:
    where = (
        f"--subnet {last(wanted.subnet)}"
        if wanted.subnet
        else f"--network {last(wanted.network or '')} --range RANGE/28"
    )
    return f"{command('create', f'{parent(connector.name)}/connectors/NEW_NAME')} {where}"


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
            return not_there(name, evidence=seen)
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

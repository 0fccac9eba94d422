"""Serverless VPC Access connectors: there, ready, in the right place, large enough."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import METHODS, Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.subjects import RevisionView, connector_name, connectors, revisions
from diag.errors import Unseen
from diag.facts.base import last, same, segment
from diag.facts.vpc import Connector as ConnectorFact
from diag.facts.world import World
from diag.paths.egress import connector_evidence
from diag.report import Evidence, Fix, Place, Severity
from diag.requirements.model import Connector, Requirements
from diag.values import dataclass

VPC_ACCESS_DOCS = "https://cloud.google.com/vpc/docs/serverless-vpc-access"


@dataclass(frozen=True)
class Named:
    """A connector that something names: the file, or revisions that take traffic."""

    name: str
    wanted: Connector | None
    users: tuple[RevisionView, ...]
    """The revisions that leave by it."""

    @property
    def declared_at(self) -> Place | None:
        """The line that declares it; else the one that declares how a service which uses it leaves."""
        if self.wanted:
            return self.wanted.at()
        return next((view.wanted.at("egress") for view in self.users if view.wanted), None)


def named_connectors(world: World, declared: Requirements) -> Iterator[Subject[Named] | Gap]:
    """Each connector that is declared or that a serving revision names, once."""
    wanted = {connector_name(item): item for item in declared.connectors.values()}
    users: dict[str, list[RevisionView]] = {name: [] for name in wanted}
    for subject in revisions(world, declared):
        if isinstance(subject, Gap):
            yield subject
        elif name := subject.item.revision.connector:
            known = next((other for other in users if same(other, name)), name)
            users.setdefault(known, []).append(subject.item)
    for name, views in users.items():
        named = Named(name, wanted.get(name), tuple(views))
        yield Subject(name, named, named.declared_at, bool(named.wanted and named.wanted.critical))


def declaring(fields: tuple[str, ...], declared: Requirements) -> Iterator[Subject[Connector]]:
    """The declared connectors of which one of these settings is declared."""
    for wanted in declared.connectors.values():
        written = [field for field in fields if getattr(wanted, field) is not None]
        if written:
            yield Subject(connector_name(wanted), wanted, wanted.at(written[0]), wanted.critical)


def connectors_in_view(world: World, declared: Requirements) -> Iterator[Subject[ConnectorFact | Verdict | Gap] | Gap]:
    """Every connector of the declared regions, and each other one that is declared or that a serving revision names.

    One that is not there is a subject with its `skip`, one that was not seen a subject with its gap. What was
    not seen of revisions is told by vpc.connector-missing.
    """
    seen: list[str] = []
    for listed in connectors(world, declared):
        if isinstance(listed, Gap):
            yield listed
        else:
            seen.append(listed.resource)
            yield Subject(listed.resource, listed.item.connector, listed.declared_at, listed.critical)
    for subject in named_connectors(world, declared):
        if not isinstance(subject, Gap) and not any(same(subject.resource, name) for name in seen):
            found = _found(subject.resource, world)
            yield Subject(subject.resource, found, subject.declared_at, subject.critical)


def _found(name: str, world: World) -> ConnectorFact | Verdict | Gap:
    try:
        return world.connector(name) or not_there(name)
    except Unseen as unseen:
        return unseen.gap


def not_there(name: str, evidence: tuple[Evidence, ...] = ()) -> Verdict:
    """The `skip` for a connector of that full name that is not there."""
    return skips(f"connector {last(name)} is not there; see vpc.connector-missing", evidence=evidence)


def parent(name: str) -> str:
    """The project and region in the full name of a connector."""
    return name.rpartition("/connectors/")[0]


@check(
    "vpc.connector-missing",
    Severity.CRITICAL,
    named_connectors,
    reads=("services", "revisions", "connectors"),
    always=True,
    facts=("VPC-17", "G-05", "G-07"),
    docs=(VPC_ACCESS_DOCS,),
)
def connector_missing(subject: Subject[Named], world: World, declared: Requirements) -> Verdict:
    """VPC connector does not exist.

    A revision that names a connector which is not there cannot be deployed again, and what it sends
    into the VPC goes nowhere; deleting a connector in use is not prevented.

    Reads the connectors of each declared region, and the connector that each serving revision names.

    Create the connector, or point the service at one that exists.
    """
    named = subject.item
    found = world.connector(named.name)
    if found:
        return passes(required="exists", observed="exists", evidence=(found.evidence("name"),))
    _require_own(named)
    who = " and ".join(view.revision.short for view in named.users)
    users = f"; {who} {'leaves' if len(named.users) == 1 else 'leave'} by it" if who else ""
    region = segment(named.name, "locations")
    return fails(
        required="exists",
        observed="not found",
        reason=f"connector {last(named.name)} is not there in {region}{users}",
        evidence=(_others(named.name, world), *(connector_evidence(view.revision) for view in named.users)),
        fix=(Fix(f"{command('create', named.name)} {_place(named.wanted)}"),),
    )


def _require_own(named: Named) -> None:
    """Raises `Unseen` for a connector named by a number that is not shown to be its user's own project's [G-05]."""
    number = segment(named.name, "projects") or ""
    if number.isdigit() and not any(view.service.project_number == number for view in named.users):
        said = f"{named.name} may lie in another project, whose connectors were not read by its number"
        raise Unseen(Gap(GapKind.UNDECIDED, said, advice="name the connector by its project's id"))


def _others(name: str, world: World) -> Evidence:
    """What there is in its region instead."""
    method, there = METHODS["vpcaccess.connectors.list"], [one.short for one in world.connectors_beside(name)]
    return Evidence(method.api, method.name, "connectors", there, world.taken_at, parent(name))


def _place(wanted: Connector | None) -> str:
    """The options that say where a new connector lies, as far as the file declares it."""
    if wanted and wanted.subnet:
        return f"--subnet {last(wanted.subnet)}"
    return f"--network {last(wanted.network) if wanted and wanted.network else 'NETWORK'} --range RANGE/28"


@check(
    "vpc.connector-not-ready",
    Severity.CRITICAL,
    connectors_in_view,
    reads=("services", "revisions", "connectors"),
    always=True,
    facts=("VPC-01",),
    docs=(VPC_ACCESS_DOCS,),
)
def connector_not_ready(
    subject: Subject[ConnectorFact | Verdict | Gap], world: World, declared: Requirements
) -> Verdict:
    """VPC connector is not READY.

    Only a READY connector carries traffic. ERROR is terminal: the connector has to be deleted and
    made again.

    Reads the `state` of each connector of the declared regions, and of those elsewhere by which a serving
    revision leaves.

    Wait for CREATING or UPDATING to end; replace a connector in ERROR.
    """
    connector = subject.item
    if isinstance(connector, Gap):
        raise Unseen(connector)
    if isinstance(connector, Verdict):
        return connector
    state = connector.state
    seen = (connector.evidence("state", state),)
    if state == "READY":
        return passes(required="READY", observed=state, evidence=seen)
    return fails(
        required="READY",
        observed=state,
        reason=f"no revision that leaves by {connector.short} reaches the VPC while it is {state}",
        evidence=seen,
        fix=_replace(connector) if state == "ERROR" else (Fix(command("describe", connector.name), mutates=False),),
    )


def command(verb: str, name: str) -> str:
    """The gcloud command on the connector of that full name."""
    place = f"--region {segment(name, 'locations')} --project {segment(name, 'projects')}"
    return f"gcloud compute networks vpc-access connectors {verb} {last(name)} {place}"


def _replace(connector: ConnectorFact) -> tuple[Fix, ...]:
    """The commands that make a connector in ERROR again, where and as large as it was."""
    if connector.subnetwork:
        shared = f" --subnet-project {connector.host_project}" if connector.host_project != connector.project else ""
        place = f"--subnet {last(connector.subnetwork)}{shared}"
    else:
        place = f"--network {last(connector.network)} --range {connector.doc_text('ipCidrRange') or 'RANGE/28'}"
    flags = {"machine-type": "machineType", "min-instances": "minInstances", "max-instances": "maxInstances"}
    size = "".join(f" --{flag} {said}" for flag, field in flags.items() if (said := connector.doc_text(field)))
    return Fix(command("delete", connector.name)), Fix(f"{command('create', connector.name)} {place}{size}")

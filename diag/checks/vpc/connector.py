"""Serverless VPC Access connectors: there, ready, in the right place, large enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes
from diag.checks.subjects import ConnectorView, connector_name, connectors, services
from diag.errors import Unseen
from diag.facts.base import last, same, segment
from diag.facts.vpc import Connector as ConnectorFact
from diag.facts.world import World
from diag.report import Fix, Severity
from diag.requirements.model import Connector, Requirements

VPC_ACCESS_DOCS = "https://cloud.google.com/vpc/docs/serverless-vpc-access"


@dataclass(frozen=True)
class Named:
    """A connector that something names: the file, or revisions that take traffic."""

    name: str
    wanted: Connector | None
    users: tuple[str, ...]
    """Short names of the revisions that leave by it."""


def named_connectors(world: World, declared: Requirements) -> Iterator[Subject[Named] | Gap]:
    """Each connector that is declared or that a serving revision names, once."""
    users: dict[str, list[str]] = {connector_name(item): [] for item in declared.connectors.values()}
    for subject in services(world, declared):
        if isinstance(subject, Gap):
            yield subject
            continue
        try:
            for revision in world.serving(subject.item.service):
                if revision.connector:
                    known = next((name for name in users if same(name, revision.connector)), revision.connector)
                    users.setdefault(known, []).append(revision.short)
        except Unseen as unseen:
            yield unseen.gap
    wanted = {connector_name(item): item for item in declared.connectors.values()}
    for name, revisions in users.items():
        item = wanted.get(name)
        yield Subject(
            name, Named(name, item, tuple(revisions)), item.at() if item else None, bool(item and item.critical)
        )


@check(
    "vpc.connector-missing",
    Severity.CRITICAL,
    named_connectors,
    reads=("services", "revisions", "connectors"),
    always=True,
    facts=("VPC-17",),
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
    users = f"; {', '.join(named.users)} leave by it" if named.users else ""
    project, region = segment(named.name, "projects"), segment(named.name, "locations")
    create = (
        f"gcloud compute networks vpc-access connectors create {last(named.name)} --region {region} "
        f"--project {project} {_place(named.wanted)}"
    )
    return fails(
        required="exists",
        observed="not found",
        reason=f"connector {last(named.name)} is not there in {region}{users}",
        fix=(Fix(create),),
    )


def _place(wanted: Connector | None) -> str:
    """The options that say where a new connector lies, as far as the file declares it."""
    if wanted and wanted.subnet:
        return f"--subnet {last(wanted.subnet)}"
    return f"--network {last(wanted.network) if wanted and wanted.network else 'NETWORK'} --range RANGE/28"


@check(
    "vpc.connector-not-ready",
    Severity.CRITICAL,
    connectors,
    reads=("connectors",),
    always=True,
    facts=("VPC-01",),
    docs=(VPC_ACCESS_DOCS,),
)
def connector_not_ready(subject: Subject[ConnectorView], world: World, declared: Requirements) -> Verdict:
    """VPC connector is not READY.

    Only a READY connector carries traffic. ERROR is terminal: the connector has to be deleted and
    made again.

    Reads the connector's `state`.

    Wait for CREATING or UPDATING to end; replace a connector in ERROR.
    """
    connector = subject.item.connector
    state = connector.state.read()
    seen = (connector.evidence("state", state),)
    if state == "READY":
        return passes(required="READY", observed=state, evidence=seen)
    return fails(
        required="READY",
        observed=state,
        reason=f"no revision that leaves by {connector.short} reaches the VPC while it is {state}",
        evidence=seen,
        fix=_replace(connector) if state == "ERROR" else (Fix(_command("describe", connector), mutates=False),),
    )


def _command(verb: str, connector: ConnectorFact) -> str:
    return (
        f"gcloud compute networks vpc-access connectors {verb} {connector.short} --region {connector.region} "
        f"--project {connector.project}"
    )


def _replace(connector: ConnectorFact) -> tuple[Fix, ...]:
    """The commands that make a connector in ERROR again, where and as large as it was."""
    if connector.subnetwork:
        shared = f" --subnet-project {connector.host_project}" if connector.host_project != connector.project else ""
        place = f"--subnet {last(connector.subnetwork)}{shared}"
    else:
        place = f"--network {last(connector.network)} --range {connector.text('ipCidrRange') or 'RANGE/28'}"
    size = (
        f"--machine-type {connector.machine_type} --min-instances {connector.min_instances} "
        f"--max-instances {connector.max_instances}"
    )
    return Fix(_command("delete", connector)), Fix(f"{_command('create', connector)} {place} {size}")

"""Serverless VPC Access connectors: there, ready, in the right place, large enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes
from diag.checks.subjects import ConnectorView, connector_name, connectors, services
from diag.errors import Unseen
from diag.facts.base import last
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
                    users.setdefault(revision.connector, []).append(revision.short)
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
    region = named.name.split("/")[3]
    create = (
        f"gcloud compute networks vpc-access connectors create {last(named.name)} --region {region} "
        "--network NETWORK --range RANGE/28"
    )
    return fails(
        required="exists",
        observed="not found",
        reason=f"connector {last(named.name)} is not there in {region}{users}",
        fix=(Fix(create),),
    )


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
    show = f"gcloud compute networks vpc-access connectors describe {connector.short} --region {connector.region}"
    return fails(
        required="READY",
        observed=state,
        reason=f"no revision that leaves by {connector.short} reaches the VPC while it is {state}",
        evidence=seen,
        fix=(Fix(show, mutates=False),),
    )

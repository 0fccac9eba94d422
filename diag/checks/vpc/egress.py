"""Whether revisions leave the way that is declared."""

from __future__ import annotations

from diag.checks.check import Subject, Verdict, fails, passes
from diag.checks.run.declared import DeclaredRevision, on_revision, update
from diag.checks.subjects import connector_name
from diag.checks.vpc.connector_settings import names
from diag.checks.vpc.way import RUN_VPC_DOCS, missing
from diag.facts.base import last, same
from diag.facts.world import World
from diag.paths.egress import Attachment, Egress, Missing, leave
from diag.report import Fix, JsonValue, Severity
from diag.requirements.model import Egress as Declared
from diag.requirements.model import Requirements

MODES = {"all-traffic": "ALL_TRAFFIC", "private-ranges-only": "PRIVATE_RANGES_ONLY"}
"""The file's words for the platform's [EGR-01]."""


@on_revision(
    "vpc.egress-wrong",
    Severity.CRITICAL,
    "egress",
    also_reads=("connectors", "subnetworks"),
    facts=("EGR-01", "DVE-01", "DVE-02"),
    docs=(RUN_VPC_DOCS,),
)
def egress_wrong(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Verdict:
    """A serving revision leaves by another way than declared.

    Connector, network and mode are settings of the revision: after a roll-back, or while traffic is
    pinned, an older one may leave by another way than the service's template says.

    Reads `vpcAccess` of each serving revision; an unset mode is private-ranges-only.

    Deploy the declared way out, and give that revision the traffic.
    """
    item = subject.item
    wanted: Declared = item.required
    egress = leave(world, item.revision)
    if isinstance(egress, Missing):
        return missing(egress)
    required = {field: value for field in _FIELDS if (value := getattr(wanted, field)) is not None}
    observed = {field: _observed(field, egress) for field in required}
    wrong = [field for field, value in required.items() if not _as_declared(field, value, egress, declared)]
    if not wrong:
        return passes(required=required, observed=observed, evidence=egress.evidence())
    return fails(
        required=required,
        observed=observed,
        reason=f"{item.revision.short} takes traffic and leaves by {_way(egress)}: "
        f"{wrong[0]} is {observed[wrong[0]]}, not {required[wrong[0]]}",
        evidence=egress.evidence(),
        fix=_fix(item, wanted, declared),
        declared_at=wanted.at(wrong[0]),
    )


_FIELDS = ("connector", "network", "subnet", "mode")


def _observed(field: str, egress: Egress) -> JsonValue:
    if egress.attachment is Attachment.NONE:
        return "none: no VPC egress"
    if field == "mode":
        return next(word for word, value in MODES.items() if value == egress.revision.egress)
    if field == "connector":
        return egress.connector.short if egress.connector else f"none: {egress.attachment.value}"
    if egress.connector:
        return f"by connector {egress.connector.short}"
    return last(egress.network if field == "network" else egress.subnet_name)


def _as_declared(field: str, value: str, egress: Egress, declared: Requirements) -> bool:
    if egress.attachment is Attachment.NONE:
        return False
    if field == "mode":
        return egress.revision.egress == MODES[value]
    if field == "connector":
        section = declared.connectors.get(value)
        name = connector_name(section) if section else value
        return egress.connector is not None and (
            same(egress.connector.name, name) if "/" in name else egress.connector.short == name
        )
    # A network or subnet is declared for Direct VPC egress; by a connector it is another way out.
    return egress.attachment is Attachment.DIRECT and names(
        value, egress.network if field == "network" else egress.subnet_name
    )


def _way(egress: Egress) -> str:
    if egress.connector:
        return f"connector {egress.connector.short}"
    return egress.attachment.value


def _fix(item: DeclaredRevision, wanted: Declared, declared: Requirements) -> tuple[Fix, ...]:
    flags = []
    if wanted.connector:
        section = declared.connectors.get(wanted.connector)
        own = section is None or same(f"projects/{section.project}", f"projects/{item.service.project}")
        flags.append(f"--vpc-connector {wanted.connector if own or section is None else connector_name(section)}")
    if wanted.network:
        flags.append(f"--network {wanted.network}")
    if wanted.subnet:
        flags.append(f"--subnet {wanted.subnet}")
    if wanted.mode:
        flags.append(f"--vpc-egress {wanted.mode}")
    return update(item.service, " ".join(flags))

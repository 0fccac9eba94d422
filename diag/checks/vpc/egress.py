"""Whether revisions leave the way that is declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diag.checks.check import Subject, Verdict, fails, passes
from diag.checks.run.declared import DeclaredRevision, on_revision, update
from diag.checks.subjects import connector_name
from diag.checks.vpc.compare import Row, observed_of, required_of, row, unmet
from diag.checks.vpc.connector import not_there
from diag.checks.vpc.connector_place import names
from diag.checks.vpc.way import RUN_VPC_DOCS
from diag.facts.base import last, relative, same
from diag.facts.run import Revision
from diag.facts.world import World
from diag.paths.egress import Attachment, Egress, Missing, attachment, leave, settings_evidence
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
    fields = [field for field in ("connector", "network", "subnet", "mode") if getattr(wanted, field) is not None]
    rows = [_row(field, str(getattr(wanted, field)), item.revision, world, declared) for field in fields]
    wrong = unmet(rows)
    details = {
        "required": required_of(rows),
        "observed": observed_of(rows),
        "evidence": settings_evidence(item.revision),
    }
    if wrong:
        first = wrong[0]
        return fails(
            **details,
            reason=f"{item.revision.short} takes traffic and leaves by {_way(item.revision)}: "
            f"{first.field} is {first.observed}, not {first.required}",
            fix=_fix(item, wanted, declared),
            declared_at=wanted.at(first.field),
        )
    gone = item.revision.connector
    return passes(**details) if not gone or world.connector(gone) else not_there(gone)


def _row(field: str, required: str, revision: Revision, world: World, declared: Requirements) -> Row:
    looks: Mapping[str, Callable[[], tuple[JsonValue, bool]]] = {
        "connector": lambda: _connector(required, revision, declared),
        "network": lambda: _interface(required, revision, world, lambda egress: egress.network),
        "subnet": lambda: _interface(required, revision, world, lambda egress: egress.subnet_name),
        "mode": lambda: _mode(required, revision),
    }
    return row(field, required, looks[field])


def _connector(required: str, revision: Revision, declared: Requirements) -> tuple[JsonValue, bool]:
    if attachment(revision) is not Attachment.CONNECTOR:
        return f"none: {attachment(revision).value}", False
    section = declared.connectors.get(required)
    met = names(connector_name(section) if section else required, revision.connector)
    # Two connectors of different places may share their short name.
    return last(revision.connector) if met or last(revision.connector) != required else revision.connector, met


def _interface(
    required: str, revision: Revision, world: World, full: Callable[[Egress], str]
) -> tuple[JsonValue, bool]:
    """A network or subnet is declared for Direct VPC egress; by a connector it is another way out."""
    if attachment(revision) is not Attachment.DIRECT:
        return f"none: {_way(revision)}", False
    egress = leave(world, revision)
    found = "" if isinstance(egress, Missing) else full(egress)
    return relative(found) if "/" in required else last(found), names(required, found)


def _mode(required: str, revision: Revision) -> tuple[JsonValue, bool]:
    if attachment(revision) is Attachment.NONE:
        return "none: no VPC egress", False
    return next(word for word, value in MODES.items() if value == revision.egress), revision.egress == MODES[required]


def _way(revision: Revision) -> str:
    return f"connector {last(revision.connector)}" if revision.connector else attachment(revision).value


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

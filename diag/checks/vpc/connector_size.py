"""How large connectors are, against what is declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.vpc.compare import Row, observed_of, required_of, row, unmet
from diag.checks.vpc.connector import VPC_ACCESS_DOCS, command, declaring, not_there
from diag.errors import Unseen
from diag.facts.vpc import HIGHEST_MAX_INSTANCES, HIGHEST_MIN_INSTANCES, THROUGHPUT
from diag.facts.vpc import Connector as ConnectorFact
from diag.facts.world import World
from diag.report import Evidence, Fix, JsonValue, Severity
from diag.requirements.model import Connector, Requirements

_SIZE: Mapping[str, str] = {
    "machine_type": "machineType",
    "min_instances": "minInstances",
    "max_instances": "maxInstances",
}
"""The declared settings that say how large a connector is, and where the API shows them."""
_MOST: Mapping[str, int] = {"min_instances": HIGHEST_MIN_INSTANCES, "max_instances": HIGHEST_MAX_INSTANCES}


def sized_connectors(world: World, declared: Requirements) -> Iterator[Subject[Connector]]:
    """The declared connectors whose machine type or number of instances is declared."""
    yield from declaring(tuple(_SIZE), declared)


@check(
    "vpc.connector-undersized",
    Severity.HIGH,
    sized_connectors,
    reads=("connectors",),
    facts=("VPC-03", "VPC-04", "VPC-05", "VPC-06", "VPC-08", "VPC-18", "VPC-20"),
    docs=(VPC_ACCESS_DOCS,),
)
def connector_undersized(subject: Subject[Connector], world: World, declared: Requirements) -> Verdict:
    """VPC connector is smaller than declared.

    What a connector carries is given by its machine type and the number of its instances; beyond it,
    packets are dropped and connections time out. The platform limits no number of connections: a
    declared `concurrent_connections` is judged by the declared size alone.

    Reads machine type, least and largest number of instances; machine types compare by throughput
    (f1-micro, e2-micro, e2-standard-4). A declared value that no connector can have is left to req.infeasible.

    Enlarge it; the bounds can be raised and never lowered.
    """
    wanted, connector = subject.item, world.connector(subject.resource)
    if connector is None:
        return not_there(subject.resource)
    fields = [field for field in _SIZE if _is_possible(field, getattr(wanted, field))]
    if not fields:
        return skips(f"what is declared of {connector.short} no connector can have: see req.infeasible")
    rows = [_sized(connector, wanted, field) for field in fields]
    small = unmet(rows)
    throughput = _throughput(connector)
    details = {
        "required": required_of(rows),
        "observed": observed_of(rows) | {"throughput": throughput},
        "evidence": _size_evidence(connector, rows),
    }
    if not small:
        return passes(**details, reason=_of_connections(wanted))
    lacks = ", ".join(f"{one.field} {one.observed} of {one.required}" for one in small)
    said = f"connector {connector.short} has {lacks}, and its throughput is {throughput}"
    return fails(
        **details,
        reason="; ".join(filter(None, (said, _of_connections(wanted)))),
        fix=(Fix(_enlarge(connector, small)),),
        declared_at=wanted.at(small[0].field),
    )


def _is_possible(field: str, required: JsonValue) -> bool:
    """Whether a connector can have what is declared; it is no fault of one that it lacks what none has."""
    if isinstance(required, int):
        return required <= _MOST[field]
    return required in THROUGHPUT


def _sized(connector: ConnectorFact, wanted: Connector, field: str) -> Row:
    required = getattr(wanted, field)
    if field == "machine_type":
        return row(field, required, lambda: _machine(connector, str(required)))

    def look() -> tuple[JsonValue, bool]:
        actual: int = getattr(connector, field)
        return actual, actual >= required

    return row(field, required, look)


def _machine(connector: ConnectorFact, required: str) -> tuple[JsonValue, bool]:
    actual = connector.machine_type.read()
    return actual, THROUGHPUT[actual] >= THROUGHPUT[required]


def _throughput(connector: ConnectorFact) -> str:
    """The estimate of [VPC-05] for its type and bounds: `200–1000 Mbps`."""
    try:
        each = THROUGHPUT[connector.machine_type.read()]
        return f"{each * connector.min_instances}–{each * connector.max_instances} Mbps"
    except Unseen:
        return "not known"


def _of_connections(wanted: Connector) -> str:
    if not wanted.concurrent_connections:
        return ""
    return (
        f"the platform limits no number of connections, so {wanted.concurrent_connections} concurrent ones are judged "
        "by the declared size and its throughput only"
    )


def _size_evidence(connector: ConnectorFact, rows: Sequence[Row]) -> tuple[Evidence, ...]:
    shown = observed_of(rows)
    return tuple(
        connector.evidence(path, shown[field], default=not connector.doc_text(path))
        for field, path in _SIZE.items()
        if field in shown
    )


def _enlarge(connector: ConnectorFact, small: Sequence[Row]) -> str:
    flags = (f"--{one.field.replace('_', '-')} {one.required}" for one in small)
    return f"{command('update', connector.name)} {' '.join(flags)}"

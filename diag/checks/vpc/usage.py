"""What connectors and NAT gateways carry, over the window, against what they can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes, skips, warns
from diag.checks.measured import SHARE_LIMITS, Figure, Limits, gauge, judged, percent, rounded, total
from diag.checks.vpc.connector import VPC_ACCESS_DOCS, Named, command, named_connectors, not_there
from diag.checks.vpc.way import NAT_DOCS, Way, on_way
from diag.errors import Unseen
from diag.facts.metrics import TimeSeries, percentile
from diag.facts.vpc import THROUGHPUT, Connector
from diag.facts.world import World
from diag.paths.nat import Translation, public_nat
from diag.report import Fix, Severity, Status
from diag.requirements.model import Requirements

CONNECTOR = "vpcaccess.googleapis.com/connector"
CPU, INSTANCES = f"{CONNECTOR}/cpu/utilizations", f"{CONNECTOR}/instances"
SENT, RECEIVED = f"{CONNECTOR}/sent_bytes_count", f"{CONNECTOR}/received_bytes_count"
NAT = "router.googleapis.com/nat"
DROPPED, FAILED, PORTS = f"{NAT}/dropped_sent_packets_count", f"{NAT}/nat_allocation_failed", f"{NAT}/port_usage"
NAT_METRICS_DOCS = "https://cloud.google.com/nat/docs/monitoring"
_MEGABIT = 1_000_000


def in_use(world: World, declared: Requirements) -> Iterator[Subject[Named] | Gap]:
    """Each declared connector, and each other one that a declared service leaves by."""
    for subject in named_connectors(world, declared):
        if isinstance(subject, Gap) or subject.item.wanted or any(view.wanted for view in subject.item.users):
            yield subject


@check(
    "vpc.connector-saturated",
    Severity.HIGH,
    in_use,
    reads=("services", "revisions", "connectors", *(f"metrics/{name}" for name in (CPU, INSTANCES, SENT, RECEIVED))),
    facts=("VPC-05", "VPC-07", "VPC-40", "VPC-41", "VPC-42"),
    docs=(VPC_ACCESS_DOCS,),
)
def connector_saturated(subject: Subject[Named], world: World, declared: Requirements) -> Verdict:
    """VPC connector is at the limit of what it carries.

    Beyond its CPU or throughput packets are dropped: connections through it get slow and time out. A
    connector adds instances with traffic and never removes them, so that all of them running alone
    says only that there was traffic once.

    Reads CPU (95th percentile over the window) and bytes sent and received against the throughput of
    its machine type at its largest number of instances; the thresholds are its `utilization`.

    Choose a larger machine type, or more instances; or move the services to Direct VPC egress.
    """
    named = subject.item
    connector = world.connector(named.name)
    if connector is None:
        return not_there(named.name)
    limits = Limits.of(named.wanted, "utilization", SHARE_LIMITS)
    cpu = gauge(_on(world, CPU, connector), f"{CPU} of {connector.short}", max)
    carried = _throughput(world, connector)
    observed = f"CPU {percent(cpu.value)}, throughput {percent(carried.value)} of its ceiling (95th percentile)"
    worst = max((cpu, carried), key=lambda figure: figure.value)
    evidence = (carried if worst is cpu else cpu).evidence
    more = Fix(f"{command('update', connector.name)} --machine-type e2-standard-4")
    reason = f"connector {connector.short} is close to what it carries: connections through it slow down and time out"
    verdict = judged(worst, limits, observed, reason, evidence=evidence, fix=(more,))
    return _at_maximum(world, connector, verdict) if verdict.status is Status.PASS else verdict


def _at_maximum(world: World, connector: Connector, verdict: Verdict) -> Verdict:
    """All instances running alone warns [VPC-07]; what else was judged passed."""
    running = gauge(_on(world, INSTANCES, connector), f"{INSTANCES} of {connector.short}")
    details = {
        "required": verdict.required,
        "observed": f"{verdict.observed}; {running.highest:g} of {connector.max_instances} instances",
        "evidence": (*verdict.evidence, *running.evidence, connector.evidence("maxInstances")),
        "declared_at": verdict.declared_at,
    }
    if running.highest < connector.max_instances:
        return passes(**details)
    reason = f"connector {connector.short} runs all of its instances; it adds none with more traffic, and removes none"
    return warns(reason=reason, fix=(Fix(f"{command('update', connector.name)} --max-instances NUMBER"),), **details)


def _on(world: World, metric: str, connector: Connector) -> tuple[TimeSeries, ...]:
    """The series of one connector; its name is unique in its region."""
    found = world.series(metric, connector.project, by="connector_name", value=connector.short)
    return tuple(one for one in found if _region(one) in ("", connector.region))


def _region(series: TimeSeries) -> str:
    return series.resource.get("region") or series.resource.get("location") or ""


def _throughput(world: World, connector: Connector) -> Figure:
    """The busier direction's share of the ceiling; what was counted nowhere is unknown where a gauge has no point."""
    ceiling = THROUGHPUT[connector.machine_type.read()] * connector.max_instances
    series = [_on(world, metric, connector) for metric in (SENT, RECEIVED)]
    rates = [_rates(one) for one in series]
    if not any(rates):
        return Figure(0.0, 0.0, 0, ())  # no byte was counted, and the CPU's gauge says that it runs
    busiest = max((rate for rate in rates if rate), key=lambda rate: percentile(rate, 0.95))
    value, highest = percentile(busiest, 0.95), max(busiest)
    first = series[rates.index(busiest)][0]
    evidence = (
        first.evidence("p95 Mbps", rounded(value)),
        first.evidence("max Mbps", rounded(highest)),
        connector.evidence("machineType"),
        connector.evidence("maxInstances", f"{connector.max_instances}: {ceiling} Mbps"),
    )
    return Figure(value / ceiling, highest / ceiling, len(busiest), evidence)


def _rates(series: Sequence[TimeSeries]) -> list[float]:
    """Mbps of each interval, series added up; a point without a length counts for the shortest that there is."""
    rates: dict[object, float] = {}
    for one in series:
        for point in one.points:
            seconds = (point.end - point.start).total_seconds() or 60.0
            rates[point.end] = rates.get(point.end, 0.0) + point.value * 8 / seconds / _MEGABIT
    return list(rates.values())


@on_way(
    "vpc.nat-exhausted",
    Severity.HIGH,
    also_reads=("networks", "routers", *(f"metrics/{name}" for name in (DROPPED, FAILED, PORTS))),
    facts=("EGR-08", "EGR-09", "EGR-10"),
    docs=(NAT_METRICS_DOCS, NAT_DOCS),
)
def nat_exhausted(subject: Subject[Way], world: World, declared: Requirements) -> Verdict:
    """Cloud NAT drops packets for want of ports or addresses.

    Every connection to one destination takes a port of its own; without a free one, new connections
    fail, and only those.

    Reads, of the NAT that carries what serving revisions send to the internet, the packets dropped for
    want of resources and the failed allocations of addresses over the window.

    Raise the ports for each VM, allow dynamic allocation, or add addresses.
    """
    way = subject.item
    found = public_nat(world, way.egress)
    if found is None:
        return skips(f"no public NAT covers {way.name.rpartition('/')[2]}; see vpc.nat-missing")
    dropped = [one for one in _nat(world, DROPPED, found) if one.labels.get("reason", _WANT) == _WANT]
    failed = _nat(world, FAILED, found)
    lost, unallocated = total(dropped), total(failed)
    evidence = tuple(one.evidence("total", rounded(total([one]))) for one in (*dropped, *failed))
    details = {
        "required": "drops nothing for want of ports or addresses",
        "observed": f"{rounded(lost):g} packets dropped, {rounded(unallocated):g} failed allocations",
        "evidence": evidence or found.evidence(),
    }
    if lost or unallocated:
        what = "its addresses do not suffice" if unallocated else "its ports do not suffice"
        reason = f"NAT {found.nat.name} drops what {way.services} {way.verb} to the internet: {what}"
        return fails(reason=reason, fix=(Fix(_widen(found)),), **details)
    if not any(one.points for one in (*dropped, *failed)):
        return _nothing_counted(world, found)
    return passes(**details)


_WANT = "OUT_OF_RESOURCES"
"""The reason of a drop that more ports or addresses would prevent."""


def _nothing_counted(world: World, found: Translation) -> Verdict:
    ports = _nat(world, PORTS, found)
    if any(one.points for one in ports):
        return skips(f"NAT {found.nat.name} counted no drop in the window", evidence=found.evidence())
    said = f"nothing was measured of NAT {found.nat.name} in the window"
    raise Unseen(
        Gap(GapKind.UNDECIDED, said, found.router.origin.call, advice="send something through it, and look again")
    )


def _nat(world: World, metric: str, found: Translation) -> tuple[TimeSeries, ...]:
    """The series of one NAT; its name is unique in its router, and the router's in its region."""
    router = found.router
    series = world.series(metric, router.project, by="gateway_name", value=found.nat.name)
    own = ("", router.doc_text("id"), router.short)
    return tuple(
        one for one in series if _region(one) in ("", router.region) and (one.resource.get("router_id") or "") in own
    )


def _widen(found: Translation) -> str:
    router = found.router
    return (
        f"gcloud compute routers nats update {found.nat.name} --router {router.short} --region {router.region} "
        f"--project {router.project} --enable-dynamic-port-allocation --min-ports-per-vm 256 --max-ports-per-vm 8192"
    )

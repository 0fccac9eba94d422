"""Where the names of declared domains lead, as far as Cloud DNS of the project says it."""

from __future__ import annotations

from ipaddress import ip_address

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.lb.views import FRONT, DomainView, domains, unserved
from diag.errors import Unseen
from diag.facts.dns import RecordSet, Zone
from diag.facts.world import World
from diag.paths.frontend import Served
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements

DOCS = "https://cloud.google.com/load-balancing/docs/ssl-certificates/google-managed-certs"
_MOST_ALIASES = 8


@check(
    "lb.dns-elsewhere",
    Severity.CRITICAL,
    domains,
    reads=(*FRONT, "dns_zones", "dns_records"),
    facts=("CRT-06", "FE-13"),
    docs=(DOCS,),
)
def dns_elsewhere(subject: Subject[DomainView], world: World, declared: Requirements) -> Verdict:
    """The domain's name leads elsewhere than to the load balancer.

    Clients follow the name. A stray AAAA record sends those with IPv6 elsewhere, and keeps managed
    certificates from being issued.

    Reads the public Cloud DNS zones of the project, and the addresses of the forwarding rules on 443 that
    take the domain. Without a zone for it, `diag probe` shows where the name leads.

    Point A and AAAA records to the forwarding rules' addresses, and remove the others.
    """
    host = subject.item.domain.name
    zone = _zone(world, host)
    if zone is None:
        return skips(f"no Cloud DNS zone of {world.project} is for {host}; a probe of the domain shows where it leads")
    served = subject.item.served()
    if not served.entries:
        return unserved(host)
    records = _records(world, zone, host)
    wanted = sorted({entry.front.rule.address for entry in served.entries})
    details = {
        "required": f"{host} leads to {' or '.join(wanted)}",
        "observed": ", ".join(f"{record.type} {', '.join(record.data)}" for record in records) or "no record",
        "evidence": (*(record.evidence("rrdatas") for record in records), *_addresses(served)),
    }
    if not records:
        reason = f"zone {zone.short} has no address for {host}"
        fix = tuple(_point(zone, host, wanted, kind, "create") for kind in _kinds(wanted))
        return fails(reason=reason, fix=fix, **details)
    stray = [address for record in records for address in record.data if not _among(address, wanted)]
    if not stray:
        return passes(**details)
    reason = f"{host} leads to {', '.join(stray)}, which is no address of its load balancer"
    wrong = {record.type: record.host for record in records if not all(_among(one, wanted) for one in record.data)}
    fix = tuple(_correct(zone, name, wanted, kind) for kind, name in wrong.items())
    return fails(reason=reason, fix=fix, **details)


def _zone(world: World, host: str) -> Zone | None:
    """The public zone that is nearest to the host; None where there is none, or Cloud DNS is not in use."""
    try:
        zones = world.zones().whole()
    except Unseen as unseen:
        if unseen.gap.kind is GapKind.DISABLED:
            return None
        raise
    fitting = [
        zone
        for zone in zones
        if (host == zone.suffix or host.endswith(f".{zone.suffix}")) and zone.visibility.read() == "public"
    ]
    return max(fitting, key=lambda zone: len(zone.suffix), default=None)


def _records(world: World, zone: Zone, host: str) -> list[RecordSet]:
    """The A and AAAA records of the host, by way of its aliases; raises `Unseen` where another name server decides."""
    records = world.records(zone).whole()
    name = host
    for _ in range(_MOST_ALIASES):
        own = [record for record in records if record.host == name] or [
            record for record in records if record.host == f"*.{name.partition('.')[2]}"
        ]
        if any(record.routed for record in own):
            said = f"a routing policy of zone {zone.short} decides where {host} leads"
            raise Unseen(Gap(GapKind.UNDECIDED, said, zone.origin.call, advice="diag probe"))
        alias = next((record.data[0].rstrip(".") for record in own if record.type == "CNAME" and record.data), "")
        if not alias:
            _require_own(zone, records, host, own)
            return [record for record in own if record.type in ("A", "AAAA")]
        if alias != zone.suffix and not alias.endswith(f".{zone.suffix}"):
            said = f"{host} is an alias of {alias}, which is not in zone {zone.short}"
            raise Unseen(Gap(GapKind.UNDECIDED, said, zone.origin.call, advice="diag probe"))
        name = alias
    raise Unseen(Gap(GapKind.UNDECIDED, f"the aliases of {host} in zone {zone.short} do not end", zone.origin.call))


def _require_own(zone: Zone, records: tuple[RecordSet, ...], host: str, own: list[RecordSet]) -> None:
    """Raises `Unseen` when a part of the zone that holds the host is delegated to other name servers."""
    for record in records:
        delegated = record.type == "NS" and record.host != zone.suffix
        if delegated and not own and (host == record.host or host.endswith(f".{record.host}")):
            said = f"{record.host} is delegated to other name servers, which say where {host} leads"
            raise Unseen(Gap(GapKind.UNDECIDED, said, zone.origin.call, advice="diag probe"))


def _among(address: str, wanted: list[str]) -> bool:
    try:
        return ip_address(address) in {ip_address(one.partition("/")[0]) for one in wanted if one}
    except ValueError:
        return address in wanted


def _addresses(served: Served) -> tuple[Evidence, ...]:
    return tuple(entry.front.rule.evidence("IPAddress") for entry in served.entries)


def _kinds(wanted: list[str]) -> list[str]:
    """The types of record that the addresses need."""
    return sorted({"AAAA" if ":" in address else "A" for address in wanted})


def _correct(zone: Zone, name: str, wanted: list[str], kind: str) -> Fix:
    """The command that points a record to the load balancer; one of a type for which it has no address has to go."""
    if kind in _kinds(wanted):
        return _point(zone, name, wanted, kind, "update")
    return Fix(f"gcloud dns record-sets delete {name}. --zone {zone.short} --project {zone.project} --type {kind}")


def _point(zone: Zone, name: str, wanted: list[str], kind: str, verb: str) -> Fix:
    addresses = [one.partition("/")[0] for one in wanted if (":" in one) == (kind == "AAAA")]
    return Fix(
        f"gcloud dns record-sets {verb} {name}. --zone {zone.short} --project {zone.project} "
        f"--type {kind} --ttl 300 --rrdatas {','.join(addresses) or 'ADDRESS'}"
    )

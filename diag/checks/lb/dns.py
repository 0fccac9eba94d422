"""Where the names of declared domains lead, as far as Cloud DNS of the project says it."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.lb.views import FRONT, DomainView, domains, unserved
from diag.errors import Unseen
from diag.facts.dns import RecordSet, Zone, within
from diag.facts.world import World
from diag.paths.frontend import Served
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements

DOCS = "https://cloud.google.com/load-balancing/docs/ssl-certificates/google-managed-certs"
_MOST_ALIASES = 8
_SHARED = (
    "run.app",
    "googlehosted.com",
    "appspot.com",
    "cloudfunctions.net",
    "web.app",
    "firebaseapp.com",
    "storage.googleapis.com",
)
"""Names of Google's own front ends, which are no load balancer of a project; domain mappings use the second."""


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
    zones = _zones(world, host)
    if not zones:
        return skips(f"no Cloud DNS zone of {world.project} is for {host}; a probe of the domain shows where it leads")
    served = subject.item.served()
    if not served.entries:
        return unserved(host)
    zone = _answering(world, zones, host)
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
    fix = tuple(one for kind, name in wrong.items() for one in _correct(zone, name, wanted, kind))
    return fails(reason=reason, fix=fix, **details)


def _zones(world: World, host: str) -> list[Zone]:
    """The public zones that the host lies in, the widest first; none where Cloud DNS is not in use."""
    try:
        zones = world.zones().whole()
    except Unseen as unseen:
        if unseen.gap.kind is GapKind.DISABLED:
            return []
        raise
    fitting = [zone for zone in zones if within(host, zone.suffix) and zone.visibility.read() == "public"]
    return sorted(fitting, key=lambda zone: len(zone.suffix))


def _answering(world: World, zones: Sequence[Zone], host: str) -> Zone:
    """The zone that answers for the host: the widest, or the one that it delegates to, and so on.

    Raises `Unseen` where two are for the same name: the registrar knows which of them is asked.
    """
    found = zones[0]
    for zone in zones[1:]:
        if zone.suffix == found.suffix:
            said = f"zones {found.short} and {zone.short} are both for {zone.suffix}, and which is asked is not known"
            raise Unseen(Gap(GapKind.UNDECIDED, said, zone.origin.call, advice=f"diag probe, or dig NS {zone.suffix}"))
        if any(record.type == "NS" and record.host == zone.suffix for record in world.records(found).whole()):
            found = zone
    return found


def _records(world: World, zone: Zone, host: str) -> list[RecordSet]:
    """The A and AAAA records of the host, by way of its aliases; raises `Unseen` where another name server decides."""
    records = world.records(zone).whole()
    name = host
    for _ in range(_MOST_ALIASES):
        own = _of_name(records, name)
        if any(record.routed for record in own):
            said = f"a routing policy of zone {zone.short} decides where {host} leads"
            raise Unseen(Gap(GapKind.UNDECIDED, said, zone.origin.call, advice="diag probe"))
        alias = next(
            (record.data[0].rstrip(".").lower() for record in own if record.type == "CNAME" and record.data), ""
        )
        if not alias:
            _require_own(zone, records, host, own)
            return [record for record in own if record.type in ("A", "AAAA")]
        if any(within(alias, shared) for shared in _SHARED):
            return [record for record in own if record.type == "CNAME"]
        if not within(alias, zone.suffix):
            said = f"{host} is an alias of {alias}, which is not in zone {zone.short}"
            raise Unseen(Gap(GapKind.UNDECIDED, said, zone.origin.call, advice="diag probe"))
        name = alias
    raise Unseen(Gap(GapKind.UNDECIDED, f"the aliases of {host} in zone {zone.short} do not end", zone.origin.call))


def _of_name(records: tuple[RecordSet, ...], name: str) -> list[RecordSet]:
    """The records that answer for a name: its own, else those of the wildcard below the nearest name that exists."""
    own = [record for record in records if record.host == name]
    above = name
    while not own and "." in above:
        above = above.partition(".")[2]
        own = [record for record in records if record.host == f"*.{above}"]
        if any(within(record.host, above) for record in records):
            break
    return own


def _require_own(zone: Zone, records: tuple[RecordSet, ...], host: str, own: list[RecordSet]) -> None:
    """Raises `Unseen` when a part of the zone that holds the host is delegated to other name servers."""
    for record in records:
        delegated = record.type == "NS" and record.host != zone.suffix
        if delegated and not own and within(host, record.host):
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


def _correct(zone: Zone, name: str, wanted: list[str], kind: str) -> tuple[Fix, ...]:
    """The commands that point a record to the load balancer; one of a type for which it has no address has to go.

    In the place of an alias come the addresses.
    """
    if kind in _kinds(wanted):
        return (_point(zone, name, wanted, kind, "update"),)
    delete = f"gcloud dns record-sets delete {name}. --zone {zone.short} --project {zone.project} --type {kind}"
    instead = _kinds(wanted) if kind == "CNAME" else []
    return Fix(delete), *(_point(zone, name, wanted, one, "create") for one in instead)


def _point(zone: Zone, name: str, wanted: list[str], kind: str, verb: str) -> Fix:
    addresses = [one.partition("/")[0] for one in wanted if (":" in one) == (kind == "AAAA")]
    return Fix(
        f"gcloud dns record-sets {verb} {name}. --zone {zone.short} --project {zone.project} "
        f"--type {kind} --ttl 300 --rrdatas {','.join(addresses) or 'ADDRESS'}"
    )

"""What the checks of the way out are judged over: each connector or subnet that serving revisions leave by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import wraps
from typing import cast

from diag.calls import Gap
from diag.checks.check import Check, Subject, Verdict, check, skips
from diag.checks.run.declared import update
from diag.checks.subjects import RevisionView, revisions, service_name
from diag.checks.vpc.connector import not_there
from diag.errors import Unseen
from diag.facts.base import last
from diag.facts.world import World
from diag.paths.egress import Attachment, Egress, Missing, attachment, leave, mode_evidence, settings_evidence, source
from diag.paths.nat import Translation
from diag.report import Evidence, Fix, Severity
from diag.requirements.model import Requirements
from diag.values import dataclass

RUN_VPC_DOCS = "https://cloud.google.com/run/docs/configuring/connecting-vpc"
NAT_DOCS = "https://cloud.google.com/nat/docs/nat-product-interactions"
WAY_OUT = ("services", "revisions", "connectors", "subnetworks")
"""The topics that say how a revision leaves."""


@dataclass(frozen=True)
class Way:
    """A way into a VPC, and the serving revisions that send everything by it."""

    egress: Egress
    users: tuple[RevisionView, ...]

    @property
    def name(self) -> str:
        """Full name of the connector or the subnet."""
        return self.egress.connector.name if self.egress.connector else self.egress.subnet_name

    @property
    def services(self) -> str:
        """The services that use it, as a phrase."""
        return " and ".join(dict.fromkeys(view.service.short for view in self.users))

    @property
    def verb(self) -> str:
        """`sends` of one service, `send` of several."""
        return "send" if " and " in self.services else "sends"

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What says that each of them sends everything by it."""
        return (*self.egress.evidence(), *(mode_evidence(view.revision) for view in self.users[1:]))

    @property
    def fixed_mode(self) -> bool:
        """Whether the file asks one of them to send all traffic into the VPC."""
        declared = (view.wanted.egress for view in self.users if view.wanted and view.wanted.egress)
        return any(egress.mode == "all-traffic" for egress in declared)


def absent_services(world: World, declared: Requirements) -> Iterator[Subject[Verdict]]:
    """Each declared service that must reach something, or leave in some way, and is not there or never ran."""
    for wanted in declared.services.values():
        if wanted.reaches or wanted.egress:
            try:
                found = world.services(wanted.region or "", wanted.project).find(service_name(wanted))
            except Unseen:
                continue  # `revisions` says so
            if found is None or found.never_ran:
                gone = skips(found.never_ran if found else f"{wanted.name} is not there; see run.service-missing")
                yield Subject(service_name(wanted), gone, wanted.at(), wanted.critical)


def ways(world: World, declared: Requirements) -> Iterator[Subject[Way | Verdict | Gap] | Gap]:
    """Each connector, or subnet of Direct VPC egress, by which serving revisions send everything, once.

    A revision that does not, one whose connector is missing, and a service that is not there are subjects
    with their `skip`; a revision of which it was not seen how it leaves, a subject with its gap.
    """
    for absent in absent_services(world, declared):
        yield Subject(absent.resource, absent.item, absent.declared_at, absent.critical)
    found: dict[tuple[str, frozenset[str]], Way] = {}
    for subject in revisions(world, declared):
        if isinstance(subject, Gap):
            yield subject
            continue
        seen = _way(subject.item, world)
        if isinstance(seen, Way):
            key = (seen.name, seen.egress.tags)
            found[key] = replace(seen, users=(*(found[key].users if key in found else ()), subject.item))
        else:
            yield Subject(subject.resource, seen, subject.declared_at, subject.critical)
    for way in found.values():
        wanted = [view.wanted for view in way.users if view.wanted]
        place = wanted[0].at("egress.mode") if wanted else None
        yield Subject(way.name, way, place, any(item.critical for item in wanted))


def _way(view: RevisionView, world: World) -> Way | Verdict | Gap:
    """The way of a revision that sends everything; else its `skip`, or why it was not seen."""
    revision = view.revision
    try:
        if attachment(revision) is Attachment.NONE:
            return skips(f"{revision.short} has no VPC egress: it reaches the internet directly")
        if not revision.all_traffic:
            said = f"{revision.short} sends only private ranges into the VPC: it reaches the internet directly"
            return skips(said, evidence=settings_evidence(revision))
        egress = leave(world, revision)
    except Unseen as unseen:
        return unseen.gap
    return not_there(egress.resource) if isinstance(egress, Missing) else Way(egress, (view,))


JudgeWay = Callable[[Subject[Way], World, Requirements], Verdict]


def on_way(
    id: str, severity: Severity, *, also_reads: tuple[str, ...], facts: tuple[str, ...], docs: tuple[str, ...]
) -> Callable[[JudgeWay], Check]:
    """Make a check, judged always, of each way by which serving revisions send everything."""

    def make(judge: JudgeWay) -> Check:
        @wraps(judge)
        def judged(subject: Subject[Way | Verdict | Gap], world: World, declared: Requirements) -> Verdict:
            match subject.item:
                case Verdict() as verdict:
                    return verdict
                case Gap() as gap:
                    raise Unseen(gap)
                case Way():
                    return judge(cast("Subject[Way]", subject), world, declared)

        return check(id, severity, ways, reads=(*WAY_OUT, *also_reads), always=True, facts=facts, docs=docs)(judged)

    return make


def only_private_ranges(way: Way) -> tuple[Fix, ...]:
    """The commands that let each service that uses the way reach the internet directly."""
    services = {view.service.name: view.service for view in way.users}
    return tuple(fix for service in services.values() for fix in update(service, "--vpc-egress private-ranges-only"))


def sender(world: World, egress: Egress) -> str:
    """What the network sees it send from, for messages: the range, or the name of what has it."""
    try:
        return str(source(world, egress))
    except Unseen:
        return egress.connector.short if egress.connector else last(egress.subnet_name)


def in_network(egress: Egress) -> str:
    """The options of a command on the network's own project: `--network N --project P`."""
    return f"--network {last(egress.network)} --project {egress.network.split('/')[1]}"


def nat_commands(egress: Egress, there: Sequence[Translation]) -> tuple[Fix, ...]:
    """The commands that give every subnet of the network in that region a public NAT.

    Beside a NAT that lists some of them no other may take all: the one that is there is widened.
    """
    name, project = last(egress.network), egress.network.split("/")[1]
    place = f"--region {egress.region} --project {project}"
    listing = [one for one in there if one.nat.public_for_machines]
    if listing:
        nat, router = listing[0].nat.name, listing[0].router.short
        return (Fix(f"gcloud compute routers nats update {nat} --router {router} {place} --nat-all-subnet-ip-ranges"),)
    return (
        Fix(f"gcloud compute routers create {name}-nat-router --network {name} {place}"),
        Fix(
            f"gcloud compute routers nats create {name}-nat --router {name}-nat-router {place} "
            "--nat-all-subnet-ip-ranges --auto-allocate-nat-external-ips"
        ),
    )

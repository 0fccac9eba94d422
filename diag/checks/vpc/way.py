"""What the checks of the way out are judged over: each connector or subnet that serving revisions leave by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, skips
from diag.checks.run.declared import update
from diag.checks.subjects import RevisionView, revisions
from diag.errors import Unseen
from diag.facts.base import last
from diag.facts.world import World
from diag.paths.egress import Attachment, Egress, Missing, leave, mode_evidence, source
from diag.report import Evidence, Fix
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


def ways(world: World, declared: Requirements) -> Iterator[Subject[Way | Verdict] | Gap]:
    """Each connector, or subnet of Direct VPC egress, by which serving revisions send everything, once.

    A revision that does not, and one whose connector is missing, is a subject with its `skip`.
    """
    found: dict[tuple[str, frozenset[str]], Way] = {}
    for subject in revisions(world, declared):
        if isinstance(subject, Gap):
            yield subject
            continue
        view = subject.item
        try:
            egress = leave(world, view.revision)
            skip = _not_everything(view, egress)
        except Unseen as unseen:
            yield unseen.gap
            continue
        if skip:
            yield Subject(subject.resource, skip, subject.declared_at, subject.critical)
        if isinstance(egress, Missing) or skip:
            continue
        name = egress.connector.name if egress.connector else egress.subnet_name
        known = found.setdefault((name, egress.tags), Way(egress, ()))
        found[name, egress.tags] = replace(known, users=(*known.users, view))
    for (name, _), way in found.items():
        wanted = [view.wanted for view in way.users if view.wanted]
        yield Subject(name, way, wanted[0].at("egress") if wanted else None, any(item.critical for item in wanted))


def _not_everything(view: RevisionView, egress: Egress | Missing) -> Verdict | None:
    """The `skip` of a revision that does not send everything into a VPC."""
    if isinstance(egress, Missing):
        return missing(egress)
    if egress.attachment is Attachment.NONE:
        return skips(f"{view.revision.short} has no VPC egress: it reaches the internet directly")
    if egress.all_traffic:
        return None
    said = "sends only private ranges into the VPC: it reaches the internet directly"
    return skips(f"{view.revision.short} {said}", evidence=egress.evidence())


def only_private_ranges(way: Way) -> tuple[Fix, ...]:
    """The commands that let each service that uses the way reach the internet directly."""
    services = {view.service.name: view.service for view in way.users}
    return tuple(fix for service in services.values() for fix in update(service, "--vpc-egress private-ranges-only"))


def missing(gone: Missing) -> Verdict:
    """The `skip` for a way out whose connector is not there."""
    return skips(f"connector {last(gone.resource)} is not there; see {gone.reported_by}")


def sender(world: World, egress: Egress) -> str:
    """What the network sees it send from, for messages: the range, or the name of what has it."""
    try:
        return str(source(world, egress))
    except Unseen:
        return egress.connector.short if egress.connector else last(egress.subnet_name)


def in_network(egress: Egress) -> str:
    """The options of a command on the network's own project: `--network N --project P`."""
    return f"--network {last(egress.network)} --project {egress.network.split('/')[1]}"


def nat_commands(egress: Egress) -> tuple[Fix, ...]:
    """The commands that make a public NAT for every subnet of the network in that region."""
    name, project = last(egress.network), egress.network.split("/")[1]
    place = f"--region {egress.region} --project {project}"
    return (
        Fix(f"gcloud compute routers create {name}-nat-router --network {name} {place}"),
        Fix(
            f"gcloud compute routers nats create {name}-nat --router {name}-nat-router {place} "
            "--nat-all-subnet-ip-ranges --auto-allocate-nat-external-ips"
        ),
    )

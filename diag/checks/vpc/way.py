"""What the checks of the way out share: the egress of a revision, or the verdict when it does not apply."""

from __future__ import annotations

from diag.checks.check import Verdict, skips
from diag.checks.subjects import RevisionView
from diag.errors import Unseen
from diag.facts.base import last
from diag.facts.world import World
from diag.paths.egress import Attachment, Egress, Missing, leave, source
from diag.report import Fix

RUN_VPC_DOCS = "https://cloud.google.com/run/docs/configuring/connecting-vpc"
NAT_DOCS = "https://cloud.google.com/nat/docs/nat-product-interactions"
WAY_OUT = ("services", "revisions", "connectors", "subnetworks")
"""The topics that say how a revision leaves."""


def everything_enters(world: World, view: RevisionView) -> Egress | Verdict:
    """The egress of a revision that sends everything into a VPC; the `skip` for any other."""
    egress = leave(world, view.revision)
    if isinstance(egress, Missing):
        return missing(egress)
    if egress.attachment is Attachment.NONE:
        return skips(f"{view.revision.short} has no VPC egress: it reaches the internet directly")
    if not egress.all_traffic:
        said = "sends only private ranges into the VPC: it reaches the internet directly"
        return skips(f"{view.revision.short} {said}", evidence=egress.evidence())
    return egress


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

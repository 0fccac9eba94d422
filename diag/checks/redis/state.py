"""Memorystore instances: there, ready, on the network that their clients leave into."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import timedelta

from diag.calls import Gap
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.redis.instances import DOCS, Cache, clients, declared_caches, gcloud, if_there
from diag.checks.run.declared import undecided
from diag.checks.subjects import service_name
from diag.checks.vpc.way import WAY_OUT
from diag.errors import Unseen
from diag.facts import run
from diag.facts.base import instant, last, same, told_apart
from diag.facts.redis import RedisInstance
from diag.facts.world import World
from diag.metrics import DEFAULT_WINDOW_S
from diag.paths.egress import Attachment, Missing, leave
from diag.report import Fix, Severity
from diag.requirements.model import RedisInstance as DeclaredRedis
from diag.requirements.model import Requirements

NETWORK_DOCS = "https://cloud.google.com/memorystore/docs/redis/networking"


@check("redis.instance-missing", Severity.CRITICAL, declared_caches, reads=("redis_instances",), docs=(DOCS,))
def instance_missing(subject: Subject[Cache], world: World, declared: Requirements) -> Verdict:
    """Memorystore instance does not exist where it is declared.

    Reads the Redis instances of the declared region.

    Correct the name or region in diag.yaml, or create the instance.
    """
    found, wanted = subject.item.found, subject.item.wanted
    if isinstance(found, Gap):
        raise Unseen(found)
    if found:
        return passes(required="exists", observed="exists", evidence=(found.evidence("name"),))
    known = {one.short: one for one in world.redis_instances(wanted.region or "", wanted.project)}
    near = difflib.get_close_matches(wanted.name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return fails(
        required="exists",
        observed="not found",
        reason=f"{wanted.region} of {wanted.project} has no Redis instance {wanted.name}{hint}",
        evidence=tuple(known[name].evidence("name") for name in near),
        fix=(Fix(f"gcloud redis instances list --region {wanted.region} --project {wanted.project}", mutates=False),),
    )


@check("redis.not-ready", Severity.CRITICAL, declared_caches, reads=("redis_instances",), docs=(DOCS,))
@if_there
def not_ready(found: RedisInstance, wanted: DeclaredRedis, world: World, declared: Requirements) -> Verdict:
    """Memorystore instance is not ready.

    During a failover or maintenance every connection is cut; clients have to connect again.

    Reads the instance's `state`, and whether a maintenance was scheduled within the window.

    Wait for the operation to end, or see what failed.
    """
    state = found.state
    evidence = (found.evidence("state", state), found.evidence("maintenanceSchedule.startTime", found.maintenance_from))
    details = {"required": "READY", "observed": state, "evidence": evidence}
    look = (Fix(gcloud("describe", found), mutates=False),)
    if state != "READY":
        said = f"{found.short} is {state}" + (f": {found.status_message}" if found.status_message else "")
        return fails(reason=said, fix=look, **details)
    if _maintained(found, world, declared):
        details["observed"] = f"{state}, maintenance at {found.maintenance_from}"
        return fails(reason=f"{found.short} was in maintenance within the window", fix=look, **details)
    return passes(**details)


def _maintained(found: RedisInstance, world: World, declared: Requirements) -> bool:
    start = found.moment("maintenanceSchedule.startTime")
    if start is None:
        return False
    now = instant(world.taken_at)
    window = timedelta(seconds=declared.sections.get("logs", {}).get("window") or DEFAULT_WINDOW_S)
    end = found.moment("maintenanceSchedule.endTime") or start
    return start <= now and end >= now - window


@check(
    "redis.network-wrong",
    Severity.CRITICAL,
    declared_caches,
    reads=("redis_instances", *WAY_OUT),
    facts=("NET-14", "EGR-04"),
    docs=(NETWORK_DOCS,),
)
@if_there
def network_wrong(
    found: RedisInstance, wanted: DeclaredRedis, world: World, declared: Requirements
) -> Iterator[Verdict]:
    """Memorystore instance is on another network than its clients leave into.

    Its address is private to the authorised network; a peering with it is not transitive.

    Reads `authorizedNetwork`, the declared `network`, and the network that each serving revision of a
    service that declares to reach it leaves into.

    Point the services at a connector of that network, or create the instance in theirs.
    """
    seen = found.evidence("authorizedNetwork", last(found.network), default=not found.text("authorizedNetwork"))
    if wanted.network:
        yield _declared_network(found, wanted)
    users = list(clients(wanted, declared))
    for service in users:
        try:
            there = world.services(service.region or "", service.project).find(service_name(service))
            if there is None:
                yield skips(f"{service.name} is not there; see run.service-missing", declared_at=service.at("reaches"))
                continue
            if there.never_ran:
                yield skips(there.never_ran, declared_at=service.at("reaches"))
                continue
            for revision in world.serving(there):
                yield _of_client(found, revision, world)
        except Unseen as unseen:
            yield undecided(unseen.gap, service.at("reaches"))
    if not wanted.network and not users:
        yield skips(f"neither a network nor a client of {found.short} is declared", evidence=(seen,))


def _declared_network(found: RedisInstance, wanted: DeclaredRedis) -> Verdict:
    meant = wanted.network or ""
    right = same(meant, found.network) if "/" in meant else last(found.network) == meant
    details = {
        "required": meant,
        "observed": last(found.network),
        "evidence": (found.evidence("authorizedNetwork"),),
        "declared_at": wanted.at("network"),
    }
    if right:
        return passes(**details)
    create = gcloud("create", wanted, f"--network {last(meant)}")
    return fails(reason=f"{found.short} is on {last(found.network)}, not {last(meant)}", fix=(Fix(create),), **details)


def _of_client(found: RedisInstance, revision: run.Revision, world: World) -> Verdict:
    egress = leave(world, revision)
    if isinstance(egress, Missing):
        return skips(f"connector {last(egress.resource)} is not there; see {egress.reported_by}")
    into = told_apart(egress.network, found.network) or egress.attachment.value
    meant = told_apart(found.network, egress.network)
    details = {
        "required": f"clients leave into {meant}",
        "observed": f"{revision.short} leaves into {into}" if egress.network else f"{revision.short} has {into}",
        "evidence": (found.evidence("authorizedNetwork"), *egress.evidence()),
    }
    if egress.attachment is not Attachment.NONE and same(egress.network, found.network):
        return passes(**details)
    service = revision.service
    fix = Fix(f"gcloud run services update {service} --region {revision.region} --vpc-connector CONNECTOR")
    reason = f"{revision.short} cannot reach {found.short}, which is on {meant}"
    return fails(reason=reason, fix=(fix,), **details)

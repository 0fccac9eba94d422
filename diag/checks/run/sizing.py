"""The size of an instance: CPU, memory, and what one instance may hold of the database."""

from __future__ import annotations

import math

from diag.checks.check import Subject, Verdict, fails, passes, skips
from diag.checks.run.declared import DeclaredRevision, on_revision, read, update
from diag.facts.world import World
from diag.report import Severity
from diag.requirements.model import DatabasePool, Requirements

CPU_DOCS = "https://cloud.google.com/run/docs/configuring/services/cpu"
MEMORY_DOCS = "https://cloud.google.com/run/docs/configuring/services/memory-limits"
SQL_QUOTA_DOCS = "https://cloud.google.com/sql/docs/quotas"

SOCKET_CONNECTIONS = 100
"""Connections that one Cloud Run instance may hold to a database by the built-in socket [CON-06]."""
MIB = 2**20


@on_revision("run.cpu-too-small", Severity.HIGH, "cpu", facts=("SCL-08", "SCL-10"), docs=(CPU_DOCS,))
def cpu_too_small(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Verdict:
    """CPU is less than declared.

    Too little CPU makes a start longer than its probe waits, and every request slower.

    Reads the CPU limit of the container that takes requests; unset is 1.

    Raise it with `--cpu`; memory has to go with it.
    """
    revision, required = subject.item.revision, subject.item.required
    seen = (read(revision, f"{revision.main_path}.resources.limits.cpu", f"{revision.cpu:g}"),)
    if revision.cpu >= required:
        return passes(required=f"{required:g}", observed=f"{revision.cpu:g}", evidence=seen)
    return fails(
        required=f"{required:g}",
        observed=f"{revision.cpu:g}",
        reason=f"an instance of {revision.short} starts and answers with {revision.cpu:g} of {required:g} CPUs",
        evidence=seen,
        fix=update(subject.item.service, f"--cpu {required:g}", revision),
    )


@on_revision("run.memory-too-small", Severity.HIGH, "memory", facts=("SCL-08", "SCL-09", "SCL-14"), docs=(MEMORY_DOCS,))
def memory_too_small(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Verdict:
    """Memory is less than declared.

    An instance that exceeds its memory is stopped, and the requests in it fail.

    Reads the memory limit of the container that takes requests; unset is 512 MiB.

    Raise it with `--memory`; above 4 GiB it takes more CPU as well.
    """
    revision, required = subject.item.revision, subject.item.required
    seen = (read(revision, f"{revision.main_path}.resources.limits.memory", size(revision.memory)),)
    if revision.memory >= required:
        return passes(required=size(required), observed=size(revision.memory), evidence=seen)
    return fails(
        required=size(required),
        observed=size(revision.memory),
        reason=f"an instance of {revision.short} is stopped at {size(revision.memory)}, and its requests fail",
        evidence=seen,
        fix=update(subject.item.service, f"--memory {size(required)}", revision),
    )


def size(count: float) -> str:
    """A number of bytes as Cloud Run writes sizes: `6Gi`, `512Mi`; what is not whole MiB is rounded up."""
    mebibytes = math.ceil(count / MIB)
    return f"{mebibytes // 1024}Gi" if mebibytes % 1024 == 0 and mebibytes else f"{mebibytes}Mi"


@on_revision(
    "run.pool-over-instance-limit",
    Severity.HIGH,
    "database_pool",
    facts=("CON-06", "ARI-03"),
    docs=(SQL_QUOTA_DOCS,),
)
def pool_over_instance_limit(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Verdict:
    """Connection pools of one instance exceed what the Cloud SQL socket allows.

    Each worker process holds a pool of its own. By the built-in socket one Cloud Run instance gets at
    most 100 connections to a database; the next one is refused, under load and not before.

    Reads whether the revision attaches the pool's database; multiplies the declared workers by the
    declared pool.

    Run fewer workers or smaller pools, or connect by private address.
    """
    revision, wanted = subject.item.revision, subject.item.wanted
    pool: DatabasePool = subject.item.required
    attached = [name for name in revision.sql_attachments if _is_pool_of(name, pool, declared)]
    by_socket = {item.via for item in wanted.reaches if item.sql == pool.instance}
    place, limit = wanted.at("database_pool"), f"at most {SOCKET_CONNECTIONS} connections"
    if by_socket and by_socket.isdisjoint({"socket", None}):
        return skips(
            f"{wanted.name} reaches {pool.instance} by {', '.join(sorted(map(str, by_socket)))}, not by socket"
        )
    if not attached:
        reported = "; see sql.socket-not-attached" if "socket" in by_socket else ""
        return skips(f"{revision.short} does not attach {pool.instance}, so no socket limits it{reported}")
    said = f"{pool.per_instance} ({pool.workers} × ({pool.size} + {pool.max_overflow}))"
    seen = (revision.evidence("volumes", ", ".join(attached)),)
    if pool.per_instance <= SOCKET_CONNECTIONS:
        return passes(required=limit, observed=said, evidence=seen, declared_at=place)
    return fails(
        required=limit,
        observed=said,
        reason=f"the socket of {revision.short} to {pool.instance} refuses every connection after the "
        f"{SOCKET_CONNECTIONS}th of an instance; {_remedy(pool)}",
        evidence=seen,
        declared_at=place,
    )


def _is_pool_of(connection_name: str, pool: DatabasePool, declared: Requirements) -> bool:
    """Whether an attachment `project:region:instance` is the pool's database; a project may itself hold a colon."""
    instance = declared.sql_instances.get(pool.instance)
    *project, _, name = connection_name.split(":") if connection_name.count(":") >= 2 else ("", "", connection_name)
    return name == pool.instance and (instance is None or ":".join(project) in ("", instance.project))


def _remedy(pool: DatabasePool) -> str:
    each = pool.size + pool.max_overflow
    most = SOCKET_CONNECTIONS // each
    return f"{most} worker{'' if most == 1 else 's'} of {each} fit" if most else f"a pool of {each} never fits"

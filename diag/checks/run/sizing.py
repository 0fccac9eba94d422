"""The size of an instance: CPU, memory, and what one instance may hold of the database."""

from __future__ import annotations

import math

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, fails, passes, skips
from diag.checks.run.declared import DeclaredRevision, on_revision, read, update
from diag.errors import Unseen
from diag.facts.world import World
from diag.report import Severity
from diag.requirements.model import DatabasePool, Requirements

CPU_DOCS = "https://cloud.google.com/run/docs/configuring/services/cpu"
MEMORY_DOCS = "https://cloud.google.com/run/docs/configuring/services/memory-limits"
SQL_QUOTA_DOCS = "https://cloud.google.com/sql/docs/quotas"

SOCKET_CONNECTIONS = 100
"""Connections that one Cloud Run instance may hold to a database by the built-in socket [CON-06]."""
MIB, GIB = 2**20, 2**30
MOST_MEMORY = ((0.08, 512 * MIB), (0.5, GIB), (1, 4 * GIB), (2, 8 * GIB), (4, 16 * GIB), (6, 24 * GIB), (8, 32 * GIB))
"""CPUs up to which so many bytes are allowed at the most [SCL-08]."""
LEAST_MEMORY = ((6, 4 * GIB), (4, 2 * GIB), (0, 128 * MIB))
"""CPUs from which on so many bytes are asked for at least [SCL-09]."""
LEAST_IN_SECOND_GENERATION = 512 * MIB
"""What the second-generation execution environment asks for at least [SCL-09]."""


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


@on_revision(
    "run.pool-below-concurrency",
    Severity.MEDIUM,
    "database_pool",
    facts=("ARI-04", "RUN-04"),
    docs=("https://cloud.google.com/run/docs/configuring/concurrency",),
)
def pool_below_concurrency(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Verdict:
    """An instance takes more requests at once than its pool has connections.

    The requests beyond the pool wait inside the application for a connection and fail after the pool's
    own time-out, although the database is idle.

    Reads the concurrency of each serving revision against the declared workers × (size + overflow).

    Lower the concurrency, or enlarge the pool as far as the database allows it.
    """
    revision, pool = subject.item.revision, subject.item.required
    details = {
        "required": f"at most {pool.per_instance} at once: {pool.workers} × ({pool.size} + {pool.max_overflow})",
        "observed": revision.concurrency,
        "evidence": (read(revision, "maxInstanceRequestConcurrency", revision.concurrency),),
    }
    if revision.concurrency <= pool.per_instance:
        return passes(**details)
    return fails(
        reason=f"{revision.concurrency - pool.per_instance} of the requests that an instance of {revision.short} takes "
        "at once wait for a connection, and fail when the pool's own time-out ends",
        fix=update(subject.item.service, f"--concurrency {pool.per_instance}", revision),
        **details,
    )


@on_revision(
    "run.pair-impossible",
    Severity.HIGH,
    "cpu",
    applies=lambda wanted, declared: wanted.cpu is not None or wanted.memory is not None,
    facts=("SCL-08", "SCL-09"),
    docs=("https://cloud.google.com/run/docs/configuring/services/memory-limits",),
)
def pair_impossible(subject: Subject[DeclaredRevision], world: World, declared: Requirements) -> Verdict:
    """CPU and memory do not go together.

    The platform allows only so much memory with a number of CPUs, and asks for some at least (512 MiB in the
    second-generation execution environment); a revision with another pair is not deployed again.

    Reads the limits and the `executionEnvironment` of each serving revision.

    Choose CPU and memory that go together.
    """
    revision = subject.item.revision
    cpu, memory = revision.cpu, revision.memory
    least = next((low for cpus, low in LEAST_MEMORY if cpu >= cpus), 0)
    where = f"with {cpu:g} CPU{'' if cpu == 1 else 's'}"
    if revision.second_generation and least < LEAST_IN_SECOND_GENERATION:
        least, where = LEAST_IN_SECOND_GENERATION, f"{where} in the second-generation execution environment"
    most = next((high for cpus, high in MOST_MEMORY if cpu <= cpus), None)
    if most is None:
        said = f"{revision.short} has {cpu:g} CPUs, for which no memory is documented"
        raise Unseen(Gap(GapKind.UNDECIDED, said, revision.origin.call))
    details = {
        "required": f"{size(least)} to {size(most)} {where}",
        "observed": f"{size(memory)} with {cpu:g} CPUs",
        "evidence": (read(revision, f"{revision.main_path}.resources.limits", f"cpu {cpu:g}, memory {size(memory)}"),),
    }
    if least <= memory <= most:
        return passes(**details)
    reason = f"{revision.short} has {size(memory)} {where}, which the platform does not deploy again"
    fix = update(subject.item.service, f"--memory {size(min(max(memory, least), most))}", revision)
    return fails(reason=reason, fix=fix, **details)


def _is_pool_of(connection_name: str, pool: DatabasePool, declared: Requirements) -> bool:
    """Whether an attachment `project:region:instance` is the pool's database; a project may itself hold a colon."""
    instance = declared.sql_instances.get(pool.instance)
    *project, _, name = connection_name.split(":") if connection_name.count(":") >= 2 else ("", "", connection_name)
    return name == pool.instance and (instance is None or ":".join(project) in ("", instance.project))


def _remedy(pool: DatabasePool) -> str:
    each = pool.size + pool.max_overflow
    most = SOCKET_CONNECTIONS // each
    return f"{most} worker{'' if most == 1 else 's'} of {each} fit" if most else f"a pool of {each} never fits"

"""Cloud Run: what a service may ask of time, CPU, memory, concurrency and instances."""

from __future__ import annotations

from collections.abc import Iterator

from diag.lint.rule import Issue, contradiction, infeasible
from diag.lint.words import of, seconds, size
from diag.requirements.model import Requirements, Service

LONGEST_REQUEST_S = 3600
LONGEST_WINDOW_S, LONGEST_WINDOW_WITH_GPU_S = 600, 1800
HIGHEST_CONCURRENCY = 1000
GIB = 2**30
MEMORY_BY_CPU = (
    (0.08, 0, GIB // 2),
    (0.5, 0, GIB),
    (1, 0, 4 * GIB),
    (2, 0, 8 * GIB),
    (4, 2 * GIB, 16 * GIB),
    (6, 4 * GIB, 24 * GIB),
    (8, 4 * GIB, 32 * GIB),
)
"""CPUs, the least and the most memory in bytes that go with them [SCL-08, SCL-09]."""
MOST_CPU, _, MOST_MEMORY = MEMORY_BY_CPU[-1]


@infeasible("RUN-01", "RUN-03")
def request_too_long(declared: Requirements) -> Iterator[Issue]:
    """Request time-out longer than Cloud Run allows.

    No revision can be given more than 3600 s; a WebSocket or a stream is one request.
    """
    for service in declared.services.values():
        if service.request_timeout and service.request_timeout > LONGEST_REQUEST_S:
            yield Issue(
                at=service.at("request_timeout"),
                of=of(service),
                required=f"request_timeout: {seconds(service.request_timeout)}",
                observed=f"at most {LONGEST_REQUEST_S}s",
                reason="Cloud Run takes no request time-out above 60 minutes, and ends WebSockets and streams with it",
                instead=f"request_timeout: {LONGEST_REQUEST_S}s at the most, and work that takes longer as a job",
            )


@infeasible("X-04")
def startup_too_long(declared: Requirements) -> Iterator[Issue]:
    """Start-up window longer than Cloud Run allows.

    failureThreshold × periodSeconds of a start-up probe is at most 600 s, or 1800 s with a GPU. Between
    240 and 600 s the documentation allows what the API's own text does not; that is left to the check
    of the probe in force, which says so.
    """
    for service in declared.services.values():
        if service.startup_window and service.startup_window > LONGEST_WINDOW_S:
            yield Issue(
                at=service.at("startup_window"),
                of=of(service),
                required=f"startup_window: {seconds(service.startup_window)}",
                observed=f"at most {LONGEST_WINDOW_S}s ({LONGEST_WINDOW_WITH_GPU_S}s with a GPU)",
                reason="no start-up probe waits longer: the container is shut down before the window ends",
                instead=f"startup_window: {LONGEST_WINDOW_S}s at the most, with work moved behind the opening of the "
                "port and min_instances: 1",
            )


@infeasible("SCL-08")
def instance_too_large(declared: Requirements) -> Iterator[Issue]:
    """More CPU or memory than one instance can have.

    Cloud Run's largest instance has 8 CPUs and 32 GiB.
    """
    for service in declared.services.values():
        if service.cpu and service.cpu > MOST_CPU:
            yield _too_large(service, "cpu", f"{service.cpu:g}", f"{MOST_CPU:g}")
        if service.memory and service.memory > MOST_MEMORY:
            yield _too_large(service, "memory", size(service.memory), size(MOST_MEMORY))


def _too_large(service: Service, key: str, value: str, most: str) -> Issue:
    return Issue(
        at=service.at(key),
        of=of(service),
        required=f"{key}: {value}",
        observed=f"at most {most}",
        reason=f"an instance of Cloud Run has at most {MOST_CPU} CPUs and {size(MOST_MEMORY)} of memory",
        instead=f"{key}: {most} at the most, and more instances",
    )


@contradiction("SCL-08", "SCL-09", confirmed_by=("run.cpu-too-small", "run.memory-too-small", "run.pair-impossible"))
def pair_impossible(declared: Requirements) -> Iterator[Issue]:
    """CPU and memory that do not go together.

    Each number of CPUs goes with a least and a most memory; a deployment of a pair outside is refused.
    """
    for service in declared.services.values():
        cpu, memory = service.cpu, service.memory
        if not cpu or not memory or cpu > MOST_CPU or memory > MOST_MEMORY:
            continue
        _, least, most = _row(cpu)
        if least <= memory <= most:
            continue
        enough = next(cpus for cpus, _, limit in MEMORY_BY_CPU if memory <= limit)
        yield Issue(
            at=service.at("memory"),
            of=of(service),
            required=f"cpu: {cpu:g} with memory: {size(memory)}",
            observed=f"{size(least)} to {size(most)} with {cpu:g} CPU" if least else f"at most {size(most)}",
            reason=f"a revision with {cpu:g} CPU and {size(memory)} is refused",
            instead=f"memory: {size(least)}" if memory < least else f"cpu: {enough:g}, which goes with that memory",
        )


def _row(cpu: float) -> tuple[float, int, int]:
    """The row of a number of CPUs; of one that does not exist above 1 (3, 5, 7), that of the next larger."""
    if cpu < 1:
        return max((row for row in MEMORY_BY_CPU if row[0] <= cpu), default=MEMORY_BY_CPU[0])
    return next(row for row in MEMORY_BY_CPU if row[0] >= cpu)


@infeasible("RUN-05")
def concurrency_too_high(declared: Requirements) -> Iterator[Issue]:
    """Concurrency above what any service can have.

    The line says *at most*, so that it holds for every service there can be, and asks nothing.
    """
    for service in declared.services.values():
        if service.concurrency and service.concurrency > HIGHEST_CONCURRENCY:
            yield Issue(
                at=service.at("concurrency"),
                of=of(service),
                required=f"concurrency: {service.concurrency}",
                observed=f"at most {HIGHEST_CONCURRENCY}",
                reason="an instance takes no more requests at once, so that the line holds whatever is deployed",
                instead="the number of requests that one instance can really serve at once",
            )


@contradiction("RUN-06", confirmed_by=("run.cpu-too-small", "run.concurrency"))
def concurrency_on_part_of_a_cpu(declared: Requirements) -> Iterator[Issue]:
    """Less than one CPU with several requests at once.

    A revision with a fraction of a CPU must have a concurrency of 1.
    """
    for service in declared.services.values():
        if service.cpu and service.cpu < 1 and service.concurrency and service.concurrency > 1:
            yield Issue(
                at=service.at("concurrency"),
                of=of(service),
                required=f"cpu: {service.cpu:g} with concurrency: {service.concurrency}",
                observed="concurrency 1 below 1 CPU",
                reason="a revision with less than one CPU takes one request at a time",
                instead="cpu: 1, or concurrency: 1",
            )


@contradiction("SCL-02", confirmed_by=("run.min-instances", "run.max-instances"))
def more_warm_than_allowed(declared: Requirements) -> Iterator[Issue]:
    """More instances kept warm than there may be.

    `min_instances` is at least, `max_instances` at most: with the first above the second no number does both.
    """
    for service in declared.services.values():
        low, high = service.min_instances, service.max_instances
        if low is not None and high is not None and low > high:
            yield Issue(
                at=service.at("min_instances"),
                of=of(service),
                required=f"min_instances: {low}",
                observed=f"max_instances: {high}",
                reason="no number of instances is at least the one and at most the other",
                instead=f"min_instances: {high} at the most, or a higher max_instances",
            )

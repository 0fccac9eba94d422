"""Time-outs that race: what waits longer than that which waits for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diag.lint.cloud_sql import flag, is_postgres
from diag.lint.rule import Issue, contradiction
from diag.lint.words import of, seconds, where
from diag.report import Place
from diag.requirements.model import Requirements, Service

DEFAULT_WINDOW_S = 240
"""How long the platform waits for the port of a container without a probe of its own [PRB-08]."""


def _users(declared: Requirements) -> Mapping[str, list[Service]]:
    """Instance → the services that declare to reach it, or to hold a pool for it."""
    users: dict[str, list[Service]] = {}
    for service in declared.services.values():
        pool = service.database_pool
        for name in {pool.instance if pool else None, *(one.sql for one in service.reaches)} - {None}:
            users.setdefault(str(name), []).append(service)
    return users


@contradiction(
    "PRB-08",
    "RUN-01",
    "RUN-02",
    confirmed_by=("run.startup-window-too-short", "run.request-timeout-too-short"),
)
def connecting_outlasts_its_caller(declared: Requirements) -> Iterator[Issue]:
    """Database connection that may take as long as the start or the request that waits for it.

    A connection that fails as late as the start-up window ends blocks the start until the container is
    shut down; one that fails as late as the request time-out is cut with 504 before the application can
    answer. Equal values race.
    """
    users = _users(declared)
    for instance in declared.sql_instances.values():
        limits = instance.connection_time
        if limits is None or limits.fail is None:
            continue
        passed = [
            (seconds_, said)
            for service in users.get(instance.name, ())
            for seconds_, said in _waits(service)
            if limits.fail >= seconds_
        ]
        if passed:
            shortest = min(seconds_ for seconds_, _ in passed)
            yield Issue(
                at=instance.at("connection_time.fail"),
                of=of(instance),
                required=f"connection_time.fail: {seconds(limits.fail)}",
                observed="; ".join(said for _, said in passed),
                reason="a start or a request that waits for the connection ends before, or together with, it",
                instead=f"connection_time.fail: well below {seconds(shortest)}; 5 to 30 s with bounded retries",
            )


def _waits(service: Service) -> Iterator[tuple[float, str]]:
    """How long a start and a request of the service may take: seconds, and as a phrase with its line."""
    if service.startup_window:
        yield service.startup_window, _said(service, "startup_window", service.startup_window)
    else:
        yield DEFAULT_WINDOW_S, f"the default start-up window of {service.name}, {DEFAULT_WINDOW_S}s"
    if service.request_timeout:
        yield service.request_timeout, _said(service, "request_timeout", service.request_timeout)


def _said(service: Service, key: str, value: float) -> str:
    place: Place | None = service.at(key)
    return f"{key} of {service.name}, {seconds(value)}{where(place)}"


@contradiction("ARI-08", "RUN-01", "RUN-02", confirmed_by=("run.request-timeout-too-short", "sql.flags-differ"))
def statement_outlasts_request(declared: Requirements) -> Iterator[Issue]:
    """Statement time-out not below the request time-out.

    The request is answered with 504 before the application sees that its statement was ended, and the
    statement goes on without anybody to read its result. Equal values race.
    """
    users = _users(declared)
    for instance in declared.sql_instances.values():
        limit = (flag(instance, "statement_timeout") or 0) / 1000
        if not limit or not is_postgres(instance):
            continue  # 0 switches it off
        for service in users.get(instance.name, ()):
            if service.request_timeout and limit >= service.request_timeout:
                yield Issue(
                    at=instance.at("flags.statement_timeout"),
                    of=of(instance),
                    required=f"flags.statement_timeout: {seconds(limit)}",
                    observed=_said(service, "request_timeout", service.request_timeout),
                    reason="the request ends before the statement does",
                    instead="statement time-out < the application's own < request_timeout, such as "
                    f'statement_timeout: "{int(service.request_timeout * 950)}" (milliseconds)',
                )

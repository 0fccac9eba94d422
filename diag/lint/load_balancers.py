"""Load balancers: health checks and request time-outs in front of Cloud Run."""

from __future__ import annotations

from collections.abc import Iterator

from diag.lint.cloud_run import LONGEST_REQUEST_S, LONGEST_WINDOW_S
from diag.lint.rule import Issue, contradiction, infeasible
from diag.lint.words import of, seconds, where
from diag.report import Place
from diag.requirements.model import HealthCheck, LoadBalancer, Requirements, Service

LONGEST_HEALTH_CHECK_S = 300
MOST_IN_A_ROW = 10


@infeasible("HC-01", "HC-02", "HC-03", "HC-08")
def health_check_impossible(declared: Requirements) -> Iterator[Issue]:
    """Health check outside the bounds of any health check.

    Interval and time-out are 1 to 300 s, the time-out never above the interval, the thresholds 1 to 10.
    And a backend of Cloud Run may have no health check at all: what a slow start needs is a start-up
    probe of the container.
    """
    for balancer in declared.load_balancers.values():
        check = balancer.health_check
        if check is None:
            continue
        serverless = bool(_routes(balancer))
        for key, value, limit, fact in _impossible(check):
            yield Issue(
                at=check.at(key),
                of=of(balancer),
                required=f"health_check.{key}: {value}",
                observed=limit,
                reason="no health check can be set to that"
                + (", and backends of Cloud Run have none at all" if serverless else ""),
                instead=_instead(check, balancer, declared, key),
                facts=(fact, "HC-08") if serverless else (fact,),
            )


def _impossible(check: HealthCheck) -> Iterator[tuple[str, str, str, str]]:
    """Each impossible value: its key, itself, the limit, and the fact."""
    for key, fact in (("interval", "HC-01"), ("timeout", "HC-02")):
        value = getattr(check, key)
        if value is not None and not 1 <= value <= LONGEST_HEALTH_CHECK_S:
            yield key, seconds(value), f"1s to {LONGEST_HEALTH_CHECK_S}s", fact
    if check.timeout is not None and check.interval is not None and check.interval < check.timeout <= 300:
        yield "timeout", seconds(check.timeout), f"at most the interval, {seconds(check.interval)}", "HC-02"
    for key in ("healthy_threshold", "unhealthy_threshold"):
        value = getattr(check, key)
        if value is not None and value > MOST_IN_A_ROW:
            yield key, str(value), f"1 to {MOST_IN_A_ROW}", "HC-03"


def _instead(check: HealthCheck, balancer: LoadBalancer, declared: Requirements, key: str = "") -> str:
    """The window of a slow start belongs to the container; other backends keep a health check within the bounds."""
    if not _routes(balancer):
        return f"health_check.{key} within those bounds"
    names = ", ".join(service.name for service in _services(balancer, declared)) or "the services behind it"
    longest = max(check.timeout or 0, check.interval or 0)
    window = f": {seconds(min(longest, LONGEST_WINDOW_S))}" if longest > LONGEST_HEALTH_CHECK_S else ""
    return f"startup_window{window} on {names}, which a start-up probe of the container keeps, and no health_check"


@contradiction("HC-08", "HC-09", confirmed_by=("lb.health-check-useless",))
def health_check_of_cloud_run(declared: Requirements) -> Iterator[Issue]:
    """Health check in front of Cloud Run.

    A backend service with a serverless NEG must not have a health check, and none is run: the load
    balancer cannot see that a service behind it fails.
    """
    for balancer in declared.load_balancers.values():
        check = balancer.health_check
        routes = _routes(balancer)
        if check is None or not routes or any(_impossible(check)):
            continue
        path, place = routes[0]
        yield Issue(
            at=balancer.at("health_check"),
            of=of(balancer),
            required="health_check",
            observed=f"{path} leads to Cloud Run{where(place)}",
            reason="the backends of Cloud Run may have no health check, and none is run for them",
            instead=_instead(check, balancer, declared) + "; keep it only for other backends of this load balancer",
        )


@infeasible("BS-04")
def balanced_request_too_long(declared: Requirements) -> Iterator[Issue]:
    """Request time-out longer than a load balancer allows in front of Cloud Run.

    The limit to a serverless NEG is 60 minutes and cannot be changed; below it the time-out of the
    service holds, and the backend's `timeoutSec` means nothing.
    """
    for balancer in declared.load_balancers.values():
        if balancer.request_timeout and balancer.request_timeout > LONGEST_REQUEST_S and _routes(balancer):
            yield Issue(
                at=balancer.at("request_timeout"),
                of=of(balancer),
                required=f"request_timeout: {seconds(balancer.request_timeout)}",
                observed=f"{LONGEST_REQUEST_S}s, fixed",
                reason="the load balancer ends every request to Cloud Run after 60 minutes, whatever timeoutSec says",
                instead=f"request_timeout: {LONGEST_REQUEST_S}s at the most, and as much on the services behind it",
            )


def _routes(balancer: LoadBalancer) -> list[tuple[str, Place | None]]:
    """The declared routes, all of which lead to Cloud Run, each with its line."""
    return [
        (f"{domain.name}{path}", domain.at(f"routes.{path}"))
        for domain in balancer.domains.values()
        for path in domain.routes
    ]


def _services(balancer: LoadBalancer, declared: Requirements) -> list[Service]:
    names = dict.fromkeys(name for domain in balancer.domains.values() for name in domain.routes.values())
    return [declared.services[name] for name in names if name in declared.services]

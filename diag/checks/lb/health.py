"""Health checks: as declared where they have an effect, and not where they have none."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes, skips
from diag.checks.lb.views import FRONT, SERVERLESS_DOCS, BalancerView, balancers, place_flags
from diag.errors import Unseen
from diag.facts.base import last, relative
from diag.facts.lb import BackendService, HealthCheck
from diag.facts.world import World
from diag.paths.backend import kinds, serverless
from diag.paths.find import find
from diag.report import Evidence, Fix, JsonValue, Severity
from diag.requirements.model import HealthCheck as Wanted
from diag.requirements.model import LoadBalancer, Requirements
from diag.values import dataclass

HEALTH_DOCS = "https://cloud.google.com/load-balancing/docs/health-check-concepts"
LONGEST = 300
"""Seconds: no interval or time-out can be longer [HC-01, HC-02]; a declared one is req.infeasible."""
_GROUPS = ("backend_services", "network_endpoint_groups")


@dataclass(frozen=True)
class CheckView:
    """A health check of a backend service that a load balancer's domains use; without backend, there is none."""

    balancer: LoadBalancer
    backend: BackendService | None = None
    link: str = ""


def backends_of(view: BalancerView, world: World) -> Iterator[BackendService | Gap]:
    """The backend services that the load balancer's domains lead to, those that exist."""
    matchers: set[tuple[str, str]] = set()
    seen: set[str] = set()
    for found in view.entries():
        if isinstance(found, Gap):
            yield found
            continue
        key = (found.front.url_map.name, found.taken.matcher.name)
        if key in matchers:
            continue
        matchers.add(key)
        links = [relative(share.backend) for action in found.taken.matcher.actions() for share in action.taking]
        for link in links:
            if link in seen or "/backendBuckets/" in link:
                continue
            seen.add(link)
            try:
                backend = find(world.backend_services(), link, world)
            except Unseen as unseen:
                yield unseen.gap
                continue
            if backend:
                yield backend


def health_checks(world: World, declared: Requirements) -> Iterator[Subject[CheckView] | Gap]:
    """Each health check in effect of a load balancer that declares one."""
    for subject in balancers(world, declared, lambda balancer: balancer.health_check is not None):
        if isinstance(subject, Gap):
            yield subject
            continue
        balancer = subject.item.balancer
        place = balancer.health_check.at() if balancer.health_check else None
        found = list(_in_effect(subject.item, world))
        for one in found:
            if isinstance(one, Gap):
                yield one
            else:
                yield Subject(one.link, one, place, subject.critical)
        if not found:
            yield Subject(balancer.name, CheckView(balancer), place, subject.critical)


def _in_effect(view: BalancerView, world: World) -> Iterator[CheckView | Gap]:
    seen: set[str] = set()
    for backend in backends_of(view, world):
        if isinstance(backend, Gap):
            yield backend
            continue
        try:
            links = () if serverless(world, backend) else backend.health_checks
        except Unseen as unseen:
            yield unseen.gap
            continue
        yield from (CheckView(view.balancer, backend, link) for link in links if link not in seen)
        seen.update(links)


@check(
    "lb.health-check-wrong",
    Severity.HIGH,
    health_checks,
    reads=(*FRONT, *_GROUPS, "health_checks"),
    facts=("HC-01", "HC-02", "HC-03", "HC-05"),
    docs=(HEALTH_DOCS,),
)
def health_check_wrong(subject: Subject[CheckView], world: World, declared: Requirements) -> Verdict:
    """Health check differs from the declared one.

    A check that asks the wrong port or path, or gives up too early, takes healthy backends out of
    service, or leaves broken ones in.

    Reads the health checks of the backend services that the declared domains use, serverless ones left
    out: those have none that counts.

    Update the health check to the declared values.
    """
    view = subject.item
    wanted = view.balancer.health_check or Wanted()
    if view.backend is None:
        return skips(f"no backend of {view.balancer.name} has a health check in effect")
    if "/healthChecks/" not in view.link:
        said = f"{last(view.link)} of {view.backend.short} is a legacy health check, which diag does not read"
        raise Unseen(Gap(GapKind.UNDECIDED, said))
    found = find(world.health_checks(), view.link, world)
    if found is None:
        reason = f"{view.backend.short} names the health check {last(view.link)}, which does not exist"
        return fails(
            required="a health check as declared",
            observed="does not exist",
            reason=reason,
            evidence=(view.backend.evidence("healthChecks"),),
        )
    rows = _rows(found, wanted)
    if not rows:
        return skips(f"nothing that a health check can have is declared for {view.balancer.name}: see req.infeasible")
    different = [row for row in rows if row.wanted != row.observed]
    evidence = tuple(row.evidence for row in rows)
    place = next((wanted.at(row.key) for row in different), None)
    details = {
        "required": {row.key: row.wanted for row in different or rows},
        "observed": {row.key: row.observed for row in different or rows},
        "evidence": evidence,
        "declared_at": place,
    }
    if not different:
        return passes(**details)
    said = ", ".join(f"{row.key} is {row.observed}, declared {row.wanted}" for row in different)
    flags = " ".join(row.flag for row in different)
    update = f"gcloud compute health-checks update {found.type.lower()} {found.short} {place_flags(found)} {flags}"
    return fails(
        reason=f"{found.short} decides which backends of {view.backend.short} serve, and {said}",
        fix=(Fix(update),),
        **details,
    )


@dataclass(frozen=True)
class _Row:
    key: str
    wanted: JsonValue
    observed: JsonValue
    evidence: Evidence
    flag: str


_PROTOCOLS = {"grpc": ("GRPC", "GRPC_WITH_TLS")}


def _rows(found: HealthCheck, wanted: Wanted) -> list[_Row]:
    """Each declared value beside the observed one."""
    rows: list[_Row] = []
    if wanted.protocol is not None:
        kinds = _PROTOCOLS.get(wanted.protocol, (wanted.protocol.upper(),))
        observed = wanted.protocol if found.type in kinds else found.type.lower()
        rows.append(_Row("protocol", wanted.protocol, observed, found.evidence("type"), ""))
    if wanted.port is not None:
        field, flag = f"{found.settings}.port", f"--port {wanted.port}"
        rows.append(_Row("port", wanted.port, found.port, _seen(found, field, found.port), flag))
    if wanted.path is not None:
        field, flag = f"{found.settings}.requestPath", f"--request-path {wanted.path}"
        rows.append(_Row("path", wanted.path, found.path, _seen(found, field, found.path), flag))
    for key, value, observed_value, field, option in (
        ("interval", wanted.interval, found.interval, "checkIntervalSec", "check-interval"),
        ("timeout", wanted.timeout, found.timeout, "timeoutSec", "timeout"),
        ("healthy_threshold", wanted.healthy_threshold, found.healthy_threshold, "healthyThreshold", ""),
        ("unhealthy_threshold", wanted.unhealthy_threshold, found.unhealthy_threshold, "unhealthyThreshold", ""),
    ):
        if value is not None and not (option and value > LONGEST):
            flag = f"--{option or key.replace('_', '-')} {value:g}"
            wanted_value = int(value) if value == int(value) else value
            rows.append(_Row(key, wanted_value, observed_value, _seen(found, field, observed_value), flag))
    return rows


def _seen(found: HealthCheck, field: str, value: JsonValue) -> Evidence:
    return found.evidence(field, value, default=not found.doc_text(field))


def attached_or_declared(
    world: World, declared: Requirements
) -> Iterator[Subject[BackendService | BalancerView] | Gap]:
    """Each backend service; then each load balancer that declares a health check."""
    for backend in world.backend_services():
        yield Subject(backend.name, backend)
    for found in balancers(world, declared, lambda balancer: balancer.health_check is not None):
        if isinstance(found, Gap):
            yield found
        else:
            place = found.item.balancer.health_check.at() if found.item.balancer.health_check else None
            yield Subject(found.resource, found.item, place, found.critical)


@check(
    "lb.health-check-useless",
    Severity.MEDIUM,
    attached_or_declared,
    reads=(*FRONT, *_GROUPS),
    always=True,
    facts=("HC-08", "HC-09"),
    docs=(SERVERLESS_DOCS,),
)
def health_check_useless(
    subject: Subject[BackendService | BalancerView], world: World, declared: Requirements
) -> Verdict:
    """Health check has no effect.

    The load balancer checks no backend behind a serverless NEG: a health check attached there is never
    run, and a declared one cannot exist. A failing application stays in service all the same.

    Reads the backend services, their health checks and their groups, and for a declared health check the
    backend services that the declared domains use.

    Remove it, and declare `startup_window` on the Cloud Run service, with a start-up probe that holds it.
    """
    if isinstance(subject.item, BalancerView):
        return _declared_in_vain(subject.item, world)
    backend = subject.item
    required = "no health check before a serverless NEG"
    if not backend.health_checks:
        evidence = (backend.evidence("healthChecks", "not set", default=True),)
        return passes(required=required, observed="none", evidence=evidence)
    if not serverless(world, backend):
        return passes(required=required, observed="no serverless NEG", evidence=(backend.evidence("backends"),))
    names = [last(name) for name in backend.health_checks]
    update = f"gcloud compute backend-services update {backend.short} {place_flags(backend)} --no-health-checks"
    return fails(
        required=required,
        observed=names,
        reason=f"{', '.join(names)} is attached to {backend.short}, whose NEG is serverless: it is never run",
        evidence=(backend.evidence("healthChecks"), backend.evidence("backends")),
        fix=(Fix(update),),
    )


def _declared_in_vain(view: BalancerView, world: World) -> Verdict:
    name = view.balancer.name
    found: dict[BackendService, frozenset[str]] = {}
    for backend in backends_of(view, world):
        if isinstance(backend, Gap):
            raise Unseen(backend)
        found[backend] = kinds(world, backend)
    if not any(found.values()):
        return skips(f"no backend of {name} is there: see lb.domain-unserved and lb.backend-empty")
    evidence = tuple(backend.evidence("backends") for backend in found)
    able = [backend.short for backend, groups in found.items() if groups - {"SERVERLESS"}]
    required = "backends that can have a health check"
    if able:
        return passes(required=required, observed=able, evidence=evidence)
    return fails(
        required=required,
        observed="every backend is serverless",
        reason=f"the health check declared for {name} cannot exist, as all its backends are serverless NEGs: "
        "declare startup_window on the Cloud Run services instead",
        evidence=evidence,
        fix=(Fix("diag explain run.startup-window-too-short", mutates=False),),
    )

"""Whether the APIs are on that declared resources, and revisions in view, cannot do without."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import METHODS, Gap, GapKind
from diag.checks.check import Subject, Verdict, check, fails, passes
from diag.checks.subjects import RevisionView, revisions
from diag.errors import Unseen
from diag.facts.base import segment
from diag.facts.secrets import full_name, references
from diag.facts.world import World
from diag.report import Evidence, Fix, Place, Severity
from diag.requirements.model import Requirements, Service
from diag.values import dataclass

API_DOCS = "https://cloud.google.com/service-usage/docs/enable-disable"
RUN, SQL, REDIS = "run.googleapis.com", "sqladmin.googleapis.com", "redis.googleapis.com"
VPC_ACCESS, COMPUTE = "vpcaccess.googleapis.com", "compute.googleapis.com"
SECRETS, CERTIFICATES = "secretmanager.googleapis.com", "certificatemanager.googleapis.com"
MONITORING = "monitoring.googleapis.com"


@dataclass(frozen=True)
class Need:
    """An API that something in a project cannot do without."""

    project: str
    api: str
    user: str
    """What needs it, for the reason."""
    place: Place | None = None


@dataclass(frozen=True)
class Needed:
    """An API of a project, and everything that needs it."""

    project: str
    api: str
    users: tuple[str, ...]


def needed(world: World, declared: Requirements) -> Iterator[Subject[Needed] | Gap]:
    """Each API that is needed in a project in view, once; declared resources name their lines."""
    found: dict[tuple[str, str], list[Need]] = {}
    gaps: list[Gap] = []
    for need in (*_declared(declared), *_in_view(world, declared, gaps)):
        if need.project in declared.projects():  # of another project, the list of its APIs is not read
            found.setdefault((need.project, need.api), []).append(need)
    for (project, api), needs in found.items():
        users = tuple(dict.fromkeys(need.user for need in needs))
        place = next((need.place for need in needs if need.place), None)
        yield Subject(f"projects/{project}/services/{api}", Needed(project, api, users), place)
    yield from gaps


def _declared(declared: Requirements) -> Iterator[Need]:
    for service in declared.services.values():
        yield Need(service.project, RUN, service.name, service.at())
        yield from _of_service(service, declared)
    for connector in declared.connectors.values():
        yield Need(connector.project, VPC_ACCESS, connector.name, connector.at())
        if connector.network:
            project = segment(connector.network, "projects") or connector.project
            yield Need(project, COMPUTE, connector.name, connector.at("network"))
    for instance in declared.sql_instances.values():
        yield Need(instance.project, SQL, instance.name, instance.at())
    for cache in declared.redis_instances.values():
        yield Need(cache.project, REDIS, cache.name, cache.at())
    for balancer in declared.load_balancers.values():
        yield Need(balancer.project, COMPUTE, balancer.name, balancer.at())
    for index, name in enumerate(declared.sections.get("secrets", ())):
        project = segment(name, "projects") or declared.project
        yield Need(project, SECRETS, f"secret {name}", declared.at(f"secrets.{index}"))
    for index, alert in enumerate(declared.sections.get("alerts", ())):
        yield Need(declared.project, MONITORING, f"the alert on {alert['metric']}", declared.at(f"alerts.{index}"))


def _of_service(service: Service, declared: Requirements) -> Iterator[Need]:
    """What else a declared service needs: an attachment works through the API of its own project [CON-04]."""
    for destination in service.reaches:
        if destination.via == "socket":
            yield Need(service.project, SQL, f"the socket of {service.name}", destination.at("via"))
    for variable, name in service.secrets.items():
        project = segment(full_name(name, service.project), "projects") or service.project
        yield Need(project, SECRETS, f"secret {name}", service.at(f"secrets.{variable}"))
    egress = service.egress
    if egress and egress.connector:
        connector = declared.connectors.get(egress.connector)
        project = connector.project if connector else service.project
        yield Need(project, VPC_ACCESS, service.name, egress.at("connector"))
    for key in ("network", "subnet"):
        if egress and (named := getattr(egress, key)):
            yield Need(segment(named, "projects") or service.project, COMPUTE, service.name, egress.at(key))


def _in_view(world: World, declared: Requirements, gaps: list[Gap]) -> Iterator[Need]:
    """What serving revisions and proxies in view need; why some were not seen is added to `gaps`."""
    for subject in revisions(world, declared):
        if isinstance(subject, Gap):
            gaps.append(subject)
            continue
        try:
            yield from _of_revision(subject.item)
        except Unseen as unseen:
            gaps.append(unseen.gap)
    proxies = world.target_https_proxies()
    for proxy in proxies:
        for named in (proxy.certificate_map, *proxy.listed_certificates):
            if "/locations/" in named:
                yield Need(segment(named, "projects") or "", CERTIFICATES, proxy.short)
    gaps += proxies.gaps


def _of_revision(view: RevisionView) -> Iterator[Need]:
    revision, project = view.revision, view.service.project
    if revision.sql_attachments:
        yield Need(project, SQL, f"the socket of {revision.service}")
    if revision.connector:
        yield Need(segment(revision.connector, "projects") or project, VPC_ACCESS, revision.service)
    if revision.interfaces:
        yield Need(project, COMPUTE, revision.service)
    for one in references(revision):
        yield Need(segment(one.secret, "projects") or project, SECRETS, revision.service)


@check(
    "api.disabled",
    Severity.HIGH,
    needed,
    reads=("apis", "services", "revisions", "target_https_proxies"),
    always=True,
    facts=("CON-04", "IAM-05"),
    docs=(API_DOCS,),
)
def disabled(subject: Subject[Needed], world: World, declared: Requirements) -> Verdict:
    """An API that a resource needs is off.

    While its API is off a resource can neither be changed nor, often, used: a Cloud SQL socket asks the
    Cloud SQL Admin API of the service's own project for its certificate, a start-up its secrets.

    Reads the list of enabled APIs; where that cannot be read, a call that was refused because its API is off
    proves it. What is needed follows from the declared resources, and from the sockets, secrets, connectors,
    networks and certificate maps of what is in view.

    Enable the API.
    """
    item = subject.item
    try:
        found = world.apis(item.project).find(subject.resource)
        state = found.state.read() if found else "not enabled"
    except Unseen:
        refused = _refused(item, world)
        if refused is None:
            raise
        return _off(item, "SERVICE_DISABLED", refused)
    if found is None:
        listing = METHODS["serviceusage.services.list"]
        seen = Evidence(listing.api, listing.name, listing.items, "not listed", world.taken_at, subject.resource)
        return _off(item, state, seen)
    seen = found.evidence("state")
    if state == "ENABLED":
        return passes(required="ENABLED", observed=state, evidence=(seen,))
    return _off(item, state, seen)


def _off(item: Needed, observed: str, seen: Evidence) -> Verdict:
    return fails(
        required="ENABLED",
        observed=observed,
        reason=f"{item.api} is off in {item.project}, and it is needed for {', '.join(item.users)}",
        evidence=(seen,),
        fix=(Fix(f"gcloud services enable {item.api} --project {item.project}"),),
    )


def _refused(item: Needed, world: World) -> Evidence | None:
    """A call of that API that was refused since the API is off in that very project, as the seam's advice says."""
    enable = f"gcloud services enable {item.api} --project {item.project}"
    for call, answer in world.snapshot.answers.items():
        is_off = isinstance(answer, Gap) and answer.kind is GapKind.DISABLED and answer.advice == enable
        if is_off and call.method.api == item.api:
            method = call.method
            return Evidence(method.api, method.name, "", "SERVICE_DISABLED", world.taken_at, call.target)
    return None

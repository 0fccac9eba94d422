"""Calls for metrics, logs, IAM, secrets, alerts and APIs in use: the first ones, and those that follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diag.calls import Answer, Call, Gap
from diag.facts.base import dig, last, relative
from diag.facts.iam import KNOWN_ROLES
from diag.logs.query import log_filter
from diag.metrics import DEFAULT_WINDOW_S, TOPIC, Window, query
from diag.plan.permissions import preflight
from diag.plan.planned import Planned
from diag.plan.reading import dicts, incomplete, listed, objects
from diag.requirements.model import Requirements

_BY_NAME: Mapping[str, str] = {
    "alert_policies": "monitoring.alertPolicies.list",
    "notification_channels": "monitoring.notificationChannels.list",
    "projects": "cloudresourcemanager.projects.get",
}
_BY_PARENT: Mapping[str, str] = {"secrets": "secretmanager.secrets.list"}


def window(declared: Requirements, taken_at: str) -> Window:
    """The time that logs and metrics are read for: `logs.window` before the moment of collection."""
    seconds = declared.sections.get("logs", {}).get("window") or DEFAULT_WINDOW_S
    return Window.before(taken_at, seconds)


def first(plan: Planned, topics: frozenset[str]) -> Iterator[Call]:
    """The calls of these topics that need nothing but the requirements, once for each project in view."""
    read = window(plan.declared, plan.taken_at)
    if "permissions" in topics:
        yield from preflight(plan.declared.project, topics)
    for project in plan.declared.projects():
        name = f"projects/{project}"
        for topic in sorted(topics):
            if topic.startswith(TOPIC):
                yield query(topic.removeprefix(TOPIC), project, read)
        yield from (Call.of(key, name=name) for topic, key in _BY_NAME.items() if topic in topics)
        yield from (Call.of(key, parent=name) for topic, key in _BY_PARENT.items() if topic in topics)
        if "project_policy" in topics:
            yield Call.of("cloudresourcemanager.projects.getIamPolicy", resource=name)
        if "apis" in topics:
            yield Call.of("serviceusage.services.list", parent=name, filter="state:ENABLED")
        if "connectivity_tests" in topics:
            yield Call.of("networkmanagement.connectivityTests.list", parent=f"{name}/locations/global")
        if "log_entries" in topics:
            request = {"resource_names[0]": name, "order_by": "timestamp desc"}
            yield Call.of("logging.entries.list", **request, filter=log_filter(plan.declared, read))


def after_project(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """The policy of the folder or organization above, which a project's own policy does not show."""
    parent = str(dig(answer.doc, "parent") or "") if isinstance(answer, Answer) else ""
    if parent.startswith("folders/"):
        yield Call.of("cloudresourcemanager.folders.getIamPolicy", resource=parent)
        yield Call.of("cloudresourcemanager.folders.get", name=parent)
    elif parent.startswith("organizations/"):
        yield Call.of("cloudresourcemanager.organizations.getIamPolicy", resource=parent)


def after_policy(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """What is in each role that a service account holds, unless it is known."""
    roles = {
        str(dig(binding, "role"))
        for binding in objects(answer, "bindings")
        if any(str(member).startswith("serviceAccount:") for member in listed(binding, "members"))
    }
    yield from (Call.of("iam.roles.get", name=role) for role in sorted(roles - KNOWN_ROLES.keys()) if "/" in role)


def after_secrets(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """What is read of each secret of the project that is declared, or that a serving revision takes."""
    names = set(_declared_secrets(plan.declared))
    for revision, found in plan.answered("run.revisions.get"):
        names |= _secrets_of(revision, found)
    yield from _of_secrets(plan, call, names)


def after_revision(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """What is read of each secret that it takes; of another project's, the secret itself first."""
    names = _secrets_of(call, answer)
    for project in plan.declared.projects():
        listing = Call.of("secretmanager.secrets.list", parent=f"projects/{project}")
        if listing in plan.answers:
            yield from _of_secrets(plan, listing, names)
        names = {name for name in names if not name.startswith(f"projects/{project}/")}
    yield from (Call.of("secretmanager.secrets.get", name=name) for name in sorted(names))


def after_secret(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """Its versions and its policy."""
    if isinstance(answer, Answer):
        yield from _of_secret(call["name"])


def _of_secrets(plan: Planned, listing: Call, names: set[str]) -> Iterator[Call]:
    """Versions and policy of those that the list shows; the others by name, where it does not prove them absent."""
    answer = plan.answers[listing]
    docs = objects(answer, "secrets")
    there = {last(str(dig(doc, "name") or "")) for doc in docs}
    wanted = {last(name) for name in names if name.startswith(f"{listing['parent']}/")}
    for short in sorted(wanted & there):
        yield from _of_secret(f"{listing['parent']}/secrets/{short}")
    if incomplete(answer, docs):
        for short in sorted(wanted - there):
            yield Call.of("secretmanager.secrets.get", name=f"{listing['parent']}/secrets/{short}")


def _of_secret(name: str) -> Iterator[Call]:
    yield Call.of("secretmanager.versions.list", parent=name)
    yield Call.of("secretmanager.secrets.getIamPolicy", resource=name)


def _declared_secrets(declared: Requirements) -> Iterator[str]:
    for name in declared.sections.get("secrets", ()):
        yield full_secret(name, declared.project)
    for service in declared.services.values():
        yield from (full_secret(name, service.project) for name in service.secrets.values())


def _secrets_of(call: Call, answer: Answer | Gap) -> set[str]:
    """The full names of the secrets in a revision's variables and volumes [ATT-05]."""
    doc = answer.doc if isinstance(answer, Answer) else {}
    containers = [variable for container in dicts(doc, "containers") for variable in dicts(container, "env")]
    found = [dig(variable, "valueSource.secretKeyRef.secret") for variable in containers]
    found += [dig(volume, "secret.secret") for volume in dicts(doc, "volumes")]
    return {full_secret(str(name), call["name"].split("/")[1]) for name in found if name}


def full_secret(name: str, project: str) -> str:
    """`projects/P/secrets/S` of a name that may be short [ATT-05]."""
    return relative(name) if name.startswith("projects/") else f"projects/{project}/secrets/{name}"

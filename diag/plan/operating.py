"""Calls for metrics, logs, IAM, secrets, alerts and APIs in use: the first ones, and those that follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diag.calls import Answer, Call, Gap
from diag.facts.base import dig
from diag.logs.query import log_filter
from diag.metrics import ALIGNERS, DEFAULT_WINDOW_S, NOT_ALWAYS, TOPIC, Window, query
from diag.plan.permissions import preflight
from diag.plan.planned import Planned
from diag.plan.reading import objects
from diag.requirements.model import Requirements

_BY_NAME: Mapping[str, str] = {
    "alert_policies": "monitoring.alertPolicies.list",
    "notification_channels": "monitoring.notificationChannels.list",
    "projects": "cloudresourcemanager.projects.get",
}
_OF_ALERTS = frozenset({"alert_policies", "notification_channels"})
"""Topics that are read for declared alerts alone."""
_BY_PARENT: Mapping[str, str] = {"secrets": "secretmanager.secrets.list"}


def window(declared: Requirements, taken_at: str) -> Window:
    """The time that logs and metrics are read for: `logs.window` before the moment of collection."""
    seconds = declared.sections.get("logs", {}).get("window") or DEFAULT_WINDOW_S
    return Window.before(taken_at, seconds)


def measured(plan: Planned, project: str, api: str) -> Iterator[Call]:
    """The metrics of one API in a project that is not in view by itself, a Shared VPC host say."""
    if project not in plan.declared.projects():
        for metric in ALIGNERS:
            if metric.startswith(f"{api}/"):
                yield query(metric, project, window(plan.declared, plan.taken_at))


def first(plan: Planned, topics: frozenset[str]) -> Iterator[Call]:
    """The calls of these topics that need nothing but the requirements, once for each project in view."""
    read = window(plan.declared, plan.taken_at)
    asked = topics if "alerts" in plan.declared.sections else topics - _OF_ALERTS
    if "permissions" in topics:
        yield from preflight(plan.declared.project, topics)
    for project in plan.declared.projects():
        name = f"projects/{project}"
        for topic in sorted(topics):
            if topic.startswith(TOPIC) and topic.removeprefix(TOPIC) not in NOT_ALWAYS:
                yield query(topic.removeprefix(TOPIC), project, read)
        yield from (Call.of(key, name=name) for topic, key in _BY_NAME.items() if topic in asked)
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


def after_instances(plan: Planned, call: Call, answer: Answer | Gap) -> Iterator[Call]:
    """Metrics that only some engines have, where an instance was seen that is not PostgreSQL [SM-07, SM-10]."""
    docs = [answer.doc] if isinstance(answer, Answer) and call.method.key.endswith(".get") else objects(answer, "items")
    if any(not str(dig(doc, "databaseVersion") or "POSTGRES").startswith("POSTGRES") for doc in docs):
        for metric in sorted(NOT_ALWAYS):
            yield query(metric, call["project"], window(plan.declared, plan.taken_at))

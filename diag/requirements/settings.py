"""The keys outside the resources: logs, alerts, probes, and the settings of the other commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from diag.requirements import kinds, names
from diag.requirements.expressions import EXPRESSION
from diag.requirements.shape import Conflict, Keys, Leaf, Many, Named, leaf, rising_order

SEVERITY = kinds.choice("critical", "high", "medium", "low")

SECRETS = Many(
    item=Leaf(kind=names.SECRET, doc="A secret's name."),
    nonempty=True,
    doc="Secrets that must exist, with an enabled version.",
    judged_by=("run.secret-missing", "run.secret-disabled"),
)

FORBIDDEN = Keys(
    doc="A pattern that must not appear, beside the built-in signatures.",
    required=("id", "pattern"),
    judged_by=("logs.forbidden",),
    one_line=lambda _: ("logs.forbidden",),
    keys={
        "id": Leaf(kind=names.LABEL, doc="Its name in the findings."),
        "pattern": Leaf(kind=kinds.PATTERN, doc="A regular expression (RE2)."),
        "severity": Leaf(kind=SEVERITY, doc="The severity of its finding."),
    },
)


def phase_conflicts(data: Mapping[str, Any]) -> Iterator[Conflict]:
    """The pattern must say where the time stands."""
    if "pattern" in data and "(?P<seconds>" not in data["pattern"]:
        yield "pattern", "has no group for the time", "write (?P<seconds>…) around the seconds"
    yield from rising_order(data)


LOGS = Keys(
    doc="What the logs must not say.",
    keys={
        "window": Leaf(
            kind=kinds.DURATION, doc="How far back logs and metrics are read.", used_by=("check", "diagnose")
        ),
        "forbidden": Many(item=FORBIDDEN, doc="Patterns that must not appear."),
        "phase_time": Keys(
            doc="How long a phase may take, by a line that logs it.",
            required=("pattern",),
            some_of=("warn", "fail"),
            conflicts=phase_conflicts,
            keys={
                "pattern": leaf(kinds.PATTERN, "With groups `phase` and `seconds`.", "logs.phase-slow"),
                "warn": leaf(kinds.DURATION, "Where it warns.", "logs.phase-slow"),
                "fail": leaf(kinds.DURATION, "Where it fails.", "logs.phase-slow"),
            },
        ),
    },
)

SHARES = ("connector-utilization", "sql-connections", "sql-cpu", "sql-memory", "sql-disk", "run-errors")
TIMES = ("startup-phase-time", "connection-time")


def alert_conflicts(data: Mapping[str, Any]) -> Iterator[Conflict]:
    """Times are compared with durations, everything else with a share or an absolute number."""
    above = data.get("above")
    if above is None or "metric" not in data:
        return
    timed = above.unit == "seconds"
    if data["metric"] in TIMES and not timed:
        yield "above", f"of {data['metric']} is a time", "write a duration such as 25s"
    if data["metric"] in SHARES and timed:
        yield "above", f"of {data['metric']} is not a time", "write a percentage such as 70%, or a number"


_ALERT = ("alerts.missing", "alerts.disabled", "alerts.no-channel", "alerts.wrong-metric")
ALERTS = Many(
    nonempty=True,
    doc="Alerting policies that must exist, enabled, with a channel.",
    item=Keys(
        doc="One policy, by what it watches.",
        required=("metric",),
        judged_by=_ALERT,
        one_line=lambda _: _ALERT,
        conflicts=alert_conflicts,
        keys={
            "metric": Leaf(kind=kinds.choice(*SHARES, *TIMES), doc="What it watches."),
            "above": Leaf(kind=kinds.BOUND, doc="Where it fires; one that fires earlier passes."),
        },
    ),
)

TARGETS = ("url", "postgres", "redis", "tls", "dns")


def probe_conflicts(data: Mapping[str, Any]) -> Iterator[Conflict]:
    """A password has one place."""
    if "password_env" in data and "password_secret" in data:
        yield "password_secret", "stands beside password_env", "write one of them"


PROBE = Keys(
    doc="An active test of one endpoint.",
    one_of=TARGETS,
    conflicts=probe_conflicts,
    keys={
        "url": Leaf(kind=names.URL, doc="http, https, ws or wss address."),
        "postgres": Leaf(kind=names.POSTGRES, doc="Socket folder, or host:port/database."),
        "redis": Leaf(kind=names.REDIS, doc="host:port, or rediss://host:port for TLS."),
        "tls": Leaf(kind=names.HOST_PORT, doc="host:port of a TLS endpoint."),
        "dns": Leaf(kind=names.DNS_NAME, doc="A name that must resolve."),
        "expect": Keys(
            doc="What the answer must be.",
            keys={
                "status": Leaf(kind=kinds.whole(100, 599), doc="HTTP status."),
                "within": Leaf(kind=kinds.DURATION, doc="How long it may take."),
                "hold": Leaf(kind=kinds.DURATION, doc="How long a WebSocket must stay open."),
                "json": Named(
                    name=names.ANY_TEXT,
                    value=Leaf(kind=kinds.JSON_SCALAR, doc="The value that must stand there."),
                    doc="Dotted path in a JSON answer → value.",
                ),
            },
        ),
        "category": Leaf(kind=names.LABEL, doc="A category of `validation.categories`."),
        "password_env": Leaf(kind=names.VARIABLE, doc="The variable that holds the password."),
        "password_secret": Leaf(kind=names.SECRET, doc="The secret that holds the password."),
        "ca_file": Leaf(kind=names.ANY_TEXT, doc="A private CA, PEM."),
        "samples": Leaf(kind=kinds.whole(1, 1000), doc="How often it is measured, for a distribution."),
    },
)
PROBES = Named(
    name=names.LABEL,
    value=PROBE,
    nonempty=True,
    doc="Active tests of endpoints.",
    used_by=("probe", "validate", "watch"),
)

NOTIFY = Many(
    item=Leaf(kind=names.NOTIFY, doc="An address."),
    doc="Where changes of state are announced: apprise addresses; ${NAME} is expanded.",
    used_by=("watch",),
)

VALIDATION = Keys(
    doc="The restoration gate.",
    used_by=("validate", "watch"),
    keys={
        "pass_rate": Leaf(kind=kinds.PERCENT, doc="The share that must pass; default 100%."),
        "clean_runs": Leaf(kind=kinds.whole(1, 1000), doc="Clean runs one after the other; default 3."),
        "categories": Named(
            name=names.LABEL,
            doc="What is counted together.",
            value=Keys(
                doc="A category.",
                keys={
                    "critical": Leaf(kind=kinds.BOOLEAN, doc="Whether it must be complete, without fail or unknown.")
                },
            ),
        ),
    },
)

INCIDENT = Keys(
    doc="What a status update says of the incident.",
    used_by=("report", "watch"),
    keys={
        "owner": Leaf(kind=names.ANY_TEXT, doc="Who leads."),
        "impact": Leaf(kind=names.ANY_TEXT, doc="What users notice."),
        "update_every": Leaf(kind=kinds.DURATION, doc="Time between two updates."),
        "escalation": Many(
            doc="Whom to call, in order.",
            item=Keys(
                doc="A step.",
                required=("role",),
                one_line=lambda _: (),
                keys={
                    "role": Leaf(kind=names.ANY_TEXT, doc="The role."),
                    "contact": Leaf(kind=names.ANY_TEXT, doc="How to reach it."),
                },
            ),
        ),
    },
)


def maintenance_conflicts(data: Mapping[str, Any]) -> Iterator[Conflict]:
    """A window ends after it begins."""
    if "from" in data and "to" in data and data["to"] <= data["from"]:
        yield "to", "is not after from", "write a later time"


MAINTENANCE = Many(
    doc="Windows in which nothing is announced.",
    used_by=("watch",),
    item=Keys(
        doc="A window.",
        required=("from", "to"),
        one_line=lambda _: (),
        conflicts=maintenance_conflicts,
        keys={
            "from": Leaf(kind=kinds.TIME, doc="RFC 3339, with its zone."),
            "to": Leaf(kind=kinds.TIME, doc="RFC 3339, with its zone."),
            "reason": Leaf(kind=names.ANY_TEXT, doc="Why."),
        },
    ),
)

HISTORY = Leaf(
    kind=names.HISTORY,
    doc="Where runs are kept.",
    used_by=("history", "note", "probe", "report", "validate", "watch"),
)

WAIVERS = Many(
    doc="Exceptions that expire.",
    used_by=("check",),
    item=Keys(
        doc="An exception; it holds through the day before `expires`.",
        required=("check", "resource", "reason", "owner", "expires"),
        one_line=lambda _: (),
        keys={
            "check": Leaf(kind=names.CHECK_PATTERN, doc="A check's id, or a glob."),
            "resource": Leaf(kind=names.ANY_TEXT, doc="Full name, its last segment, or a glob."),
            "reason": Leaf(kind=names.ANY_TEXT, doc="Why it is accepted."),
            "owner": Leaf(kind=names.ANY_TEXT, doc="Who answers for it."),
            "expires": Leaf(kind=kinds.DATE, doc="The first day on which it no longer holds."),
        },
    ),
)


def rule_checks(data: Mapping[str, Any]) -> tuple[str, ...]:
    """A rule is judged by the check of its own id."""
    return (data["id"],) if isinstance(data.get("id"), str) else ()


RULES = Many(
    nonempty=True,
    doc="Your own checks, in CEL over a resource's API JSON.",
    item=Keys(
        doc="A rule.",
        required=("id", "resource", "require"),
        judged_by=("own.*",),
        one_line=rule_checks,
        keys={
            "id": Leaf(kind=names.RULE_ID, doc="Its id, such as own.min-instances."),
            "resource": Leaf(kind=names.RULE_RESOURCE, doc="The kind of resource, such as run.service."),
            "where": Leaf(kind=EXPRESSION, doc="Which of them."),
            "require": Leaf(kind=EXPRESSION, doc="What must be true."),
            "severity": Leaf(kind=SEVERITY, doc="The severity of its findings."),
            "message": Leaf(kind=names.ANY_TEXT, doc="What a failure says."),
        },
    ),
)

"""The one query that reads the log entries of a run [QTA-01: sixty calls a minute]."""

from __future__ import annotations

import re
from collections.abc import Iterable

from diag.facts.logs import AUDIT, BALANCER, RUN, SQL
from diag.logs.declared import patterns
from diag.logs.fragments import fragments, without_longer
from diag.logs.signatures import in_logs
from diag.metrics import Window
from diag.requirements.model import Requirements

LONGEST = 20_000
"""Characters that a filter may have [PAG-04]."""

_RESOURCES = (
    "cloud_run_revision",
    "cloudsql_database",
    "http_load_balancer",
    "http_external_regional_lb_rule",
    "internal_http_lb_rule",
    "nat_gateway",
    "vpc_access_connector",
)
_AUDIT_LOGS = ("cloudaudit.googleapis.com%2Factivity", "cloudaudit.googleapis.com%2Fsystem_event")
_WHOLE_LOGS = ("run.googleapis.com%2Fvarlog%2Fsystem", "cloudaudit.googleapis.com%2Fsystem_event")
"""Logs of the platform, which says little and all of it matters."""
_PRINTED = '(resource.type="cloud_run_revision" AND NOT logName:"requests")'
_TEXT_FIELDS = ("textPayload", "jsonPayload.message", "jsonPayload.msg")
_LEVELS = ("error", "ERROR", "critical", "CRITICAL", "fatal", "FATAL")
"""What a program calls a failure in a field of its own, which is no severity to Logging."""
_ASKED = re.compile(
    r"(?P<fixed>.*) OR (?:" + re.escape(_PRINTED) + r'|textPayload=~"\(\?i\)\((?P<texts>[^"]*)\)" OR jsonPayload.*)\)'
)
"""A filter by what it always asks for, and the texts that it asks for; without texts, all that is printed."""


def log_filter(declared: Requirements, window: Window) -> str:
    """The filter of the entries that a run reads, in the Logging query language [LOG-03..05].

    What a container prints carries no severity, so that lines are asked for by the texts which the known
    signatures and the declared patterns need, in the fields that hold a text as a rule; a structured line with
    its text elsewhere (`event`, `exc_info`) by the level that it gives itself. Where a pattern needs no text of
    its own, or the texts do not fit into a filter, all that is printed is asked for.
    """
    texts = [_loose(text) for text in _texts(declared)]
    by_level = [_is_one(field, _LEVELS) for field in ("jsonPayload.level", "jsonPayload.levelname")]
    found = _filter(window, [*(_contains(field, texts) for field in _TEXT_FIELDS), *by_level]) if texts else ""
    return found if 0 < len(found) <= LONGEST else _filter(window, [_PRINTED])


def covers(recorded: str, asked: str) -> bool:
    """Whether the first filter asks for every entry that the second asks for, over the same time; both as made here."""
    wanted = _ASKED.fullmatch(asked)
    texts = wanted["texts"] if wanted else None
    return _asks_for(recorded, asked, texts.split("|") if texts else None)


def covers_signatures(recorded: str, asked: str) -> bool:
    """The same, but for the lines that the second filter asks for on behalf of declared patterns alone."""
    return _asks_for(recorded, asked, [_loose(text) for text in _known()])


def _asks_for(recorded: str, asked: str, texts: Iterable[str] | None) -> bool:
    """Whether a filter asks for what `asked` always asks for, and for lines with these texts; None: for all lines."""
    held, wanted = _ASKED.fullmatch(recorded), _ASKED.fullmatch(asked)
    if not held or not wanted or held["fixed"] != wanted["fixed"]:
        return False
    if held["texts"] is None or texts is None:
        return held["texts"] is None
    shorter = held["texts"].split("|")
    return all(any(one in text for one in shorter) for text in texts)


def _filter(window: Window, printed: Iterable[str]) -> str:
    where = f"{_is_one('resource.type', _RESOURCES)} OR {_is_one('logName', _AUDIT_LOGS, ':')}"
    failed = sorted(value for one in in_logs([BALANCER]) if one.least_status < 500 for value in one.values)
    what = (
        _is_one("logName", _WHOLE_LOGS, ":"),
        # Of requests a warning is a status of 4xx, which scanners cause by the thousand.
        '(severity>=WARNING AND NOT logName:"requests")',
        "httpRequest.status>=500",
        _is_one("jsonPayload.statusDetails", failed),
        'jsonPayload.allocation_status="DROPPED"',
        *printed,
    )
    return f'timestamp>="{window.start}" AND timestamp<="{window.end}" AND ({where}) AND ({" OR ".join(what)})'


def _texts(declared: Requirements) -> tuple[str, ...]:
    """What a line must contain to be of interest; empty when some lines of interest need contain nothing."""
    wanted = [fragments(pattern) for pattern in patterns(declared)]
    return without_longer(_known().union(*wanted)) if all(wanted) else ()


def _known() -> frozenset[str]:
    """What lines contain that the known signatures look for."""
    needed = (texts for one in in_logs([RUN, SQL, AUDIT]) for texts in one.fragments.values())
    return frozenset().union(*needed)


def _is_one(field: str, values: Iterable[str], comparison: str = "=") -> str:
    """Whether a field is one of the values, or with `:` contains one."""
    return f"{field}{comparison}(" + " OR ".join(f'"{value}"' for value in values) + ")"


def _contains(field: str, texts: Iterable[str]) -> str:
    """Whether a field matches one of the patterns, whatever its case."""
    return f'{field}=~"(?i)({"|".join(texts)})"'


def _loose(text: str) -> str:
    """A pattern that finds a text; what would need an escape is any character."""
    return re.sub(r"[^\w /:;,='<>@#%&!~`-]", ".", text)

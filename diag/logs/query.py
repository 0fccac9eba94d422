"""The one query that reads the log entries of a run [QTA-01: sixty calls a minute]."""

from __future__ import annotations

from diag.metrics import Window
from diag.requirements.model import Requirements

_RESOURCES = (
    "cloud_run_revision",
    "cloudsql_database",
    "http_load_balancer",
    "nat_gateway",
    "audited_resource",
    "vpc_access_connector",
)
_LOGS = (
    "run.googleapis.com%2Fstderr",
    "run.googleapis.com%2Fvarlog%2Fsystem",
    "cloudaudit.googleapis.com%2Fsystem_event",
)
"""Logs that are read whatever the severity: what a container prints to stderr carries none."""


def log_filter(declared: Requirements, window: Window) -> str:
    """The filter of the entries that a run reads, in the Logging query language [LOG-03..05]."""
    types = " OR ".join(f'"{kind}"' for kind in _RESOURCES)
    names = " OR ".join(f'"{log}"' for log in _LOGS)
    return (
        f'timestamp>="{window.start}" AND timestamp<="{window.end}" AND resource.type=({types}) '
        f"AND (severity>=WARNING OR logName:({names}))"
    )

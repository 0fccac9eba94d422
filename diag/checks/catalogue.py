"""Every check there is, in the order of the reports: one literal table."""

from __future__ import annotations

from collections.abc import Mapping

from diag.checks.check import Check
from diag.checks.vpc import connector

CHECKS: Mapping[str, Check] = {
    one.id: one
    for one in (
        connector.connector_missing,
        connector.connector_not_ready,
    )
}

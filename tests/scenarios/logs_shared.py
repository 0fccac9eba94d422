"""What the scenarios of logs share: lines that were logged, more than are read, and a log that may not be read."""

from __future__ import annotations

from diag.calls import GapKind
from fixtures.estate import Estate
from fixtures.measured import entry
from tests.scenarios.scenario import Patch

SERVICE = "netra-backend-staging"
REVISION = f"{SERVICE}-00097-k7m"


def logged(*lines: str, log: str = "stderr", service: str = SERVICE, revision: str = REVISION) -> Patch:
    """The lines, a minute apart, as a container prints them: without severity."""

    def patch(estate: Estate) -> None:
        for minute, line in enumerate(lines):
            doc = entry(line, f"2025-09-18T08:{30 + minute}:00Z", service=service, revision=revision, log=log)
            estate.put("logging.entries", f"{line} {minute} {revision}", doc)

    return patch


def truncated(*lines: str) -> Patch:
    """The lines, and more of them than are read."""

    def patch(estate: Estate) -> None:
        logged(*lines)(estate)
        estate.partial("logging.entries.list", "there is more than the 10000 that are read")

    return patch


def refused(estate: Estate) -> None:
    """Logs may not be read."""
    estate.gap("logging.entries.list", GapKind.DENIED)

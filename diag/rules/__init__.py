"""The file's own rules: CEL over a resource's API JSON, as checks like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diag.checks.check import Check
    from diag.requirements.model import Requirements


def own_checks(declared: Requirements) -> tuple[Check, ...]:
    """The checks of the file's rules, in their order; only a file that has rules pays for what they need."""
    if not declared.sections.get("rules"):
        return ()
    from diag.rules import checks

    return checks.own_checks(declared)

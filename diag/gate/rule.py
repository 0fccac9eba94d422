"""The rule of the gate, as `validation:` declares it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from diag.report import Finding
from diag.requirements.catalogue import CATEGORY_BY_PRODUCT
from diag.requirements.model import Requirements
from diag.values import dataclass, field

DEFAULT_CLEAN_RUNS = 3


@dataclass(frozen=True)
class Rule:
    """What RESTORED takes; a category that the file does not name is not critical."""

    pass_rate: Fraction = Fraction(1)
    """The share that must pass, exactly as it was written."""
    clean_runs: int = DEFAULT_CLEAN_RUNS
    critical: Mapping[str, bool] = field(default_factory=dict)
    """Declared category → whether it is critical, in the order of the file."""
    probes: Mapping[str, str] = field(default_factory=dict)
    """Probe → its category, of those that have one."""

    @staticmethod
    def of(declared: Requirements) -> Rule:
        """The rule of a requirements file; defaults where it says nothing."""
        said: Mapping[str, Any] = declared.sections.get("validation", {})
        probes: Mapping[str, Mapping[str, Any]] = declared.sections.get("probes", {})
        return Rule(
            # The file's percentage arrives as a float; a fraction of small terms is what was written.
            pass_rate=Fraction(said.get("pass_rate", 1.0)).limit_denominator(10**8),
            clean_runs=said.get("clean_runs", DEFAULT_CLEAN_RUNS),
            critical={name: one.get("critical", False) for name, one in said.get("categories", {}).items()},
            probes={name: one["category"] for name, one in probes.items() if "category" in one},
        )

    def category(self, finding: Finding) -> str | None:
        """Where the finding counts besides the rate: a probe where the file says, a check by its product."""
        if finding.probe:
            return self.probes.get(finding.resource)
        return CATEGORY_BY_PRODUCT.get(finding.check.partition(".")[0])

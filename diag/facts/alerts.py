"""Alerting policies and notification channels, from API JSON (monitoring v3)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import Choice, Resource, dig
from diag.values import dataclass

VERIFICATION = frozenset({"VERIFICATION_STATUS_UNSPECIFIED", "UNVERIFIED", "VERIFIED"})
COMBINERS = frozenset({"COMBINE_UNSPECIFIED", "AND", "OR", "AND_WITH_MATCHING_RESOURCE"})
COMPARISONS = frozenset({f"COMPARISON_{word}" for word in ("GT", "GE", "LT", "LE", "EQ", "NE")})

_KINDS: Mapping[str, str] = {
    "conditionThreshold": "threshold",
    "conditionAbsent": "absence",
    "conditionMatchedLog": "log",
    "conditionPrometheusQueryLanguage": "promql",
    "conditionMonitoringQueryLanguage": "mql",
    "conditionSql": "sql",
}


@dataclass(frozen=True)
class AlertCondition:
    """One condition of a policy [ALR-02..07]."""

    path: str
    """Where it stands in the policy's JSON."""
    kind: str
    """`threshold`, `absence`, `log`, `promql`, `mql`, `sql`; empty for one that the documentation does not know."""
    title: str
    filter: str = ""
    """Of a threshold: the filter of the series that it watches."""
    denominator: str = ""
    """The filter of the series by which they are divided; empty where they are not."""
    aligner: str = ""
    reducer: str = ""
    comparison: Choice | None = None
    threshold: float = 0.0
    """The figure that is compared with; an absent one is 0."""
    series: int = 1
    """How many series must be above the threshold at once."""
    query: str = ""
    """The text of a query, or of a log filter."""


class AlertPolicy(Resource):
    """An alerting policy [ALR-01..08]."""

    @property
    def title(self) -> str:
        """Its name as people see it."""
        return self.text("displayName") or self.short

    @property
    def enabled(self) -> bool:
        """Whether it makes incidents; absent means on."""
        return self.flag("enabled", True)

    @property
    def invalid(self) -> str:
        """Why it makes no incidents although it could be saved [ALR-08]; empty when it does."""
        found = self.mapping("validity")
        return self.text("validity.message") or f"code {self.doc_text('validity.code')}" if found else ""

    @property
    def combiner(self) -> Choice:
        """How its conditions work together."""
        return self.choice("combiner", COMBINERS, "COMBINE_UNSPECIFIED")

    @property
    def channels(self) -> tuple[str, ...]:
        """Full names of its notification channels; none notifies nobody [ALR-09]."""
        return tuple(str(item) for item in self.items("notificationChannels"))

    @cached_property
    def conditions(self) -> tuple[AlertCondition, ...]:
        """Its conditions in the order of the API."""
        return tuple(self._condition(f"conditions[{index}]") for index in range(len(self.objects("conditions"))))

    def _condition(self, path: str) -> AlertCondition:
        field = next((name for name in _KINDS if self.mapping(f"{path}.{name}")), "")
        if not field:
            said = f"{self.name}: {path} is of a kind that this version of diag does not know"
            raise Unseen(Gap(GapKind.UNDOCUMENTED, said, self.origin.call))
        kind, title, inner = _KINDS[field], self.text(f"{path}.displayName"), f"{path}.{field}"
        if kind != "threshold":
            query = self.text(f"{inner}.query") or self.text(f"{inner}.filter")
            return AlertCondition(path, kind, title, query=query)
        return AlertCondition(
            path,
            kind,
            title,
            self.text(f"{inner}.filter"),
            self.text(f"{inner}.denominatorFilter"),
            self.text(f"{inner}.aggregations[0].perSeriesAligner"),
            self.text(f"{inner}.aggregations[0].crossSeriesReducer"),
            self.choice(f"{inner}.comparison", COMPARISONS),
            self._number(f"{inner}.thresholdValue"),
            self.integer(f"{inner}.trigger.count") or 1,
        )

    def _number(self, path: str) -> float:
        value = dig(self.doc, path)
        try:
            return float(value or 0)
        except (TypeError, ValueError):
            raise Unseen(self.malformed(path, value)) from None


class NotificationChannel(Resource):
    """A notification channel [ALR-09]."""

    @property
    def enabled(self) -> bool:
        """Whether it is used; absent means on."""
        return self.flag("enabled", True)

    @property
    def verification(self) -> Choice:
        """`UNVERIFIED` where its kind needs verification and has none."""
        return self.choice("verificationStatus", VERIFICATION, "VERIFICATION_STATUS_UNSPECIFIED")

"""How findings are counted, and whether the run that gave them is clean.

A requirement is one check on one resource, or one probe. It counts once: several findings of the same check
on the same resource (one for each declared line, say) are one requirement with the worst of their statuses,
and a probe is one whatever its addresses, samples or vantages. What is skipped or waived does not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from diag.gate.rule import Rule
from diag.report import Category, Finding, Status
from diag.values import dataclass

_BADNESS = {Status.PASS: 0, Status.WARN: 1, Status.UNKNOWN: 2, Status.FAIL: 3}
"""The statuses that count, from good to bad."""


@dataclass(frozen=True)
class Tally:
    """One run as the gate sees it."""

    rule: Rule
    total: Mapping[Status, int]
    categories: tuple[Category, ...]

    @property
    def passed(self) -> int:
        """Requirements that pass."""
        return self.total[Status.PASS]

    @property
    def counted(self) -> int:
        """Requirements that pass, warn, fail or are unknown."""
        return sum(self.total.values())

    @property
    def critical(self) -> tuple[Category, ...]:
        """The critical categories."""
        return tuple(one for one in self.categories if one.critical)

    @property
    def enough(self) -> bool:
        """Whether the rate is at least the declared one; integers are compared."""
        return self.counted > 0 and self._reaches(self.passed)

    @property
    def clean(self) -> bool:
        """Whether rate and critical categories are as they must be, and nothing that counts is unknown."""
        return self.enough and not self.total[Status.UNKNOWN] and all(one.complete for one in self.critical)

    @property
    def undecided(self) -> bool:
        """Whether nothing but what was not seen keeps the run from being clean."""
        within_reach = self._reaches(self.passed + self.total[Status.UNKNOWN])
        return not self.clean and within_reach and not any(one.failed for one in self.critical)

    @property
    def rate(self) -> float:
        """The share that passes, 0 to 1, to three places; what falls short never looks as if it did not."""
        if not self.counted:
            return 0.0
        share = Fraction(self.passed, self.counted)
        rounded = round(share, 3)
        short = any(share < bound <= rounded for bound in (self.rule.pass_rate, Fraction(1)))
        return float(Fraction(int(share * 1000), 1000) if short else rounded)

    def _reaches(self, passed: int) -> bool:
        rate = self.rule.pass_rate
        return passed * rate.denominator >= rate.numerator * self.counted


def tally(findings: Iterable[Finding], rule: Rule, fail_on: Status = Status.FAIL) -> Tally:
    """The run's findings counted by category; with `fail_on` WARN a warning counts as a failure."""
    counted = [(rule.category(worst), worst.status) for worst in requirements(findings)]
    if fail_on is Status.WARN:
        counted = [(name, Status.FAIL if status is Status.WARN else status) for name, status in counted]
    names = dict.fromkeys([*rule.critical, *(name for name, _ in counted if name)])
    categories = tuple(_category(name, rule, [status for own, status in counted if own == name]) for name in names)
    total = Counter(status for _, status in counted)
    return Tally(rule, {status: total[status] for status in _BADNESS}, categories)


def requirements(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Of each requirement that counts the finding that decides: the first of its worst ones."""
    worst: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        if finding.status not in _BADNESS:
            continue
        key = (finding.check, finding.resource)
        if key not in worst or _BADNESS[finding.status] > _BADNESS[worst[key].status]:
            worst[key] = finding
    yield from worst.values()


def _category(name: str, rule: Rule, statuses: Sequence[Status]) -> Category:
    count = Counter(statuses)
    return Category(
        name=name,
        critical=rule.critical.get(name, False),
        passed=count[Status.PASS],
        warned=count[Status.WARN],
        failed=count[Status.FAIL],
        unknown=count[Status.UNKNOWN],
    )

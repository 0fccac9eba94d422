"""The gate in words: always the fraction, never a bare grade."""

from __future__ import annotations

from collections.abc import Iterator

from diag.gate.tally import Tally
from diag.report import Category


def said(tally: Tally) -> str:
    """`34 of 41, 82.9 %; critical 4 of 5: database fails`."""
    critical = tally.critical
    share = f"{tally.passed} of {tally.counted}, {tally.rate * 100:.1f} %" if tally.counted else "nothing counts"
    parts = [share if tally.enough else f"{share}, below the required {float(tally.rule.pass_rate) * 100:g} %"]
    if critical:
        short = ", ".join(_short(one) for one in critical if not one.complete)
        complete = sum(one.complete for one in critical)
        parts.append(f"critical {complete} of {len(critical)}{f': {short}' if short else ''}")
    parts += _elsewhere(tally)
    return "; ".join(parts)


def _short(category: Category) -> str:
    if category.failed:
        return f"{category.name} fails"
    return f"{category.name} is unknown" if category.unknown else f"{category.name} has nothing that counts"


def _elsewhere(tally: Tally) -> Iterator[str]:
    """Unknowns outside the critical categories, which keep a run from being clean as well."""
    total = tally.counted - sum(one.counted for one in tally.critical)
    unknown = sum(count for status, count in tally.total.items() if status.value == "unknown")
    beside = unknown - sum(one.unknown for one in tally.critical)
    if total and beside:
        yield f"{beside} unknown besides"

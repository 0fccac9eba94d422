"""Moments, lengths of time and rates as a reader writes them."""

from __future__ import annotations

from datetime import UTC, datetime

from diag.update import Rate

_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def moment(at: datetime, beside: datetime | None = None) -> str:
    """`2025-09-16 17:45:03Z`; of the same day as the moment beside it only the time."""
    text = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return text[11:] if beside and beside.astimezone(UTC).date() == at.astimezone(UTC).date() else text


def span(seconds: float) -> str:
    """The two largest units of it: `3 h 12 min`, `45 s`, `0.4 s`."""
    if seconds < 10:
        return f"{max(0.0, seconds):.1f}".removesuffix(".0") + " s"
    left = round(seconds) if seconds < 3600 else round(seconds / 60) * 60
    parts = []
    for name, length in _UNITS:
        if left >= length:
            parts.append(f"{left // length} {name}")
            left %= length
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts)


def percent(rate: Rate) -> str:
    """`82.9 %`, cut and never rounded up; of nothing there is no share."""
    return f"{rate.passed * 1000 // rate.counted / 10:.1f} %" if rate.counted else "no share"


def fraction(rate: Rate) -> str:
    """`34 of 41, 82.9 %`."""
    return f"{rate.passed} of {rate.counted}, {percent(rate)}" if rate.counted else "nothing counts"


def direction(rate: Rate, before: Rate) -> str:
    """Whether the rate rose, fell or stayed; compared as fractions of integers."""
    now, then = rate.passed * before.counted, before.passed * rate.counted
    return "unchanged" if now == then else "up" if now > then else "down"

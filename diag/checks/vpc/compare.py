"""Declared settings beside observed ones: what is certainly wrong counts before what was not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from diag.calls import Gap
from diag.errors import Unseen
from diag.report import JsonValue
from diag.values import dataclass


@dataclass(frozen=True)
class Row:
    """One declared setting."""

    field: str
    """Its key in the requirements file."""
    required: JsonValue
    observed: JsonValue
    met: bool
    gap: Gap | None = None
    """Why it could not be compared; `observed` and `met` then mean nothing."""


def row(field: str, required: JsonValue, look: Callable[[], tuple[JsonValue, bool]]) -> Row:
    """The row of a setting, of which `look` says what is observed and whether that meets it; it may raise `Unseen`."""
    try:
        observed, met = look()
    except Unseen as unseen:
        return Row(field, required, None, False, unseen.gap)
    return Row(field, required, observed, met)


def unmet(rows: Sequence[Row]) -> list[Row]:
    """The rows that are wrong; where none is, raises `Unseen` for one that could not be compared."""
    wrong = [one for one in rows if not one.gap and not one.met]
    gap = next((one.gap for one in rows if one.gap), None)
    if gap and not wrong:
        raise Unseen(gap)
    return wrong


def required_of(rows: Sequence[Row]) -> dict[str, JsonValue]:
    """What is declared, by its key."""
    return {one.field: one.required for one in rows}


def observed_of(rows: Sequence[Row]) -> dict[str, JsonValue]:
    """What was read, by the same keys; a setting that could not be compared is left out."""
    return {one.field: one.observed for one in rows if not one.gap}

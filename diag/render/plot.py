"""Small plots of blocks: a curve of some lines, or one line among words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diag.update import Rate

_BLOCKS = " ▁▂▃▄▅▆▇█"
GAP = "·"
"""Where there is no value."""


def spark(rates: Sequence[Rate]) -> str:
    """Rates from 0 to 1 as one line of blocks, each at its height."""
    return "".join(_BLOCKS[max(1, rate.passed * 8 // rate.counted)] if rate.counted else GAP for rate in rates)


def columns(values: Sequence[float | None], top: float, height: int) -> Iterator[str]:
    """The values as columns of blocks from 0 to `top`, one line after the other from above, `height` of them.

    A value above 0 is never invisible; where there is none, the column is a gap on the lowest line.
    """
    eighths = [None if value is None else _eighths(value, top, height) for value in values]
    for line in reversed(range(height)):
        yield "".join(_cell(filled, line) for filled in eighths)


def _eighths(value: float, top: float, height: int) -> int:
    filled = min(height * 8, round(max(0.0, value) / top * height * 8)) if top > 0 else 0
    return max(1, filled) if value > 0 else filled


def _cell(filled: int | None, line: int) -> str:
    if filled is None:
        return GAP if line == 0 else " "
    return _BLOCKS[min(8, max(0, filled - line * 8))]

"""Colour as an addition: every line reads the same without it."""

from __future__ import annotations

from collections.abc import Mapping

from diag.report import Status
from diag.values import dataclass, field

_RED, _YELLOW, _GREEN, _MAGENTA, _DIM, _BOLD = "31", "33", "32", "35", "2", "1"
_OF_STATUS = {
    Status.FAIL: _RED,
    Status.WARN: _YELLOW,
    Status.UNKNOWN: _MAGENTA,
    Status.PASS: _GREEN,
    Status.SKIP: _DIM,
    Status.WAIVED: _DIM,
}
_OF_VERDICT = {"MET": _GREEN, "NOT MET": _RED, "RESTORED": _GREEN, "NOT RESTORED": _RED}


@dataclass(frozen=True)
class Paint:
    """Adds ANSI colours to finished lines; without codes it returns them as they are."""

    of_status: Mapping[Status, str] = field(default_factory=dict)
    strong: str = ""

    @classmethod
    def bright(cls) -> Paint:
        """The one that colours."""
        return cls(_OF_STATUS, _BOLD)

    def heading(self, text: str) -> str:
        """A heading, in bold."""
        return _sgr(text, self.strong)

    def verdict(self, word: str, line: str) -> str:
        """The verdict's line with its first word in bold and in the colour of its meaning."""
        if not self.strong:
            return line
        return _sgr(word, f"{self.strong};{_OF_VERDICT.get(word, _MAGENTA)}") + line[len(word) :]

    def status(self, status: Status, line: str, word: int) -> str:
        """A finding's first line, its symbol and its word of `word` letters coloured."""
        end = len("  ✗ ") + word
        return line[:2] + _sgr(line[2:end], self.of_status.get(status, "")) + line[end:]


PLAIN = Paint()
"""The one that leaves every line as it is."""


def _sgr(text: str, codes: str) -> str:
    return f"\x1b[{codes}m{text}\x1b[0m" if codes else text

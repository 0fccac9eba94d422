"""Parts of log lines: bounded pieces to be searched, and excerpts to be shown."""

from __future__ import annotations

from collections.abc import Iterator

PIECE, OVERLAP = 8192, 1024
"""Characters that a pattern is tried on at once: an entry may have 200 kB, and patterns look ahead."""

SHOWN = 240
"""Characters of an excerpt."""
_BEFORE = 80
"""Of a long line, how many characters before the match are shown."""


def pieces(text: str) -> Iterator[str]:
    """The text, a long one in pieces that overlap."""
    for start in range(0, max(len(text) - OVERLAP, 1), PIECE - OVERLAP):
        yield text[start : start + PIECE]


def excerpt(text: str, start: int, end: int) -> str:
    """The line around a match, cut to a sane length; what could steer a terminal is written out."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    last = len(text) if last < 0 else last
    if last - first > SHOWN:
        first = max(first, min(start - _BEFORE, last - SHOWN))
        cut = min(last, first + SHOWN)
        return harmless(text[first:cut].strip()) + ("…" if cut < last else "")
    return harmless(text[first:last].strip())


def harmless(text: str) -> str:
    """The text on one line, with every character that is not printable written as its escape."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)

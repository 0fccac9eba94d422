"""Plain text that every match of a pattern contains: what a log can be searched for without the pattern.

Cloud Logging is asked for lines by such texts, and a line without any of them is passed over before a
pattern is tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LEAST, MOST = 3, 16
"""Characters: a shorter text is in every other line, and the head of a longer one is rare enough."""

_TOKEN = re.compile(
    r"(?P<plain>[^\\()\[|*+?{.^$\n]+)"
    r"|(?P<many>(?:[*?+]|\{\d*(?:,\d*)?\})\??)"
    r"|(?P<open>\((?:\?(?:P<\w+>|[A-Za-z-]*:|(?P<flags>[A-Za-z-]+\)))?)?)"
    r"|(?P<close>\))|(?P<or>\|)"
    r"|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\\[A-Za-z0-9\n]"
    r"|\\(?P<escaped>[\s\S])"
    r"|[\s\S]"
)
_UNCLEAR = re.compile(r"\\[xuUN0-9]|\(\?[a-zA-Z-]*x")
"""Escapes that stand for a character, and patterns whose white space is none: not worth reading."""

Needed = frozenset[str]
"""Texts one of which is in every match; empty when there is no such text."""
_NOTHING: Needed = frozenset()


def fragments(*patterns: str) -> tuple[str, ...]:
    """Texts in lower case, one of which is in every match of any of the patterns; empty when that cannot be said."""
    found = [_needed(pattern) for pattern in patterns]
    return without_longer(_NOTHING.union(*found)) if all(found) else ()


def without_longer(texts: Needed) -> tuple[str, ...]:
    """The texts without those that contain another of them, the shortest first."""
    kept: list[str] = []
    for text in sorted(texts, key=lambda text: (len(text), text)):
        if not any(map(text.__contains__, kept)):
            kept.append(text)
    return tuple(kept)


def _needed(pattern: str) -> Needed:
    return _NOTHING if _UNCLEAR.search(pattern) else _alternatives(_TOKEN.finditer(pattern))


def _alternatives(tokens: Iterator[re.Match[str]]) -> Needed:
    """What is needed by a group, read to its end: what one of its alternatives needs, if each of them needs some."""
    found: list[Needed] = []
    sequence = _Sequence()
    for token in tokens:
        match token.lastgroup:
            case "plain" | "escaped":
                sequence.text(token[token.lastgroup])
            case "many":
                sequence.repeated(maybe_none=token[0][0] in "*?" or token[0].startswith(("{0", "{,")))
            case "open":
                sequence.group(_NOTHING if token["flags"] else _alternatives(tokens))
            case "close":
                break
            case "or":
                found.append(sequence.best())
                sequence = _Sequence()
            case _:
                sequence.end()
    found.append(sequence.best())
    return _NOTHING.union(*found) if all(found) else _NOTHING


class _Sequence:
    """One alternative while it is read: its runs of plain text, and what its groups need."""

    def __init__(self) -> None:
        self._found: list[Needed] = []
        self._run = ""
        self._after_group = False

    def text(self, plain: str) -> None:
        """Characters that stand for themselves."""
        self._after_group = False
        self._run += plain.lower()

    def group(self, needed: Needed) -> None:
        """A group in brackets, and what it needs."""
        self.end()
        self._found.append(needed)
        self._after_group = True

    def repeated(self, maybe_none: bool) -> None:
        """What stands before is repeated, and perhaps not there at all."""
        if maybe_none and self._after_group:
            self._found.pop()
        if maybe_none:
            self._run = self._run[:-1]
        self.end()

    def end(self) -> None:
        """The run of plain text ends."""
        self._after_group = False
        if self._run:
            self._found.append(frozenset({self._run[:MOST]}))
        self._run = ""

    def best(self) -> Needed:
        """The one whose shortest text is the longest; none when even that is too short."""
        self.end()
        best = max(self._found, key=_shortest, default=_NOTHING)
        return best if _shortest(best) >= LEAST else _NOTHING


def _shortest(needed: Needed) -> int:
    return min(map(len, needed), default=0)

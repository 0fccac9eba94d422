"""Lines for a terminal or a pipe: wrapping at words, commands that stay copyable, two columns.

A width of None means that nobody reads on a screen: nothing is wrapped. Text from outside goes
through `visible` first, so that no resource name or API message can steer the terminal.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

PAGE = 120
"""Prose is set no wider than this many cells, however wide the terminal: longer lines are hard to read."""

PIPED_COLUMN = 75
"""Where the right-hand column starts when there is no width to align it to."""

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SHELL_WORD = re.compile(r"""(?:[^\s'"\\]|\\.?|'[^']*(?:'|$)|"(?:[^"\\]|\\.)*(?:"|$))+""")
_TOOLS = ("gcloud", "diag", "curl", "dig", "openssl", "psql", "redis-cli")


def visible(text: str) -> str:
    """The text on one line, each control, direction and line-separating character written as an escape."""
    if text.isprintable():
        return text
    return "".join(_shown(letter) for letter in text)


def _shown(letter: str) -> str:
    if unicodedata.category(letter) not in _INVISIBLE:
        return letter
    code = ord(letter)
    escape = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return _NAMED.get(letter, escape)


def value(thing: object) -> str:
    """A required or observed value as a reader writes it: text bare, lists by commas, the rest as JSON."""
    if isinstance(thing, str):
        return visible(thing)
    if isinstance(thing, Sequence) and all(isinstance(item, str | int | float) for item in thing):
        return ", ".join(value(item) for item in thing) or "none"
    if isinstance(thing, Mapping):
        return ", ".join(f"{visible(str(key))}: {value(item)}" for key, item in thing.items()) or "none"
    return visible(json.dumps(thing, ensure_ascii=False, default=str))


def cells(text: str) -> int:
    """How many terminal cells the text takes: two for a wide character, none for a combining one."""
    if text.isascii():
        return len(text)
    others = [letter for letter in text if letter > "\x7f"]
    return len(text) - len(others) + sum(map(_cells_of, others))


@lru_cache(maxsize=1024)
def _cells_of(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def wrap(text: str, width: int | None, first: int | None = None) -> list[str]:
    """The text in lines of at most `width` cells, `first` for the first; a longer word stays whole."""
    if width is None:
        return [text]
    return _filled(text.split(), width, width if first is None else first, "")


def wrap_command(command: str, width: int | None) -> list[str]:
    """A command in lines that can be copied: each but the last ends in ` \\`, none breaks inside quotes."""
    if width is None or cells(command) <= width:
        return [command]
    lines: list[str] = []
    for part in command.split(" && "):
        if lines:
            lines[-1] += " && \\"
        filled = _filled(_units(part), width - 6, width - 5, " \\")
        lines += [filled[0], *(f"  {line}" for line in filled[1:])]
    return lines


def is_command(text: str) -> bool:
    """Whether the text is something to type rather than a sentence."""
    return text.split(" ", 1)[0] in _TOOLS


def _units(command: str) -> list[str]:
    """The words of a command, each option together with its value."""
    units: list[str] = []
    for word in _SHELL_WORD.findall(command):
        option = units[-1] if units else ""
        if option.startswith("--") and not re.search(r"[ =]", option) and not word.startswith(("-", "&")):
            units[-1] = f"{option} {word}"
        else:
            units.append(word)
    return units


def _filled(words: Sequence[str], width: int, first: int, end: str) -> list[str]:
    lines = [""]
    for word in words:
        room = first if len(lines) == 1 else width
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and cells(joined) > room:
            lines[-1] += end
            lines.append(word)
        else:
            lines[-1] = joined
    return lines


def labelled(label: str, text: str, width: int | None, right: str = "") -> list[str]:
    """`    label     text` with hanging indent, and `right` flush right on its first line."""
    return columns(f"    {label:<8}  ", text, width, right)


def columns(prefix: str, text: str, width: int | None, right: str = "") -> list[str]:
    """`prefix` and wrapped text beside it; `right` ends the first line, or stands on a line of its own."""
    indent = " " * cells(prefix)
    if width is None:
        line = prefix + text
        gap = max(3, PIPED_COLUMN - cells(line))
        return [f"{line}{' ' * gap}{right}" if right else line.rstrip()]
    page = min(width, PAGE)
    room = page - len(indent)
    beside = room - cells(right) - 3 if right else room
    lines = wrap(text, room, beside)
    if right and (beside < 24 or cells(lines[0]) > beside):
        lines = wrap(text, room)
    shown = [prefix + lines[0], *(indent + line for line in lines[1:])]
    if not right:
        return [line.rstrip() for line in shown]
    free = page - cells(shown[0]) - cells(right)
    if free >= 3:
        return [shown[0] + " " * free + right, *shown[1:]]
    return [*shown, " " * max(0, page - cells(right)) + right]


def command(label: str, text: str, width: int | None) -> list[str]:
    """`    fix       gcloud …`: a command under its label, or the sentence that stands in its place."""
    if not is_command(text):
        return labelled(label, text, width)
    prefix = f"    {label:<8}  "
    lines = wrap_command(text, None if width is None else width - len(prefix))
    return [prefix + lines[0], *(" " * len(prefix) + line for line in lines[1:])]

"""A commented YAML file from plain data: what `diag init` writes.

Imports nothing of the requirements: what may be written where is settled before it comes here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from diag.render.layout import visible
from diag.values import dataclass

Value = str | int | float | bool | tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """`key: value  # comment`."""

    key: str
    value: Value
    comment: str = ""


@dataclass(frozen=True)
class Note:
    """A comment on a line of its own, where the line it speaks of would stand."""

    text: str


@dataclass(frozen=True)
class Block:
    """A key with a mapping below it; without a line of its own it is written as `{}`."""

    key: str
    items: tuple[Item, ...]
    comment: str = ""


Item = Line | Note | Block

_PLAIN = re.compile(r"[A-Za-z0-9_/][\w./@:+*%-]*", re.ASCII)
_OTHER_TYPE = re.compile(
    r"[-+]?[.\d][\d.eExXoO_:a-fA-F+-]*|true|false|yes|no|on|off|y|n|null|\.?inf|\.?nan", re.IGNORECASE
)


def render(items: Sequence[Item], head: Sequence[str] = ()) -> str:
    """The file: `head` as comments, then the items; a blank line before each block at the top."""
    lines = [_comment(text) for text in head]
    for item in items:
        if isinstance(item, Block):
            lines.append("")
        lines += _lines(item, "")
    return "\n".join(lines) + "\n"


def scalar(value: Value) -> str:
    """The value as YAML 1.2 that older parsers read the same: text that looks like another type is quoted."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, tuple):
        return f"[{', '.join(scalar(item) for item in value)}]"
    if _PLAIN.fullmatch(value) and not value.endswith(":") and not _OTHER_TYPE.fullmatch(value):
        return value
    return f'"{"".join(_escaped(letter) for letter in value)}"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    return letter if letter.isprintable() else f"\\U{ord(letter):08x}"


def _lines(item: Item, indent: str) -> Iterator[str]:
    match item:
        case Note(text):
            yield indent + _comment(text)
        case Line(key, value, comment):
            yield _commented(f"{indent}{scalar(key)}: {scalar(value)}", comment)
        case Block(key, items, comment):
            written = any(not isinstance(inner, Note) for inner in items)
            yield _commented(f"{indent}{scalar(key)}:{'' if written else ' {}'}", comment)
            for inner in items:
                yield from _lines(inner, indent + "  ")


def _commented(line: str, comment: str) -> str:
    return f"{line}  {_comment(comment)}" if comment else line


def _comment(text: str) -> str:
    return f"# {visible(text)}".rstrip()

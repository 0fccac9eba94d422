"""The text of one file → a tree of nodes that know their place, and every fault of the text itself.

Reads the YAML parser's events, not its composed nodes: those still show explicit tags, directives and
aliases. Scalars follow the core schema of YAML 1.2, so `NO` and `2026-12-31` are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from diag.report import Place

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_ALIASED = 10_000
"""How many nodes aliases may repeat altogether; a larger file than that is a bomb, not a configuration."""


class Fault(NamedTuple):
    """One thing wrong with a file: where, what, and what to write instead."""

    place: Place
    what: str
    write: str
    path: str = ""
    """The dotted path of the key, where there is one; an overlay's key has two: its own and the merged one."""

    def __str__(self) -> str:
        where = f"{self.place.file}:{self.place.line}:{self.place.column}"
        return (
            f"{where}: {self.path}: {self.what}; {self.write}" if self.path else f"{where}: {self.what}; {self.write}"
        )


class Scalar(NamedTuple):
    """A single value: its text as written and what YAML 1.2 reads in it."""

    place: Place
    text: str
    value: str | int | float | bool | None


class Listing(NamedTuple):
    """A list."""

    place: Place
    items: tuple[Node, ...]


class Entry(NamedTuple):
    """One key of a mapping: the key's own place, and its value."""

    place: Place
    value: Node


class Table(NamedTuple):
    """A mapping, its keys in the order of the file."""

    place: Place
    entries: Mapping[str, Entry]


Node = Scalar | Listing | Table


class Document(NamedTuple):
    """What one file says; `root` is None when its faults leave nothing to read on with."""

    file: str
    root: Table | None
    faults: tuple[Fault, ...] = ()


def read_document(path: Path) -> Document:
    """The document in `path`; a file that cannot be read is a fault at its first line, never an exception."""
    file = str(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        what = f"the file cannot be read: {getattr(error, 'strerror', None) or error}"
        return _unreadable(file, what, "check the path, or write a file with `diag init`")
    if len(content) > MAX_BYTES:
        return _unreadable(file, "the file is larger than 256 KiB", "split it and give each part with -r")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", errors="replace")
        place = _after(file, before)
        return Document(file, None, (Fault(place, "this is not UTF-8 text", "save the file as UTF-8"),))
    return parse_document(text, file)


def parse_document(text: str, file: str) -> Document:
    """The document in `text`, shown to the user as `file`; raises nothing whatever the text."""
    unprintable = None if _is_plain(text) else re.search(_UNPRINTABLE, text)
    if unprintable:
        place = _after(file, text[: unprintable.start()])
        what = f"a control character (U+{ord(unprintable.group()):04X}) stands here"
        return Document(file, None, (Fault(place, what, "remove it: the file must be plain text"),))
    builder = _Builder(file, lines_of(text))
    root = builder.build(text)
    return Document(file, root, tuple(builder.faults))


def _is_plain(text: str) -> bool:
    """Whether all is printable, which nearly every file is, and then need not be searched for what is not."""
    return text.replace("\n", "").replace("\r", "").replace("\t", "").isprintable()


def lines_of(text: str) -> list[str]:
    """The lines as YAML 1.2 and editors count them; Unicode's other separators end none. At least one."""
    lines = re.split(_LINE_END, text)
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


def merge(under: Node, over: Node) -> Node:
    """`over` laid on `under`: mappings are merged key by key, anything else is replaced; places stay."""
    if not (isinstance(under, Table) and isinstance(over, Table)):
        return over
    entries = dict(under.entries)
    for key, entry in over.entries.items():
        below = entries.get(key)
        entries[key] = Entry(entry.place, merge(below.value, entry.value)) if below else entry
    return Table(over.place, entries)


def without(table: Table, key: str) -> Table:
    """`table` less the entry `key`."""
    return Table(table.place, {name: entry for name, entry in table.entries.items() if name != key})


# What YAML allows is everything else; said that way round the pattern takes 3 ms to compile.
_UNPRINTABLE = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
_LINE_END = "\r\n|\r|\n"
_INTEGER = r"[-+]?[0-9]{1,18}"
_FLOAT = r"[-+]?(\.[0-9]{1,18}|[0-9]{1,18}(\.[0-9]{0,18})?)([eE][-+]?[0-9]{1,3})?"
_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def _plain_value(text: str) -> str | int | float | bool | None:
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if re.fullmatch(_INTEGER, text):
        return int(text)
    return float(text) if re.fullmatch(_FLOAT, text) else text


def _unreadable(file: str, what: str, write: str) -> Document:
    return Document(file, None, (Fault(Place(file, 1, 1), what, write),))


def _after(file: str, before: str) -> Place:
    lines = re.split(_LINE_END, before)
    return Place(file, len(lines), len(lines[-1]) + 1)


class _StopReading(Exception):
    """The rest of the text cannot be understood after this fault."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault


_Built = tuple[Node, int, int]
"""A node, how many nodes it holds with itself, and its height."""


class _Builder:
    """Builds the tree from the parser's events; collects the faults that it can read past."""

    def __init__(self, file: str, lines: Sequence[str]) -> None:
        self.file = file
        self.end = Place(file, len(lines), len(lines[-1]) + 1)
        self.reached = Place(file, 1, 1)
        self.faults: list[Fault] = []
        self.anchors: dict[str, _Built | None] = {}
        """None while the node is still being read: an alias in it would hold itself."""
        self.aliased = 0

    def build(self, text: str) -> Table | None:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        try:
            return self._document(YAML(typ="safe", pure=True).parse(text))
        except _StopReading as stop:
            self.faults.append(stop.fault)
        except YAMLError as error:
            self.faults.append(self._syntax_fault(error))
        except Exception:
            # The parser's own slips on odd text (an escape beyond Unicode is a ValueError) are faults of the text.
            what = "the value after this is not YAML that can be read"
            self.faults.append(Fault(self.reached, what, "check its quotes and escapes (\\)"))
        return None

    def _place(self, mark: Any) -> Place:
        """The place of a mark; what is missing at the end is marked below the last line, which no editor shows."""
        beyond = mark.line + 1 > self.end.line
        self.reached = self.end if beyond else Place(self.file, mark.line + 1, mark.column + 1)
        return self.reached

    def _syntax_fault(self, error: Exception) -> Fault:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = self._place(mark) if mark else Place(self.file, 1, 1)
        problem = " ".join(str(getattr(error, "problem", None) or "this is not YAML").split())
        if "'\\t'" in problem:
            return Fault(place, "a tab stands where YAML wants spaces", "indent with spaces")
        return Fault(place, f"YAML syntax: {problem}", "check the indentation, colons, quotes and brackets before it")

    def _document(self, events: Iterator[Any]) -> Table | None:
        next(events)
        start = next(events)
        if type(start).__name__ == "StreamEndEvent":
            place = Place(self.file, 1, 1)
            raise _StopReading(Fault(place, "the file is empty", "write `version: 1` and `project: PROJECT_ID`"))
        self._directives(start)
        root, _, _ = self._node(next(events), events, depth=1)
        next(events)
        following = next(events)
        if type(following).__name__ != "StreamEndEvent":
            place = self._place(following.start_mark)
            raise _StopReading(Fault(place, "a second document starts here", "keep one document: remove this `---`"))
        if isinstance(root, Table):
            return root
        self.faults.append(Fault(root.place, "the file is not a mapping", "write `version: 1` and `project: …` first"))
        return None

    def _directives(self, start: Any) -> None:
        place = Place(self.file, 1, 1)
        if start.version not in (None, (1, 2)):
            number = ".".join(str(part) for part in start.version)
            self.faults.append(Fault(place, f"%YAML {number} is asked for", "remove the line: the file is YAML 1.2"))
        if start.tags:
            self.faults.append(Fault(place, "a %TAG directive stands here", "remove it: the file has no tags"))

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> _Built:
        """The node that begins with `event`."""
        place = self._place(event.start_mark)
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self._alias(event.anchor, place, depth)
        if getattr(event, "ctag", None):
            self.faults.append(Fault(place, "a YAML tag stands here", "remove the `!…`: write the plain value"))
        if depth > MAX_DEPTH:
            raise _StopReading(Fault(place, f"nested deeper than {MAX_DEPTH} levels", "write it flatter"))
        if event.anchor:
            self.anchors[event.anchor] = None
        built: _Built
        if kind == "ScalarEvent":
            plain = bool(event.implicit[0]) and event.style is None
            built = Scalar(place, event.value, _plain_value(event.value) if plain else event.value), 1, 1
        elif kind == "SequenceStartEvent":
            built = self._listing(place, events, depth)
        else:
            built = self._table(place, events, depth)
        if event.anchor:
            self.anchors[event.anchor] = built
        return built

    def _alias(self, name: str, place: Place, depth: int) -> _Built:
        known = self.anchors.get(name)
        if known is None:
            what = "refers to itself" if name in self.anchors else "names no anchor before it"
            raise _StopReading(Fault(place, f"the alias *{name[:40]} {what}", "write the value out"))
        node, size, height = known
        self.aliased += size
        if self.aliased > MAX_ALIASED:
            what = f"aliases repeat more than {MAX_ALIASED} values"
            raise _StopReading(Fault(place, what, "write the values out where they belong"))
        if depth + height - 1 > MAX_DEPTH:
            raise _StopReading(Fault(place, f"nested deeper than {MAX_DEPTH} levels", "write it flatter"))
        return node, size, height

    def _listing(self, place: Place, events: Iterator[Any], depth: int) -> _Built:
        items: list[Node] = []
        size, height = 1, 0
        while type(event := next(events)).__name__ != "SequenceEndEvent":
            item, item_size, item_height = self._node(event, events, depth + 1)
            items.append(item)
            size, height = size + item_size, max(height, item_height)
        return Listing(place, tuple(items)), size, height + 1

    def _table(self, place: Place, events: Iterator[Any], depth: int) -> _Built:
        entries: dict[str, Entry] = {}
        size, height = 1, 0
        while type(event := next(events)).__name__ != "MappingEndEvent":
            key, _, _ = self._node(event, events, depth + 1)
            value, value_size, value_height = self._node(next(events), events, depth + 1)
            size, height = size + 1 + value_size, max(height, value_height)
            key_place = self._place(event.start_mark)
            if isinstance(value, Scalar) and value.value is None and not value.text:
                # The parser places an absent value on the next line, which may not exist.
                value = Scalar(key_place, "", None)
            fault = self._key_fault(key, key_place, entries)
            if fault:
                self.faults.append(fault)
            elif isinstance(key, Scalar):
                entries[key.text] = Entry(key_place, value)
        return Table(place, entries), size, height + 1

    @staticmethod
    def _key_fault(key: Node, place: Place, entries: Mapping[str, Entry]) -> Fault | None:
        if not isinstance(key, Scalar) or not key.text.strip():
            return Fault(place, "a key is missing or is not a plain name", "write `name: value`")
        if key.text == "<<":
            return Fault(place, "merge keys (<<) are not part of YAML 1.2", "write the keys out")
        if key.text in entries:
            line = entries[key.text].place.line
            what = f'the key "{key.text[:60]}" on line {place.line} is already on line {line}'
            return Fault(place, what, "write it once")
        return None

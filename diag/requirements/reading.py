"""A tree of nodes × the specification → plain data in the model's units, places, declared lines, faults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from diag.report import Place
from diag.requirements.document import Fault, Listing, Node, Scalar, Table
from diag.requirements.kinds import Wrong, closest
from diag.requirements.model import DeclaredLine
from diag.requirements.shape import Keys, Leaf, Many, Named, Overlays, Shape, WordOr
from diag.requirements.spec import RESOURCE_SECTIONS

Path = tuple[str, ...]
_BROKEN = object()
"""Stands for a value that cannot be used; its fault is recorded."""


class Reading:
    """What a tree says: `data` holds what is sound, `places` every key and entry that was written."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self.places: dict[Path, Place] = {}
        self.lines: list[DeclaredLine] = []
        """Every declared leaf; `resource` is empty where the line belongs to the project."""
        self.faults: list[Fault] = []


def read(root: Table, shape: Keys, *, complete: bool) -> Reading:
    """What `root` says by `shape`; `complete` also asks for the keys that must be there."""
    reader = _Reader(complete)
    reader.found.places[()] = root.place
    data = reader.value(root, shape, (), quiet=False)
    reader.found.data = data if isinstance(data, dict) else {}
    return reader.found


def dotted(path: Path) -> str:
    """The path as a message may show it: a name that is not plain text is left out."""
    return ".".join(part if re.fullmatch(_PLAIN, part) else "?" for part in path)


_PLAIN = r"[\w./*:%+-]{1,120}"


class _Reader:
    """Walks the tree and the specification together, once."""

    def __init__(self, complete: bool) -> None:
        self.complete = complete
        self.found = Reading()

    def value(self, node: Node, shape: Shape, path: Path, *, quiet: bool) -> Any:
        """The value of `node`; `quiet` below a mapping that is one declared line as a whole."""
        match shape, node:
            case Leaf(), Scalar():
                return self._leaf(node, shape, path, quiet=quiet)
            case Many(), Listing():
                return self._many(node, shape, path, quiet=quiet)
            case Keys(), Table():
                return self._keys(node, shape, path, quiet=quiet)
            case Named(), Table():
                return self._named(node, shape, path, quiet=quiet)
            case WordOr(), Scalar():
                return self.value(node, shape.word, path, quiet=quiet)
            case WordOr(), Table():
                return self.value(node, shape.table, path, quiet=quiet)
            case Overlays(), Table():
                return self._overlays(node, shape, path)
        return self._misshapen(node, shape, path)

    def _fault(self, place: Place, path: Path, what: str, write: str) -> object:
        self.found.faults.append(Fault(place, what, write, dotted(path)))
        return _BROKEN

    def _line(self, place: Place, path: Path, judged_by: tuple[str, ...]) -> None:
        resource = path[1] if len(path) > 1 and path[0] in RESOURCE_SECTIONS else ""
        self.found.lines.append(DeclaredLine(".".join(path), place, judged_by, resource))

    def _place(self, path: Path, node: Node) -> Place:
        return self.found.places.get(path, node.place)

    def _misshapen(self, node: Node, shape: Shape, path: Path) -> object:
        wanted, write = _wanted(shape)
        if isinstance(node, Scalar) and node.value is None:
            return self._fault(node.place, path, "has no value", f"write {write}, or remove the key")
        kind = {Scalar: "a single value", Listing: "a list", Table: "a mapping"}[type(node)]
        return self._fault(node.place, path, f"{kind} stands where {wanted} belongs", f"write {write}")

    def _leaf(self, node: Scalar, shape: Leaf, path: Path, *, quiet: bool) -> Any:
        try:
            value = shape.kind.read(node)
        except Wrong as wrong:
            return self._fault(node.place, path, wrong.what, wrong.write)
        if not quiet:
            self._line(self._place(path, node), path, shape.judged_by)
        return value

    def _many(self, node: Listing, shape: Many, path: Path, *, quiet: bool) -> Any:
        if shape.nonempty and not node.items:
            return self._fault(node.place, path, "is empty", "write at least one entry, or remove the key")
        scalars = isinstance(shape.item, Leaf)
        values = []
        for index, item in enumerate(node.items):
            below = (*path, str(index))
            self.found.places[below] = item.place
            value = self.value(item, shape.item, below, quiet=quiet or scalars)
            # A broken entry keeps its index, so that those after it keep their places.
            values.append({} if value is _BROKEN and not scalars else value)
        if scalars and not quiet:
            self._line(self._place(path, node), path, shape.judged_by)
        return tuple(value for value in values if value is not _BROKEN)

    def _named(self, node: Table, shape: Named, path: Path, *, quiet: bool) -> Any:
        if shape.nonempty and not node.entries:
            return self._fault(node.place, path, "is empty", "write at least one entry, or remove the key")
        tables = isinstance(shape.value, Keys)
        existence = shape.value.judged_by if isinstance(shape.value, Keys) else ()
        data = {}
        for name, entry in node.entries.items():
            below = (*path, name)
            self.found.places[below] = entry.place
            if not self._name_is_sound(Scalar(entry.place, name, name), shape, path):
                continue
            if existence and not quiet:
                self._line(entry.place, below, existence)
            value = self.value(entry.value, shape.value, below, quiet=quiet)
            if value is not _BROKEN:
                data[name] = value
            elif tables:
                data[name] = {}  # the name still exists for whatever refers to it
        self._conflicts(node, shape, data, path)
        return data

    def _name_is_sound(self, name: Scalar, shape: Named | Overlays, path: Path) -> bool:
        try:
            shape.name.read(name)
        except Wrong as wrong:
            self._fault(name.place, path, f"the name {wrong.what}", wrong.write)
            return False
        return True

    def _overlays(self, node: Table, shape: Overlays, path: Path) -> Any:
        for name, entry in node.entries.items():
            if not self._name_is_sound(Scalar(entry.place, name, name), shape, path):
                continue
            if not isinstance(entry.value, Table):
                self._misshapen(entry.value, shape.overlay, (*path, name))
                continue
            overlay = _Reader(complete=False)
            overlay.value(entry.value, shape.overlay, (*path, name), quiet=True)
            self.found.faults.extend(overlay.found.faults)
        return tuple(node.entries)

    def _keys(self, node: Table, shape: Keys, path: Path, *, quiet: bool) -> Any:
        data: dict[str, Any] = {}
        for key, entry in node.entries.items():
            below = (*path, key)
            if key not in shape.keys:
                self._unknown_key(key, entry.place, shape, path)
                continue
            self.found.places[below] = entry.place
            data[key] = self.value(entry.value, shape.keys[key], below, quiet=quiet or shape.one_line is not None)
        self._wanting(node, shape, path)
        sound = {key: value for key, value in data.items() if value is not _BROKEN}
        self._conflicts(node, shape, sound, path)
        if shape.one_line and not quiet:
            self._line(self._place(path, node), path, shape.one_line(sound))
        return sound

    def _unknown_key(self, key: str, place: Place, shape: Keys, path: Path) -> None:
        label = f'"{key}"' if re.fullmatch(_PLAIN, key) else "this key"
        if key in shape.refused:
            self._fault(place, path, f"{label} cannot stand here", shape.refused[key])
            return
        known = tuple(shape.keys)
        guess = closest(key, known)
        write = f'did you mean "{guess}"? write `{guess}:`' if guess else f"write one of {', '.join(known)}"
        self._fault(place, path, f"{label} is not a key here", write)

    def _wanting(self, node: Table, shape: Keys, path: Path) -> None:
        """Faults for keys that must be there, and for several of which only one may be."""
        place = self._place(path, node)
        chosen = [key for key in node.entries if key in shape.one_of]
        for extra in chosen[1:]:
            what = f"{extra} stands beside {chosen[0]}"
            self._fault(node.entries[extra].place, path, what, f"write one of {', '.join(shape.one_of)}")
        if not self.complete:
            return
        for key in shape.required:
            if key not in node.entries:
                self._fault(place, path, f"{key} is missing", f"write `{key}: {_wanted(shape.keys[key])[1]}`")
        for group in (shape.one_of, shape.some_of):
            if group and not any(key in node.entries for key in group):
                self._fault(place, path, f"none of {', '.join(group)} is there", "write one of them")

    def _conflicts(self, node: Table, shape: Keys | Named, data: Mapping[str, Any], path: Path) -> None:
        for key, what, write in shape.conflicts(data):
            entry = node.entries.get(key)
            self._fault(entry.place if entry else node.place, (*path, key) if key else path, what, write)


def _wanted(shape: Shape) -> tuple[str, str]:
    """What belongs where `shape` is, and what to write there."""
    match shape:
        case Leaf():
            return shape.kind.noun, shape.kind.write
        case Many():
            return "a list", "[…], or one `- …` a line"
        case WordOr():
            return f"{shape.word.kind.write} or a mapping", f"{shape.word.kind.write}, or name: value pairs"
        case Keys():
            return "a mapping", "{} or keys such as " + ", ".join(list(shape.keys)[:4])
    return "a mapping", "{} or name: value pairs"

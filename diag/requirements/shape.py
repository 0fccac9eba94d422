"""The building blocks of the file's specification: a tree of what may be written, read by three users.

`reading` validates a file against it, `schema` prints it as JSON Schema, and the declared lines take
from it which checks judge each leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from diag.requirements.kinds import Kind
from diag.values import dataclass, field

Conflict = tuple[str, str, str]
"""The key whose value conflicts (`""` for the mapping itself), what is wrong, what to write."""


def no_conflicts(_data: Mapping[str, Any]) -> Iterator[Conflict]:
    """For a mapping whose keys do not bear on each other."""
    yield from ()


@dataclass(frozen=True)
class Leaf:
    """One scalar; its unit is that of the kind."""

    kind: Kind
    doc: str
    judged_by: tuple[str, ...] = ()
    """Ids of the catalogue that judge this line; of a mapping with a name, that the named thing is there."""
    used_by: tuple[str, ...] = ()
    """The commands for which this, and all below it, is a setting that no check judges."""


@dataclass(frozen=True)
class Many:
    """A list; of scalars it is one declared line, of mappings each entry is one."""

    item: Leaf | Keys
    doc: str
    nonempty: bool = False
    judged_by: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Named:
    """A mapping from names that the user chooses to values of one shape."""

    name: Kind
    value: Shape
    doc: str
    nonempty: bool = False
    conflicts: Callable[[Mapping[str, Any]], Iterator[Conflict]] = no_conflicts
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Keys:
    """A mapping with keys of its own."""

    keys: Mapping[str, Shape]
    doc: str
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    """Exactly one of these keys must be there."""
    some_of: tuple[str, ...] = ()
    """At least one of these keys must be there."""
    conflicts: Callable[[Mapping[str, Any]], Iterator[Conflict]] = no_conflicts
    one_line: Callable[[Mapping[str, Any]], tuple[str, ...]] | None = None
    """Set where the whole mapping is one declared line: the checks that judge it, by what it says."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Keys that belong elsewhere → what to write instead."""
    judged_by: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class WordOr:
    """Either a word or a mapping."""

    word: Leaf
    table: Named
    doc: str
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Overlays:
    """Mappings of nearly the whole file's shape, in which nothing is required."""

    name: Kind
    overlay: Keys
    doc: str
    used_by: tuple[str, ...] = ()


Shape = Leaf | Many | Named | Keys | WordOr | Overlays


def leaf(kind: Kind, doc: str, *judged_by: str) -> Leaf:
    """A leaf that the named checks judge."""
    return Leaf(kind=kind, doc=doc, judged_by=judged_by)


def thresholds(kind: Kind, doc: str, *judged_by: str, falling: bool = False) -> Keys:
    """`warn` and `fail` of one figure; `falling` where less is worse, as for the time left to a certificate."""
    order = falling_order if falling else rising_order
    keys = {word: leaf(kind, f"Where it {word}s.", *judged_by) for word in ("warn", "fail")}
    return Keys(doc=doc, keys=keys, conflicts=order)


def rising_order(data: Mapping[str, Any]) -> Iterator[Conflict]:
    """A figure for which more is worse warns before it fails."""
    if "warn" in data and "fail" in data and data["warn"] > data["fail"]:
        yield "warn", "is above fail, so it would never warn", "write a warn that is not above fail"


def falling_order(data: Mapping[str, Any]) -> Iterator[Conflict]:
    """A figure for which less is worse warns before it fails."""
    if "warn" in data and "fail" in data and data["warn"] < data["fail"]:
        yield "warn", "is below fail, so it would never warn", "write a warn that is not below fail"


def walk(
    shape: Shape, path: str = "", judged_by: tuple[str, ...] = (), used_by: tuple[str, ...] = ()
) -> Iterator[tuple[str, Leaf, tuple[str, ...], tuple[str, ...]]]:
    """Every leaf below `shape`: its path (`*` for a name or an index), the checks that judge it, the commands."""
    used_by = shape.used_by or used_by
    match shape:
        case Leaf():
            yield path, shape, shape.judged_by or judged_by, used_by
        case Many():
            yield from walk(shape.item, f"{path}.*", shape.judged_by or judged_by, used_by)
        case Named():
            yield from walk(shape.value, f"{path}.*", (), used_by)
        case WordOr():
            yield from walk(shape.word, path, (), used_by)
            yield from walk(shape.table, path, (), used_by)
        case Keys():
            inherited = shape.judged_by if shape.one_line else ()
            for key, value in shape.keys.items():
                yield from walk(value, f"{path}.{key}".lstrip("."), inherited, used_by)

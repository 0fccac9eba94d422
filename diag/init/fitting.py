"""Holds a starter file to the specification of `diag.yaml`, so that it loads by construction."""

from __future__ import annotations

from collections.abc import Iterable

from diag.checks.catalogue import CHECKS
from diag.render.starter import Block, Item, Note, Value, scalar
from diag.report import Place
from diag.requirements.document import Scalar
from diag.requirements.kinds import Kind, Wrong
from diag.requirements.shape import Keys, Leaf, Many, Named, Shape, WordOr


def fitting(items: Iterable[Item], shape: Shape) -> tuple[Item, ...]:
    """The items that may stand in `shape`; any other as a comment that says why it may not."""
    return tuple(_fitted(item, shape) for item in items)


def _fitted(item: Item, shape: Shape) -> Item:
    if isinstance(item, Note):
        return item
    try:
        inner = _below(item.key, shape)
        if isinstance(item, Block):
            return _block(item, fitting(item.items, inner), inner)
        _check(item.value, inner)
    except Wrong as wrong:
        return Note(f"{item.key} cannot be declared: {wrong.what}")
    if not _is_judged(inner):
        return Note(f"{item.key}: {scalar(item.value)}  # not judged by this version yet")
    return item


def _is_judged(shape: Shape) -> bool:
    """Whether a check of this version judges the line; a setting needs none."""
    ids = (
        shape.word.judged_by if isinstance(shape, WordOr) else shape.judged_by if isinstance(shape, Leaf | Many) else ()
    )
    return not ids or any(id in CHECKS for id in ids)


def _block(block: Block, items: tuple[Item, ...], shape: Shape) -> Item:
    """The block with those items; a comment when nothing is left of one that only holds names."""
    empty = all(isinstance(item, Note) for item in items)
    if empty and isinstance(shape, Named):
        said = "; ".join(item.text for item in items if isinstance(item, Note))
        return Note(f"{block.key}: {said or 'nothing to declare was seen'}")
    return Block(block.key, items, block.comment)


def _below(key: str, shape: Shape) -> Shape:
    match shape:
        case Keys() if key in shape.keys:
            return shape.keys[key]
        case Named():
            _read(key, shape.name)
            return shape.value
        case _:
            raise Wrong("diag.yaml has no such key", "remove it")


def _check(value: Value, shape: Shape) -> None:
    match shape:
        case Leaf():
            _read(value, shape.kind)
        case Many(item=Leaf() as item) if isinstance(value, tuple):
            for each in value:
                _read(each, item.kind)
        case WordOr():
            _read(value, shape.word.kind)
        case _:
            raise Wrong("it is not of the shape that diag.yaml wants", "remove it")


def _read(value: Value, kind: Kind) -> None:
    """Raises `Wrong` when the value is not of the kind."""
    if isinstance(value, tuple):
        raise Wrong("it is a list", "write one value")
    kind.read(Scalar(Place("diag.yaml", 1), str(value), value))

"""Checks as plain descriptions, made from the checks themselves: what docs/generate.py writes down."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import METHODS
from diag.checks.catalogue import CHECKS
from diag.checks.check import Check
from diag.lint.explained import explained
from diag.render.explain import Description, Read
from diag.requirements.catalogue import LINT
from diag.requirements.shape import Keys, Leaf, Many, Named, Shape, WordOr
from diag.requirements.spec import FILE


def descriptions() -> tuple[Description, ...]:
    """Every check of the project in this version, in the order of the catalogue."""
    return tuple(describe(check) for check in CHECKS.values())


def descriptions_of_the_file() -> tuple[Description, ...]:
    """Every check of the requirements file itself, in the order of the catalogue."""
    told = ((id, explained(id)) for id in LINT)
    return tuple(Description(id, reads=(), docs=(), always=not said.keys, **said._asdict()) for id, said in told)


def describe(check: Check) -> Description:
    """One check, with the API methods that it may read and the keys of the file that it judges."""
    body = check.text.partition("\n")[2].strip("\n")
    return Description(
        id=check.id,
        severity=check.severity.word,
        always=check.always,
        title=check.title,
        text=body,
        reads=tuple(
            Read(method.api, method.name, method.permission)
            for method in METHODS.values()
            if method.topic in {topic.partition("/")[0] for topic in check.reads}
        ),
        keys=tuple(dict.fromkeys(path for path, judged_by in _judged(FILE, "") if check.id in judged_by)),
        facts=check.facts,
        docs=check.docs,
    )


def _judged(shape: Shape, path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each key that some check judges, with the ids of those checks; `*` stands for a name."""
    match shape:
        case Leaf(judged_by=ids) | Many(judged_by=ids) | Keys(judged_by=ids) if ids:
            yield path, ids
    match shape:
        case Keys(one_line=None):
            for key, value in shape.keys.items():
                yield from _judged(value, f"{path}.{key}".lstrip("."))
        case Named():
            yield from _judged(shape.value, f"{path}.*")
        case Many():
            yield from _judged(shape.item, path)
        case WordOr():
            yield from _judged(shape.word, path)
            yield from _judged(shape.table, path)
        case _:
            return

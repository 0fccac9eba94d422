"""Checks as plain descriptions: what `diag explain`, `diag checks` and the generated pages show."""

from __future__ import annotations

from collections.abc import Iterator

from diag.calls import METHODS
from diag.checks.catalogue import CHECKS
from diag.checks.check import Check
from diag.errors import UsageError
from diag.render.explain import Description, Read
from diag.requirements.catalogue import CHECK_IDS
from diag.requirements.kinds import closest
from diag.requirements.shape import Keys, Leaf, Many, Named, Shape, WordOr
from diag.requirements.spec import FILE


def descriptions() -> tuple[Description, ...]:
    """Every check of this version, in the order of the catalogue."""
    return tuple(describe(check) for check in CHECKS.values())


def find(check_id: str) -> Description:
    """The check of that id; raises `UsageError` with what was probably meant."""
    if check_id in CHECKS:
        return describe(CHECKS[check_id])
    if check_id in CHECK_IDS:
        raise UsageError(
            f"{check_id} is in the catalogue, but this version of diag does not judge it yet; "
            "type `diag checks` for those that it does"
        )
    guess = closest(check_id, tuple(CHECKS))
    hint = f'did you mean "{guess}"? type `diag explain {guess}`' if guess else "type `diag checks` for all of them"
    raise UsageError(f"there is no check {check_id!r}; {hint}")


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

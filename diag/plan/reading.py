"""What a plan reads of an answer: names to ask for next. Another shape gives none here, and is *unknown* to a check."""

from __future__ import annotations

from diag.calls import Answer, Gap, GapKind, Json
from diag.facts.base import dig


def objects(answer: Answer | Gap, field: str) -> list[Json]:
    return dicts(answer.doc, field) if isinstance(answer, Answer) else []


def scoped(answer: Answer | Gap, collection: str) -> list[Json]:
    """The resources of an aggregated list, of every scope."""
    scopes = dig(answer.doc, "items") if isinstance(answer, Answer) else {}
    return [doc for scope in (scopes or {}).values() for doc in dicts(scope, collection)]


def dicts(doc: object, path: str) -> list[Json]:
    """The objects of a list; another shape gives none here and is *unknown* once a check reads it."""
    return [item for item in listed(doc, path) if isinstance(item, dict)]


def listed(doc: object, path: str) -> list[object]:
    found = dig(doc, path)
    return found if isinstance(found, list) else []


def incomplete(answer: Answer | Gap, docs: list[Json]) -> bool:
    """Whether absence from this list has to be confirmed by a `get`."""
    return isinstance(answer, Gap) or bool(answer.partial) or not docs


def missing(wanted: set[str], docs: list[Json], answer: Answer | Gap) -> set[str]:
    if not incomplete(answer, docs):
        return set()
    if isinstance(answer, Gap) and answer.kind in (GapKind.DISABLED, GapKind.UNAUTHENTICATED):
        return set()
    return wanted - {str(dig(doc, "name")) for doc in docs}

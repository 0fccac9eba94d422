"""Pages of one answer, merged into one document, with what the API says was left out."""

from __future__ import annotations

from typing import Any

from diag.calls import Answer, Call, Gap, GapKind, Json, Verb
from diag.cloud.errors import Failure, gap_of, partial_gap

_HARMLESS = "NO_RESULTS_ON_PAGE"
"""The warning of every empty scope of an aggregated list (compute v1, `Warning.code`)."""

_SAYS_IT_IS_A_LIST = ("kind",)
"""A field of compute's and Cloud SQL's lists: with it an empty list says that it is one."""


class Pages:
    """Collects the pages of one call; `answer` gives the whole."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._method = call.method
        self._named_by = call.method.named_by
        self._doc: Json = {}
        self._partial: list[Gap] = []
        self._count = 0
        self._nameless = 0

    def add(self, page: Json) -> None:
        """Takes one page, as proto3 JSON."""
        self._count += 1
        match self._method.verb:
            case Verb.LIST:
                self._doc |= {name: page[name] for name in _SAYS_IT_IS_A_LIST if name in page}
                self._doc.setdefault(self._method.items, []).extend(self._named(page.get(self._method.items, [])))
            case Verb.AGGREGATED_LIST:
                self._add_scopes(page.get("items", {}))
            case _:
                self._doc = page
        for name in self._method.partial:
            if page.get(name):
                self._left_out(name, page[name])

    def break_off(self, what: str, failure: Failure | None = None, quota_project: str | None = None) -> None:
        """Notes that the pages after the last one are missing, and why."""
        cause = gap_of(failure, self._call, quota_project) if failure else None
        why = f"{what}: {cause.message}" if cause else what
        permission, advice = (cause.permission, cause.advice) if cause else (None, "")
        self._partial.append(partial_gap(self._call, why, advice, permission))

    @property
    def begun(self) -> bool:
        """Whether any page has arrived."""
        return self._count > 0

    def answer(self) -> Answer | Gap:
        """The merged answer; a gap when a single resource came without its name."""
        if self._is_hollow():
            return gap_of(Failure(GapKind.MALFORMED, "it holds no resource"), self._call)
        if self._nameless:
            said = f"{self._nameless} of its items have no {self._named_by}"
            self._partial.append(partial_gap(self._call, said))
            self._nameless = 0
        return Answer(self._doc, tuple(self._partial))

    def _is_hollow(self) -> bool:
        """Whether a single resource came without what every such resource has."""
        if self._method.verb.lists or self._method.verb is Verb.TEST_IAM_PERMISSIONS:
            return False
        return not (self._doc.get(self._named_by) if self._named_by else self._doc)

    @property
    def full(self) -> bool:
        """Whether as many items have arrived as are read at the most."""
        return bool(self._method.most) and len(self._doc.get(self._method.items, ())) >= self._method.most

    def _named(self, items: list[Json]) -> list[Json]:
        if not self._named_by:
            return items
        named = [item for item in items if item.get(self._named_by)]
        self._nameless += len(items) - len(named)
        return named

    def _add_scopes(self, scopes: Json) -> None:
        merged = self._doc.setdefault("items", {})
        for scope, content in scopes.items():
            items = self._named(content.get(self._method.items, []))
            place = merged.setdefault(scope, {})  # an empty scope was looked into, too
            if items:
                place.setdefault(self._method.items, []).extend(items)
            warning = content.get("warning")
            if warning and warning.get("code") != _HARMLESS:
                place["warning"] = warning
                self._partial.append(partial_gap(self._call, f"{scope}: {_warning(warning)}"))

    def _left_out(self, name: str, value: Any) -> None:
        """Keeps a `unreachable`, `warning` or `warnings` field and says what it means."""
        if isinstance(value, dict):
            if value.get("code") == _HARMLESS:
                return
            self._doc[name] = value
            self._partial.append(partial_gap(self._call, _warning(value)))
            return
        self._doc.setdefault(name, []).extend(value)
        for item in value:
            said = _warning(item) if isinstance(item, dict) else f"{item} could not be reached"
            self._partial.append(partial_gap(self._call, said))


def _warning(warning: Json) -> str:
    """A compute `Warning` or a Cloud SQL `ApiWarning` in words, its region included."""
    where = warning.get("region") or ", ".join(
        f"{item.get('key')} {item.get('value')}" for item in warning.get("data", []) if item.get("value")
    )
    said = " ".join(str(part) for part in (warning.get("code"), warning.get("message")) if part)
    return f"{where}: {said}" if where else said or "the API gave a warning without a text"

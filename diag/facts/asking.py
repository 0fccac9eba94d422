"""How facts are asked for: listings parsed once, single resources by name, and what was not seen raised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

from diag.calls import Answer, Call, Gap, GapKind, Json, Verb
from diag.errors import Unseen
from diag.facts.base import Listing, Origin, Resource, parse_each, relative
from diag.snapshot import Snapshot

R = TypeVar("R", bound=Resource)


class Asking:
    """The snapshot, and the ways to ask it; every question is answered with facts or raises `Unseen`."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.taken_at = snapshot.taken_at
        self.project = snapshot.project
        self._single: dict[Call, Resource | None] = {}
        self._listings: dict[tuple[str, str], Listing[Resource]] = {}

    @cached_property
    def saw_something(self) -> bool:
        """Whether anything at all was seen in this run: where every answer is empty, none of them shows anything."""
        answers = ((call, answer) for call, answer in self.snapshot.answers.items() if isinstance(answer, Answer))
        return any(doc for call, answer in answers for doc in _documents(call, answer))

    def _get(self, key: str, kind: type[R], **request: str) -> R | None:
        call = Call.of(key, **request)
        if call not in self._single:
            answer = self.snapshot.answers.get(call)
            is_absent = isinstance(answer, Gap) and answer.kind is GapKind.NOT_FOUND
            origin = Origin(call, self.taken_at)
            self._single[call] = None if is_absent else kind(self.snapshot.answer(call).doc, origin, call.target)
        return self._single[call]  # type: ignore[return-value]

    def _listing(self, collection: str, kind: type[R], where: str, what: str) -> Listing[R]:
        key = (collection, where)
        if key not in self._listings:
            calls = [call for call in self._calls(collection) if _within(call, where)]
            if not calls:
                listing = f"{collection} of {where}"
                raise Unseen(Gap(GapKind.NOT_COLLECTED, f"{listing} was not collected in this run"))
            found: Listing[Resource] = self._parsed(calls, kind, what)
            if not any(call.method.verb.lists for call in calls):
                said = f"the list of {what} was not collected in this run, only some by name"
                found = replace(found, gaps=(*found.gaps, Gap(GapKind.NOT_COLLECTED, said)))
            self._listings[key] = found
        return self._listings[key]  # type: ignore[return-value]

    def _calls(self, collection: str) -> list[Call]:
        keys = {f"{collection}.{verb}" for verb in ("list", "aggregatedList", "get")}
        return [call for call in self.snapshot.answers if call.method.key in keys]

    def _parsed(self, calls: list[Call], kind: type[R], what: str) -> Listing[R]:
        """One listing from a list call and the `get`s that completed it."""
        resources: dict[str, R] = {}
        gaps: list[Gap] = []
        absent: set[str] = set()
        stated = False
        showing: list[Call] = []
        empty: list[Call] = []
        for call in calls:
            answer = self.snapshot.answers.get(call)
            match answer:
                case Answer():
                    part = parse_each(_documents(call, answer), self._parser(kind, call), call, answer.partial, what)
                    resources.update((item.name, item) for item in part)
                    gaps += part.gaps
                    stated = stated or _states_itself(call, answer)
                    if call.method.verb.lists:
                        (showing if part.resources else empty).append(call)
                case Gap(kind=GapKind.NOT_FOUND) if not call.method.verb.lists:
                    absent.add(call.target)
                case Gap():
                    gaps.append(answer)
                case None:
                    gaps.append(Gap(GapKind.NOT_COLLECTED, f"{call} was not collected in this run", call))
        if empty and resources and not showing:
            # What was read by name belongs into that list: it left out that, and who knows what else.
            said = f"the list of {what} came back empty, and yet {next(iter(resources.values())).short} is there"
            gaps.append(Gap(GapKind.PARTIAL, said, empty[0], advice="run diag again"))
        return Listing(what, tuple(resources.values()), tuple(gaps), frozenset(absent), stated)

    def _parser(self, kind: type[R], call: Call) -> Callable[[Json], R]:
        origin = Origin(call, self.taken_at)
        return lambda doc: kind(doc, origin, _full_name(doc, call))


def _states_itself(call: Call, answer: Answer) -> bool:
    """Whether a list says itself what it went through: by its kind, an aggregated one by its scopes."""
    if call.method.verb is Verb.AGGREGATED_LIST:
        return bool(answer.doc.get("items"))
    return call.method.verb is Verb.LIST and "kind" in answer.doc


def _within(call: Call, where: str) -> bool:
    request = dict(call.request)
    if "project" in request:
        return request["project"] == where
    return request.get("parent") == where or f"{request.get('name', '')}/".startswith(where + "/")


def _documents(call: Call, answer: Answer) -> list[Json]:
    """The resources in an answer, whichever shape the method gives."""
    if not call.method.verb.lists:
        return [answer.doc]
    if call.method.verb is Verb.LIST:
        return list(answer.doc.get(call.method.items) or [])
    scopes = answer.doc.get("items") or {}
    return [doc for scope in scopes.values() for doc in scope.get(call.method.items) or []]


def _full_name(doc: Json, call: Call) -> str:
    """The full resource name: `name` where it is one, else the self link from `projects/` on."""
    name = str(doc[call.method.named_by])
    if not name:
        raise KeyError(call.method.named_by)
    if name.startswith("projects/"):
        return name
    link = str(doc.get("selfLink") or "")
    if "projects/" in link:
        return relative(link)
    collection = call.method.key.split(".")[1]
    if call.method.topic == "dns_records":  # one name has records of several types
        return f"projects/{call['project']}/managedZones/{call['managedZone']}/{collection}/{name}/{doc['type']}"
    return f"projects/{call['project']}/{collection}/{name}"

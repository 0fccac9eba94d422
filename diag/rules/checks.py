"""A check for each rule of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from diag.calls import Gap, GapKind
from diag.checks.check import Check, Subject, Verdict, fails, passes, skips
from diag.errors import Unseen
from diag.facts.base import Resource, brief, dig
from diag.facts.world import World
from diag.report import Evidence, Place, Severity
from diag.requirements.expressions import compiled
from diag.requirements.model import Requirements
from diag.rules.defaults import filled, shapes
from diag.rules.kinds import KINDS, RuleKind

_FIELDS = re.compile(r"\bresource((?:\.[A-Za-z_]\w*(?!\w*\())+)")
"""The fields that an expression names; a method call at the end is none."""


def own_checks(declared: Requirements) -> tuple[Check, ...]:
    """The checks of the file's rules, in their order."""
    rules = declared.sections.get("rules", ())
    return tuple(_check(rule, declared.at(f"rules.{index}")) for index, rule in enumerate(rules))


def _check(rule: Mapping[str, Any], place: Place | None) -> Check:
    kind = KINDS[rule["resource"]]
    where, require = compiled(rule.get("where") or "true"), compiled(rule["require"])

    def over(world: World, declared: Requirements) -> Iterator[Subject[Resource | None] | Gap]:
        seen = False
        for found in kind.resources(world, declared):
            if isinstance(found, Gap):
                yield found
                continue
            if _unless_false(where, found, kind):
                seen = True
                yield Subject(found.name, found, place)
        if not seen:
            yield Subject(f"projects/{declared.project}", None, place)

    def judge(subject: Subject[Resource | None], world: World, declared: Requirements) -> Verdict:
        if subject.item is None:
            return skips(f"no {rule['resource']} in view is one that the rule is for", required=rule["require"])
        return _judged(subject.item, rule, where, require, kind)

    message = str(rule.get("message") or f"{rule['id']} is not met")
    judge.__doc__ = f"{message[:1].upper()}{message[1:]}\n\nA rule of the requirements file."
    severity = Severity[str(rule.get("severity") or "medium").upper()]
    return Check(rule["id"], severity, over, judge, frozenset(kind.reads), False, (), ())


def _judged(found: Resource, rule: Mapping[str, Any], where: Any, require: Any, kind: RuleKind) -> Verdict:
    if rule.get("where"):
        _evaluated(where, found, kind)  # raises `Unseen` where it is not known whether the rule is for this one
    details = {
        "required": rule["require"],
        "observed": _observed(found, rule["require"]),
        "evidence": _evidence(found, rule),
    }
    if _evaluated(require, found, kind):
        return passes(**details)
    return fails(reason=str(rule.get("message") or f"{found.short} does not meet {rule['id']}"), **details)


def _unless_false(where: Any, found: Resource, kind: RuleKind) -> bool:
    """Whether the rule is, or may be, for this resource."""
    try:
        return _evaluated(where, found, kind)
    except Unseen:
        return True


def _evaluated(expression: Any, found: Resource, kind: RuleKind) -> bool:
    """The truth of an expression over the resource; raises `Unseen` for a missing field, a type error, or a bomb.

    Absent scalars read as proto3's default; of an absent message they do where the expression needs it.
    """
    shape = shapes().get(kind.method, {})
    said = ""
    for absent_messages in (False, True):
        try:
            value = expression.eval(data={"resource": filled(found.doc, shape, absent_messages=absent_messages)})
        except RuntimeError as error:
            said = str(error)
            break
        if str(value.type()) == "BOOL":
            return bool(value.value())
        said = str(value.value()) if str(value.type()) == "ERROR" else f"it gives {value.type()}, not true or false"
        if "not found" not in said.lower():
            break
    text = f"the rule could not be evaluated on {found.short}: {said.partition(chr(10))[0][:200]}"
    of_types = "overload" in said
    advice = "a large whole number is a text in JSON: int(resource.…)" if of_types else "guard it with has(resource.…)"
    raise Unseen(Gap(GapKind.UNDECIDED, text, found.origin.call, advice=advice))


def _fields(expression: str) -> list[str]:
    return list(dict.fromkeys(path[1:] for path in _FIELDS.findall(expression)))


def _observed(found: Resource, expression: str) -> dict[str, Any]:
    return {path: brief(dig(found.doc, path)) for path in _fields(expression)}


def _evidence(found: Resource, rule: Mapping[str, Any]) -> tuple[Evidence, ...]:
    paths = _fields(f"{rule.get('where') or ''} {rule['require']}")
    return tuple(found.evidence(path) for path in paths)

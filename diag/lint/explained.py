"""What `diag explain` says of the checks that read the requirements file alone: the rules, and the waivers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from diag.lint.table import RULES


class Explained(NamedTuple):
    severity: str
    title: str
    text: str
    keys: tuple[str, ...]
    facts: tuple[str, ...]


_SAID: Mapping[str, tuple[str, str, str]] = {
    "req.infeasible": (
        "high",
        "The platform cannot do it at any setting",
        "A requirement that the platform cannot meet is no failure of the project. Each finding names the limit, its\n"
        "source and what to declare instead; it fails where every fact behind it is documented, else it warns.",
    ),
    "req.contradiction": (
        "high",
        "Two requirements cannot both hold, or a declared mechanism defeats a declared outcome",
        "It warns from the file alone, and fails once what was collected confirms it. Each finding says what collides\n"
        "with what, and what to declare instead.",
    ),
    "req.unobservable": (
        "medium",
        "Nothing in the platform shows whether it holds",
        "It warns, and names the nearest thing that the platform does show.",
    ),
    "req.waiver-unused": (
        "low",
        "Waiver covers nothing",
        "What it excused is met, or its check or resource is misspelt: no failure or warning of this run matches it.\n"
        "One whose check could not be decided somewhere is not called unused. Remove it, or correct it.",
    ),
    "req.waiver-expired": (
        "low",
        "Waiver has expired",
        "A waiver holds through the day before `expires`; from then on it waives nothing. Renew it with a reason, or\n"
        "remove it.",
    ),
}


def explained(check_id: str) -> Explained:
    """What is said of a `req.*` check with the headlines of its rules."""
    severity, title, text = _SAID[check_id]
    rules = [rule for rule in RULES if rule.check == check_id]
    lines = "\n".join(f"- {rule.title}" for rule in rules)
    facts = tuple(dict.fromkeys(fact for rule in rules for fact in rule.facts))
    keys = ("waivers",) if "waiver" in check_id else ()
    text = f"{text}\n\n{lines}" if lines else text
    return Explained(severity, title, text, keys, facts)

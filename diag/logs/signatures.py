"""The known failure signatures: texts and field values, what they mean, and what to do.

They are data, `signatures.json` beside this module: one entry is one signature. Patterns are RE2-safe and
match without regard to case, `^` and `$` at every line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from diag.report import Severity
from diag.requirements.patterns import compiled
from diag.values import dataclass

DATA = Path(__file__).with_name("signatures.json")
FRAGMENTS = Path(__file__).with_name("fragments.json")
"""What lines must contain to match a pattern, by the pattern: made by `docs/generate.py`."""

SPECIFICITIES = ("low", "medium", "high")
"""How few causes give such a line: many, some, one or two."""


class Grade(IntEnum):
    """What a signature shows; the higher says more about the cause."""

    CONTEXT = 1
    """A change or state that is worth knowing."""
    SYMPTOM = 2
    """A consequence, from which no cause follows."""
    PROXIMATE = 3
    """The mechanism next to the cause."""
    ROOT = 4
    """The cause itself."""


@dataclass(frozen=True)
class LikelyCause:
    """A root cause that gives the signature, and when it is this one."""

    cause: str
    """Its id among the root causes."""
    why: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Signature:
    """A known failure text or field value, and what it tells."""

    id: str
    title: str
    hop: str
    """The hop of the request path that it speaks of."""
    grade: Grade
    specificity: str
    severity: Severity
    where: frozenset[str]
    """Where it is found: kinds of logs (`run-log`), `probe`, `resource`, `metric`, or `derived` from many lines."""
    patterns: tuple[str, ...]
    field: str
    """The field whose value is compared, where it is no text: `jsonPayload.statusDetails`."""
    values: frozenset[str]
    least_status: int
    """The lowest status of a request that counts."""
    wins_over: frozenset[str]
    """The signatures that a line of this one is not of, although their patterns match too."""
    meaning: str
    causes: tuple[LikelyCause, ...]
    """The likeliest first."""
    look: tuple[str, ...]
    """Commands that change nothing, or sentences; `{service}`, `{region}` and `{project}` stand for names."""
    fix: tuple[str, ...]
    """The same, for what mends it."""
    caution: str
    """When it is harmless, or means another thing."""
    docs: tuple[str, ...]

    @property
    def fragments(self) -> Mapping[str, tuple[str, ...]]:
        """Of each pattern the texts in lower case one of which is in every line that it matches."""
        return {pattern: _fragments()[pattern] for pattern in self.patterns}

    @property
    def rank(self) -> tuple[int, int]:
        """Orders signatures by how much they say about the cause."""
        return self.grade, SPECIFICITIES.index(self.specificity)


@lru_cache(maxsize=1)
def signatures() -> Mapping[str, Signature]:
    """Every signature by its id, in the order of the request path."""
    entries = json.loads(DATA.read_text(encoding="utf-8"))["signatures"]
    return {entry["id"]: _signature(**entry) for entry in entries}


def searched(pattern: str) -> Any:
    """A pattern of a signature, to be used as one of `re`: whatever the case, `^` and `$` at every line."""
    return compiled(f"(?im){pattern}")


@lru_cache(maxsize=1)
def _fragments() -> Mapping[str, tuple[str, ...]]:
    return {id: tuple(texts) for id, texts in json.loads(FRAGMENTS.read_text(encoding="utf-8")).items()}


def in_logs(kinds: Iterable[str]) -> tuple[Signature, ...]:
    """The signatures that one line of such a kind of log can show."""
    wanted = frozenset(kinds)
    return tuple(one for one in signatures().values() if one.where & wanted and (one.patterns or one.values))


def _signature(
    *,
    severity: str,
    where: list[str],
    patterns: tuple[str, ...] = (),
    field: str = "",
    values: tuple[str, ...] = (),
    least_status: int = 0,
    wins_over: tuple[str, ...] = (),
    causes: list[dict[str, str]],
    look: list[str],
    fix: list[str],
    caution: str = "",
    docs: list[str],
    **plain: str,
) -> Signature:
    """A signature from its entry; raises `TypeError` or `KeyError` for one that is not of this shape."""
    grade = Grade[plain.pop("class").upper()]
    return Signature(
        grade=grade,
        severity=Severity[severity.upper()],
        where=frozenset(where),
        patterns=tuple(patterns),
        field=field,
        values=frozenset(values),
        least_status=least_status,
        wins_over=frozenset(wins_over),
        causes=tuple(LikelyCause(**cause) for cause in causes),
        look=tuple(look),
        fix=tuple(fix),
        caution=caution,
        docs=tuple(docs),
        **plain,
    )

"""Which checks a command line asks for, by product, id, glob or framework."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from diag import frameworks
from diag.errors import UsageError

PRODUCTS: Mapping[str, tuple[str, ...]] = {
    "check": ("vpc", "sql", "lb", "run", "redis", "logs", "alerts", "api", "req", "own"),
    "vpc": ("vpc",),
    "sql": ("sql",),
    "lb": ("lb",),
    "run": ("run",),
}
"""Command → the first parts of the ids of its checks."""


class Selection:
    """The ids that one command line selects; holds for ids that this version does not implement too."""

    def __init__(self, command: str, only: Sequence[str] = (), skip: Sequence[str] = ()) -> None:
        self._command = command
        self._only, self._skip = _meant(only), _meant(skip)

    def __contains__(self, id: str) -> bool:
        families = PRODUCTS[self._command]
        known = {family for group in PRODUCTS.values() for family in group}
        family = id.partition(".")[0]
        of_command = family in families or (self._command == "check" and family not in known)
        wanted = not self._only or any(_matches(id, globs) for globs in self._only.values())
        return of_command and wanted and not self._skips(id)

    def leaves_out(self, id: str) -> bool:
        """Whether the command line says that it does not want the check, or names those that it wants."""
        return (bool(self._only) and id not in self) or self._skips(id)

    def _skips(self, id: str) -> bool:
        return any(_matches(id, globs) for globs in self._skip.values())

    def ids(self, all_ids: Iterable[str]) -> tuple[str, ...]:
        """The selected ids in their order; raises `UsageError` when a pattern or the whole matches none."""
        known = tuple(all_ids)
        for option, patterns in (("--only", self._only), ("--skip", self._skip)):
            for pattern, globs in patterns.items():
                if not any(_matches(id, globs) for id in known):
                    raise UsageError(_no_such(option, pattern, known))
        chosen = tuple(id for id in known if id in self)
        if not chosen:
            raise UsageError(f"no check is left to run for `diag {self._command}`; see `diag checks` for the ids")
        return chosen


def _meant(patterns: Sequence[str]) -> dict[str, Sequence[str]]:
    """Each pattern with the globs that it stands for: itself, or the checks of a framework."""
    return {pattern: frameworks.selected(pattern) or (pattern,) for pattern in patterns}


def _matches(id: str, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(id, glob) for glob in globs)


def _no_such(option: str, pattern: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(pattern, (*known, *(each.id for each in frameworks.FRAMEWORKS)), n=1)
    hint = f"did you mean {near[0]}?" if near else "see `diag checks` for the ids"
    return f"{option} {pattern} matches no check; {hint}"

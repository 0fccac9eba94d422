"""What `history`, `note` and `report` share: the file, whose runs are meant, and the history itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from diag.errors import UsageError
from diag.requirements.model import Requirements
from diag.update import Scope

if TYPE_CHECKING:
    from diag.history.store import History


def declared_in(requirements: Sequence[Path] | None, env: str | None, project: str | None) -> Requirements | None:
    """The requirements of the given files, or of the one found from here upwards; None without any."""
    from diag.requirements.load import find_file, load

    found = find_file(Path())
    files = list(requirements or ()) or ([found] if found else [])
    if not files and env:
        raise UsageError("--env names an environment of a requirements file, and there is none; give one with -r")
    return load(files, environment=env, project=project) if files else None


def opened(declared: Requirements | None, *, create: bool = False) -> History:
    """The history that the file names, or the user's own; raises `HistoryError` for what is wrong with it."""
    from diag.history.place import history_url
    from diag.history.store import open_history

    return open_history(history_url(declared, os.environ), create=create)


def scope_in(history: History, declared: Requirements | None, project: str | None) -> Scope:
    """Whose runs are meant: those of the file and its `--env`, or of the only project that is kept."""
    if declared:
        return Scope(declared.project, declared.environment or "")
    if project:
        return Scope(project)
    kept = history.scopes()
    if len(kept) == 1:
        return kept[0]
    if not kept:
        raise UsageError("no requirements file here, and nothing is kept yet; give the file with -r, or --project")
    names = ", ".join(dict.fromkeys(scope.project for scope in kept))
    raise UsageError(
        f"no requirements file here, and runs of {names} are kept; name one with --project, or a file with -r"
    )

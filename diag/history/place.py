"""Where the history is kept, when the requirements file does not say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from diag.errors import HistoryError
from diag.requirements.model import Requirements


def history_url(declared: Requirements | None, environ: Mapping[str, str]) -> str:
    """The database of the file's `history:`, or the one in the user's data folder; raises `HistoryError` without one.

    `${NAME}` in it stands for a variable, which `open_history` puts in.
    """
    said = declared.sections.get("history") if declared else None
    return str(said) if said else f"sqlite:///{_data_folder(environ) / 'diag' / 'history.db'}"


def may_exist(url: str) -> bool:
    """Whether something may be kept there; of a file it can be seen without a database's library."""
    file = url.partition("?")[0].removeprefix("sqlite:///")
    return not url.startswith("sqlite:///") or "$" in file or Path(file).exists()


def _data_folder(environ: Mapping[str, str]) -> Path:
    named = Path(environ.get("XDG_DATA_HOME", ""))
    if named.is_absolute():  # a relative one counts as not set
        return named
    home = environ.get("HOME") or environ.get("USERPROFILE")
    if not home:
        raise HistoryError("no place for the history: HOME is not set; set it, or write `history:` in diag.yaml")
    return Path(home) / ".local" / "share"

"""Every error that `diag` raises on purpose; a user sees the message and never a traceback.

DiagError                      exit code 2
├── UsageError                 the command line: an option or argument that cannot be used
├── RequirementsError          the requirements file: one line per fault, with its place
├── BundleError                a recorded bundle that is not one, or is damaged
├── HistoryError               the database of past runs: locked, full, damaged, newer, out of reach
├── CredentialsError           no credentials, or expired ones                (exit code 3)
└── NothingSeenError           every call failed, and there is nothing to write (exit code 3)
Unseen                         a fact was asked for that nobody saw; never reaches a user:
                               `evaluate` turns it into the status *unknown*
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diag.calls import Gap


class DiagError(Exception):
    """What failed, why, and what to type next; the message is shown as it is."""

    exit_code = 2


class UsageError(DiagError):
    """The command line asks for something that cannot be done."""


class RequirementsError(DiagError):
    """The requirements file has faults; `lines` holds one `FILE:LINE:COLUMN: what; what to write` each."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


class BundleError(DiagError):
    """A path given to `--from` is not a bundle that this version can read."""


class HistoryError(DiagError):
    """The history cannot be read or written; what it holds stays as it is."""


class CredentialsError(DiagError):
    """No usable credentials: nothing was seen, so nothing is decided."""

    exit_code = 3


class NothingSeenError(DiagError):
    """Every call failed: nothing was seen, so there is nothing to write."""

    exit_code = 3


class Unseen(Exception):
    """A fact was asked for that was not seen; carries the gap that says why."""

    def __init__(self, gap: Gap) -> None:
        super().__init__(gap.message)
        self.gap = gap

"""One watch at a time: a lock on a file that the system gives back when the process ends, however it ends."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from diag.errors import UsageError


@contextmanager
def alone(folder: Path, what: str, names: Sequence[str]) -> Iterator[None]:
    """Holds the lock of what `names` say; raises `UsageError` where another process watches the same."""
    key = hashlib.sha256("\0".join(names).encode()).hexdigest()[:16]
    path = folder / f"watch-{key}.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        said = error.strerror or error
        raise UsageError(f"{path} cannot be written ({said}); set XDG_DATA_HOME to a folder that can") from error
    with file:
        if not _locked(file):
            file.seek(0)
            holder = file.read().strip() or "?"
            raise UsageError(f"diag watch runs already for {what}, as process {holder}; end it first: kill {holder}")
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
        with suppress(OSError):
            file.truncate(0)


def _locked(file: IO[str]) -> bool:
    try:
        import fcntl
    except ImportError:
        return True  # no such locks on this system
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

"""A quick look into the history for who can do without: it changes nothing, never fails and never waits long."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from diag.history.place import history_url, may_exist
from diag.requirements.model import Requirements
from diag.update import Scope, Unmoved

WITHIN_S = 1.0
"""Seconds after which it is not waited for."""


def unmoved(declared: Requirements, environ: Mapping[str, str]) -> tuple[Unmoved, ...]:
    """As `History.unmoved`; nothing where there is no history, or none that answers at once."""
    found: list[Unmoved] = []

    def look() -> None:
        found.extend(_read(declared, environ))

    # A thread that is left behind ends with the process; a database out of reach may take longer than its bound.
    reader = threading.Thread(target=look, name="history", daemon=True)
    reader.start()
    reader.join(WITHIN_S)
    return () if reader.is_alive() else tuple(found)


def _read(declared: Requirements, environ: Mapping[str, str]) -> tuple[Unmoved, ...]:
    try:
        url = history_url(declared, environ)
        if not may_exist(url):
            return ()
        from diag.history.store import glimpse

        with glimpse(url, environ, WITHIN_S) as history:
            return history.unmoved(Scope(declared.project, declared.environment or "")) if history else ()
    except Exception:
        # Whatever is wrong with the history is said by the commands that need it.
        return ()

"""The checks as `diag checks` and `diag explain` show them, read from described.json beside this module.

`docs/generate.py` writes that file from the checks, as it writes their pages: the list is there at once,
however many checks there are, since none of them is imported.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from diag.errors import UsageError
from diag.render.explain import Description, Read
from diag.requirements.catalogue import PROBES

DATA = Path(__file__).with_name("described.json")
"""What `diag checks --format json` prints."""


def descriptions() -> tuple[Description, ...]:
    """Every check of this version, in the order of the catalogue: those of the project, then those of the file."""
    listed = json.loads(DATA.read_text(encoding="utf-8"))["checks"]
    return tuple(
        Description(
            **{name: item[name] for name in ("id", "severity", "always", "title", "text")},
            reads=tuple(Read(**read) for read in item["reads"]),
            keys=tuple(item["keys"]),
            facts=tuple(item["facts"]),
            docs=tuple(item["docs"]),
        )
        for item in listed
    )


def documentation(check_ids: Iterable[str]) -> dict[str, Description]:
    """What is documented of those ids, by id: checks, probes, lint; a rule of the file is not."""
    by_id = {check.id: check for check in descriptions()}
    found = ((id, _documented(id, by_id)) for id in dict.fromkeys(check_ids))
    return {id: described for id, described in found if described}


def find(check_id: str) -> Description:
    """The check of that id; raises `UsageError` with what was probably meant."""
    by_id = {check.id: check for check in descriptions()}
    found = _documented(check_id, by_id)
    if found:
        return found
    raise UsageError(f"there is no check {check_id!r}; {_hint(check_id, (*by_id, *PROBES))}")


def _documented(check_id: str, by_id: Mapping[str, Description]) -> Description | None:
    if check_id in PROBES:
        return _probe(check_id)
    return by_id.get(check_id)


def _probe(check_id: str) -> Description:
    """A probe, which reads no API and runs in `diag probe` alone."""
    from diag.probes.explained import KEYS, PHASES, TEXTS, TITLES

    kind = check_id.partition(".")[2]
    return Description(
        id=check_id,
        severity="high",
        always=False,
        title=TITLES[kind],
        text=f"{TEXTS[kind]}\n\nPhases, each timed: {PHASES[kind]}. It runs in `diag probe`.",
        reads=(),
        keys=KEYS[kind],
        facts=(),
        docs=(),
    )


def _hint(check_id: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(check_id[:80].lower().replace("_", "-"), known, n=1)
    return f'did you mean "{near[0]}"? type `diag explain {near[0]}`' if near else "type `diag checks` for all of them"

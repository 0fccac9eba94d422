"""The checks as `diag checks` and `diag explain` show them, read from described.json beside this module.

`docs/generate.py` writes that file from the checks, as it writes their pages: the list is there at once,
however many checks there are, since none of them is imported.
"""

from __future__ import annotations

import json
from pathlib import Path

from diag.errors import UsageError
from diag.render.explain import Description, Read
from diag.requirements.catalogue import CHECK_IDS

DATA = Path(__file__).with_name("described.json")
"""What `diag checks --format json` prints."""


def descriptions() -> tuple[Description, ...]:
    """Every check of this version, in the order of the catalogue."""
    listed = json.loads(DATA.read_text(encoding="utf-8"))["checks"]
    return tuple(
        Description(
            **{
                **item,
                "reads": tuple(Read(**read) for read in item["reads"]),
                **{name: tuple(item[name]) for name in ("keys", "facts", "docs")},
            }
        )
        for item in listed
    )


def find(check_id: str) -> Description:
    """The check of that id; raises `UsageError` with what was probably meant."""
    by_id = {check.id: check for check in descriptions()}
    if check_id in by_id:
        return by_id[check_id]
    if check_id in CHECK_IDS:
        raise UsageError(
            f"{check_id} is in the catalogue, but this version of diag does not judge it yet; "
            "type `diag checks` for those that it does"
        )
    raise UsageError(f"there is no check {check_id!r}; {_hint(check_id, tuple(by_id))}")


def _hint(check_id: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(check_id[:80].lower().replace("_", "-"), known, n=1)
    return f'did you mean "{near[0]}"? type `diag explain {near[0]}`' if near else "type `diag checks` for all of them"

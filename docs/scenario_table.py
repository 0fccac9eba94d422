"""The page that shows, for every check, the scenarios in which it fires, stays silent and is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from diag.checks.catalogue import CHECKS
from diag.report import Status
from diag.requirements.catalogue import FINDING_IDS
from docs.test_names import cells
from tests.scenarios.scenario import Scenario
from tests.scenarios.test_scenarios import SCENARIOS

_COLUMNS: Mapping[str, frozenset[Status]] = {
    "fires": frozenset({Status.FAIL, Status.WARN}),
    "is silent": frozenset({Status.PASS}),
    "is unknown": frozenset({Status.UNKNOWN}),
}


_SHOWN = """Each name is a scenario of `tests/scenarios/`: a patch over the healthy estate. The checks of the file
itself and the probes, which read no estate, name their tests."""


def coverage(generated: str) -> str:
    """The page; raises `ValueError` for a check with an empty cell."""
    others = cells()
    missing = set(FINDING_IDS).difference(CHECKS, others)
    if missing:
        raise ValueError(f"nothing shows {sorted(missing)}")
    rows = [_row(check, [one for one in SCENARIOS if one.check == check]) for check in CHECKS]
    rows += [f"| {check} | {' | '.join(shown)} |" for check, shown in others.items()]
    head = ["# What the tests show of each check", "", generated, "", _SHOWN, ""]
    head += ["| check | " + " | ".join(_COLUMNS) + " |", "|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def _row(check: str, scenarios: Iterable[Scenario]) -> str:
    row = []
    for column, statuses in _COLUMNS.items():
        names = [one.name.replace("|", "\\|") for one in scenarios if one.expect in statuses]
        if not names:
            raise ValueError(f"no scenario in which {check} {column}")
        row.append("; ".join(names))
    return f"| {check} | {' | '.join(row)} |"

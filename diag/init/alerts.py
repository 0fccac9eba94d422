"""The alerts of a starter file: what the project's policies watch, for the team to decide on."""

from __future__ import annotations

from collections.abc import Iterator

from diag.checks.alerts.matching import shown
from diag.checks.alerts.watched import CONNECTIONS, NETWORK_CONNECTIONS, RATIO, WORDS
from diag.errors import Unseen
from diag.facts.alert_reading import Reading, promql_name, read_condition
from diag.facts.alerts import AlertPolicy
from diag.facts.world import World
from diag.render.starter import Item, Note
from diag.requirements.kinds import Bound

UNITS = {RATIO: "ratio", CONNECTIONS: "number"}


def alerts(world: World) -> Iterator[Item]:
    """A comment with the lines that policies which are on and tell somebody would meet."""
    try:
        policies = world.alert_policies()
    except Unseen as unseen:
        yield Note(f"alerts not seen: {unseen.gap.message}")
        return
    found = list(dict.fromkeys(line for policy in policies for line in _lines(policy)))
    if found:
        yield Note(f"alerts: [{', '.join(found)}]  # check: which must there be? Each is asked for on every resource")
    yield from (Note(f"not seen: {gap.message}") for gap in policies.gaps)


def _lines(policy: AlertPolicy) -> Iterator[str]:
    """What each condition of a policy watches, as the file declares it; nothing where that cannot be read."""
    try:
        if not (policy.enabled and policy.channels) or policy.invalid or len(policy.conditions) != 1:
            return
        readings = [read_condition(condition) for condition in policy.conditions]
    except Unseen:
        return
    for reading in readings:
        if reading and reading.threshold is not None and not (reading.low or reading.counts or reading.divisor):
            yield from _words(reading, reading.threshold)


def _words(reading: Reading, threshold: float) -> Iterator[str]:
    for word, meaning in WORDS.items():
        units = {**meaning.units}
        if word == "sql-connections":
            units[promql_name(NETWORK_CONNECTIONS)] = CONNECTIONS
        unit = next((UNITS[units[name]] for name in reading.metrics if units.get(name) in UNITS), "")
        if unit:
            yield f"{{metric: {word}, above: {shown(Bound(threshold, unit)).replace(' ', '')}}}"

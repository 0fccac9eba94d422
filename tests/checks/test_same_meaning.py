"""What means the same is judged the same: other forms of links and numbers, other orders, fields left out or new."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from diag.calls import Json
from diag.checks.catalogue import CHECKS
from diag.evaluate import evaluate
from diag.facts.world import World
from diag.plan import with_needs
from diag.requirements.load import load
from diag.snapshot import Snapshot
from fixtures import ids
from fixtures.estate import Estate
from fixtures.staging import incident

LINK = "https://www.googleapis.com/compute/v1/"
DECLARED = Path(__file__).parents[2] / "fixtures/staging-incident/diag.yaml"
NETWORKS = ("compute.", "vpcaccess.", "redis.", "dns.")
EVERYTHING = (*NETWORKS, "run.", "sql.")
Value = Callable[[str, object], object]


def judged(estate: Estate) -> list[tuple[str, str, str]]:
    """Check, status and resource of every finding about the incident's estate."""
    declared = load([DECLARED])
    reads = frozenset().union(*(with_needs(check.reads) for check in CHECKS.values()))
    answers = estate.answers(declared, reads)
    world = World(Snapshot(declared.project, declared.region, estate.taken_at, answers))
    return sorted(
        (one.check, one.status.value, one.resource) for one in evaluate(list(CHECKS.values()), world, declared)
    )


def walked(value: object, change: Value, key: str = "") -> object:
    """A copy of JSON with each value changed, given with its key."""
    if isinstance(value, dict):
        return {name: walked(item, change, name) for name, item in value.items()}
    if isinstance(value, list):
        return [walked(item, change, key) for item in value]
    return change(key, value)


def in_every(estate: Estate, change: Callable[[Json], object], apis: tuple[str, ...] = NETWORKS) -> None:
    for collection, documents in estate.resources.items():
        if collection.startswith(apis):
            for name, doc in documents.items():
                changed = change(doc)
                assert isinstance(changed, dict)
                documents[name] = changed


def linked(start: str, instead_of: str = LINK) -> Callable[[Estate], None]:
    """Links, but for a resource's own, begin so."""

    def change(key: str, value: object) -> object:
        return value.replace(instead_of, start) if isinstance(value, str) and key != "selfLink" else value

    return lambda estate: in_every(estate, lambda doc: walked(doc, change))


def filled(value: object) -> object:
    """JSON without what proto3 leaves out: false, and what is empty."""
    if isinstance(value, dict):
        return {key: filled(item) for key, item in value.items() if item is not False and item not in ("", [], {})}
    return [filled(item) for item in value] if isinstance(value, list) else value


def reordered(value: object) -> object:
    """JSON with the lists turned round whose order means nothing."""
    if isinstance(value, dict):
        unordered = ("hostRules", "hosts", "pathMatchers", "pathRules", "paths", "firewalls", "peerings", "nats")
        return {
            key: list(reversed([reordered(one) for one in item])) if key in unordered else reordered(item)
            for key, item in value.items()
        }
    return [reordered(item) for item in value] if isinstance(value, list) else value


def turned_round(estate: Estate) -> None:
    for documents in estate.resources.values():
        backwards = dict(reversed(documents.items()))
        documents.clear()
        documents.update(backwards)
    in_every(estate, reordered)


CHANGES: dict[str, Callable[[Estate], None]] = {
    "links of another version and host": linked("https://compute.googleapis.com/compute/beta/"),
    "links without a host": linked(""),
    "links by the project's number": linked(f"{LINK}projects/{ids.NUMBER}/", f"{LINK}projects/{ids.PROJECT}/"),
    "defaults left out": lambda estate: in_every(estate, filled, EVERYTHING),
    "another order": turned_round,
    "fields never seen": lambda estate: in_every(estate, lambda doc: {**doc, "quantum": {"state": ["ODD"]}}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_is_judged_the_same(change: Callable[[Estate], None]) -> None:
    estate = incident()
    change(estate)
    assert judged(estate) == judged(incident())

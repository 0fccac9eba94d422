"""What the world knows of the project itself."""

from __future__ import annotations

import pytest

from diag.facts.world import World
from diag.snapshot import Snapshot
from fixtures import ids
from fixtures.estate import Estate
from fixtures.healthy import healthy


def world_of(estate: Estate) -> World:
    return World(Snapshot(estate.project, estate.region, estate.taken_at, estate.answers()))


@pytest.mark.parametrize(
    ("project", "own"), [(ids.PROJECT, True), (ids.NUMBER, True), ("netra-host", False), ("112233445566", False)]
)
def test_the_project_by_its_id_and_by_the_number_that_its_services_show(project: str, own: bool) -> None:
    assert world_of(healthy()).is_own(project) is own


def test_a_number_may_be_the_project_s_own_where_nothing_shows_it() -> None:
    estate = healthy()
    for service in estate.resources["run.services"].values():
        del service["urls"]
    assert world_of(estate).is_own("112233445566")

"""What a listing proves: one that was put together from single resources proves nothing about the others."""

from __future__ import annotations

import pytest

from diag.calls import Answer, Call, Gap, GapKind
from diag.errors import Unseen
from diag.facts.world import World
from diag.snapshot import Snapshot

FOUND = Call.of("sql.instances.get", project="other-project", instance="db")
GONE = Call.of("sql.instances.get", project="other-project", instance="gone")
PREFIX = "projects/other-project/instances"


@pytest.fixture
def world() -> World:
    answers: dict[Call, Answer | Gap] = {
        FOUND: Answer({"name": "db", "region": "us-central1"}),
        GONE: Gap(GapKind.NOT_FOUND, "synthetic", GONE),
    }
    return World(Snapshot("netra-staging", "us-central1", "2025-09-18T09:00:00Z", answers))


def test_what_was_asked_for_by_name_is_there_or_is_not(world: World) -> None:
    instances = world.instances("other-project")
    found = instances.find(f"{PREFIX}/db")
    assert found is not None
    assert found.short == "db"
    assert instances.find(f"{PREFIX}/gone") is None


def test_what_was_not_asked_for_is_not_absent(world: World) -> None:
    with pytest.raises(Unseen, match="only some by name"):
        world.instances("other-project").find(f"{PREFIX}/another")


def test_a_resource_without_a_name_leaves_its_list_incomplete() -> None:
    listed = Call.of("secretmanager.secrets.list", parent="projects/netra-staging")
    answers: dict[Call, Answer | Gap] = {listed: Answer({"secrets": [{"name": ""}]})}
    seen = World(Snapshot("netra-staging", "us-central1", "2025-09-18T09:00:00Z", answers))
    with pytest.raises(Unseen, match="could not be read"):
        seen.secrets().find("projects/netra-staging/secrets/database-url")

"""Hints and commands of the readiness checks."""

from __future__ import annotations

from diag.calls import Answer, Call, Gap
from diag.checks.catalogue import CHECKS
from diag.evaluate import evaluate
from diag.facts.world import World
from diag.report import Finding
from diag.snapshot import Snapshot
from tests.scenarios.scenario import TAKEN_AT, requirements

PARENT = "projects/netra-staging/locations"


def listed(region: str, *names: str) -> tuple[Call, Answer | Gap]:
    """The services of a region, by name."""
    docs = [{"name": f"{PARENT}/{region}/services/{name}"} for name in names]
    return Call.of("run.services.list", parent=f"{PARENT}/{region}"), Answer({"services": docs})


def missing(declared: str, *lists: tuple[Call, Answer | Gap]) -> list[Finding]:
    wanted = requirements(declared)
    world = World(Snapshot(wanted.project, wanted.region, TAKEN_AT, dict(lists)))
    return list(evaluate([CHECKS["run.service-missing"]], world, wanted))


def test_a_missing_service_names_the_region_where_one_of_that_name_is() -> None:
    declared = (
        "version: 1\nproject: netra-staging\nregion: us-central1\nservices: {api: {}, worker: {region: us-east1}}\n"
    )
    found = missing(declared, listed("us-central1", "web"), listed("us-east1", "api", "worker"))
    assert "there is a service of that name in us-east1" in found[0].reason


def test_a_missing_service_offers_a_near_name_and_the_commands_that_help() -> None:
    declared = "version: 1\nproject: netra-staging\nregion: us-central1\nservices: {backnd: {}}\n"
    (found,) = missing(declared, listed("us-central1", "backend", "frontend"))
    assert found.observed == "not found; near: backend"
    assert [fix.mutates for fix in found.fix] == [False, True]
    assert found.fix[0].command == "gcloud run services list --region us-central1 --project netra-staging"

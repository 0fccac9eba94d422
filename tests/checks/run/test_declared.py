"""The commands that the checks of declared values give."""

from __future__ import annotations

from diag.calls import Answer, Call
from diag.checks.catalogue import CHECKS
from diag.checks.run.sizing import size
from diag.evaluate import evaluate
from diag.facts.world import World
from diag.report import Finding, Status
from diag.snapshot import Snapshot
from fixtures import ids
from fixtures.estate import Estate
from fixtures.healthy import healthy
from tests.scenarios.run_shared import NAME, SERVING, backend, of_container, of_service, pinned, sidecar
from tests.scenarios.scenario import TAKEN_AT, Patch, Scenario, findings, requirements

UPDATE = "gcloud run services update netra-backend-staging --region us-central1"


def failure(check: str, patch: Patch, declared: str) -> Finding:
    """The one failure of a check on a patched estate."""
    found = findings(Scenario("", check, Status.FAIL, patch, declared))
    (failed,) = [finding for finding in found if finding.status is Status.FAIL]
    return failed


def commands(finding: Finding) -> list[str]:
    return [fix.command for fix in finding.fix]


def test_a_setting_is_fixed_by_one_command_with_real_names() -> None:
    found = failure("run.cpu-too-small", of_container(resources={}), backend("cpu: 4"))
    assert commands(found) == [f"{UPDATE} --cpu 4"]
    assert found.declared_at is not None
    assert found.declared_at.line == 6


def test_pinned_traffic_needs_a_second_command() -> None:
    def patch(estate: Estate) -> None:
        of_service(traffic=pinned((SERVING, 100)), trafficStatuses=pinned((SERVING, 100)))(estate)
        of_container(resources={})(estate)

    moved = "gcloud run services update-traffic netra-backend-staging --region us-central1 --to-latest"
    assert commands(failure("run.cpu-too-small", patch, backend("cpu: 4"))) == [f"{UPDATE} --cpu 4", moved]


def test_one_of_several_containers_is_named() -> None:
    def patch(estate: Estate) -> None:
        of_container(resources={})(estate)
        sidecar(estate)

    found = failure("run.memory-too-small", patch, backend("memory: 6Gi"))
    assert commands(found) == [f"{UPDATE} --container netra-backend-staging-1 --memory 6Gi"]


def test_a_default_is_marked_as_one_in_the_evidence() -> None:
    found = failure("run.memory-too-small", of_container(resources={}), backend("memory: 6Gi"))
    assert [(item.field, item.value, item.default) for item in found.evidence] == [
        ("containers[0].resources.limits.memory", "512Mi", True)
    ]


def test_a_probe_for_the_declared_window_is_written_out() -> None:
    found = failure("run.startup-window-too-short", of_container(startupProbe=None), backend("startup_window: 10m"))
    flag = "--startup-probe httpGet.path=PATH,httpGet.port=8080,periodSeconds=10,timeoutSeconds=10,failureThreshold=60"
    assert commands(found) == [f"{UPDATE} {flag}"]


def test_the_maximum_of_a_service_is_raised_by_the_command_that_every_gcloud_has() -> None:
    shared = of_service(scaling={"scalingMode": "AUTOMATIC", "maxInstanceCount": 2})
    found = findings(Scenario("", "run.at-max-instances", Status.WARN, shared, backend("cpu: 4")))
    beta = UPDATE.replace("gcloud", "gcloud beta")
    assert [commands(one) for one in found if one.status is Status.WARN] == [[f"{beta} --max 4"]]


def test_sizes_are_written_as_cloud_run_writes_them() -> None:
    assert [size(6 * 2**30), size(512 * 2**20), size(1536 * 2**20), size(6e9)] == ["6Gi", "512Mi", "1536Mi", "5723Mi"]


def test_a_service_named_by_its_projects_number_is_the_declared_one() -> None:
    declared = requirements(backend("critical: true"))
    answers = healthy().answers(declared)
    call = Call.of("run.services.list", parent=ids.LOCATION)
    listed = answers[call]
    assert isinstance(listed, Answer)
    for doc in listed.doc["services"]:
        doc["name"] = doc["name"].replace(ids.PROJECT, ids.NUMBER)
    world = World(Snapshot(declared.project, declared.region, TAKEN_AT, answers))
    found = [finding for finding in evaluate([CHECKS["run.not-ready"]], world, declared) if finding.declared_at]
    assert [finding.resource for finding in found] == [f"{ids.LOCATION}/services/{NAME}"]

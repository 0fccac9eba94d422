"""Every method × every fault: never exit 0, never an exception, never past the time-out."""

from __future__ import annotations

import time

import pytest

from diag.cli.options import Options
from diag.cli.session import perform
from diag.report import Status
from tests.fake import Fake, Fault
from tests.wire.runs import RESTORED, live, recorded

TIMEOUT_S = 3.0
CALLS = recorded(RESTORED, RESTORED).snapshot.answers
METHODS = sorted({call.method.key for call in CALLS})
ROUTES = {call.method.key: call.method for call in CALLS}

REALLY_EMPTY = {
    "dns.managedZones.list": "a project whose names are kept elsewhere: lb.dns-elsewhere does not apply",
    "compute.healthChecks.aggregatedList": "serverless backends have no health checks",
    "logging.entries.list": "an hour in which nothing was logged that matters",
    "compute.routers.aggregatedList": "nothing of this estate leaves through a NAT",
    "networkmanagement.connectivityTests.list": "a project in which nobody ran a test",
    "sql.operations.list": "an instance on which nothing runs and nothing failed",
}
"""Where an empty list is what a healthy project gives: it decides, and cannot be told from a fault."""

REALLY_OFF = {
    "dns.managedZones.list": "a project without Cloud DNS has no zones",
    "networkmanagement.connectivityTests.list": "a project without Network Management has no tests",
}
"""Where an API that is off decides, for what it would list cannot be there."""

NOTHING_DEPENDS = {
    "cloudresourcemanager.projects.testIamPermissions": "it only tells beforehand what will be refused",
}
"""Calls that no check reads."""

BESIDE = "networkmanagement.connectivityTests.list"
"""Its results stand beside what is worked out hop by hop; a verdict without them says that they were not consulted."""


@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.value)
@pytest.mark.parametrize("method", METHODS)
def test_a_fault_is_never_green(method: str, fault: Fault) -> None:
    if fault is Fault.EMPTY and method in REALLY_EMPTY:
        pytest.skip(REALLY_EMPTY[method])
    if fault is Fault.DISABLED and method in REALLY_OFF:
        pytest.skip(REALLY_OFF[method])
    if method in NOTHING_DEPENDS:
        pytest.skip(NOTHING_DEPENDS[method])
    if fault is Fault.PARTIAL and ROUTES[method].verb.value == "get":
        pytest.skip("a get has no partial answer")
    with Fake(RESTORED, faults={method: fault}) as fake:
        started = time.monotonic()
        result = live(fake, RESTORED, timeout_s=TIMEOUT_S)
        took = time.monotonic() - started
    if method == BESIDE:
        said = [finding.not_consulted for finding in result.report.findings if finding.check == "vpc.unreachable"]
        assert said
        assert all(said)
    else:
        assert result.report.exit_code() in (1, 3)
        assert result.report.summary()[Status.UNKNOWN.value] or result.report.exit_code() == 1
    # Not a measurement: the bound is the contract, and the slack is for a busy machine.
    assert took < TIMEOUT_S + 10


@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.value)
def test_everything_at_fault_decides_nothing(fault: Fault) -> None:
    with Fake(RESTORED, faults={"*": fault}) as fake:
        result = live(fake, RESTORED, timeout_s=TIMEOUT_S)
    assert result.report.exit_code() in (1, 3)
    assert result.report.summary()["pass"] == 0 or fault is Fault.PARTIAL


def test_a_refusal_names_the_permission() -> None:
    with Fake(RESTORED, faults={"vpcaccess.connectors.list": Fault.DENIED}) as fake:
        result = live(fake, RESTORED)
    assert "vpcaccess.connectors.list" in {finding.permission for finding in result.report.findings}


def test_an_empty_project_asks_whether_it_is_the_right_one() -> None:
    with Fake(RESTORED, faults={"*": Fault.EMPTY}) as fake:
        options = Options(project="netra-staging", region="us-central1", timeout_s=TIMEOUT_S)
        result = perform("check", options, dict(fake.env))
    assert result.report.exit_code() == 3
    assert "right project" in " ".join(result.report.notes)

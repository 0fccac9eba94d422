"""Every check fires, stays silent and turns unknown: the scenarios of all products, and the table of them."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import tests.scenarios as package
from diag.checks.catalogue import CHECKS
from diag.report import Status
from tests.scenarios.scenario import Scenario, findings, matches


def all_scenarios() -> list[Scenario]:
    """The scenarios of every table module of this folder."""
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"tests.scenarios.{name}") for name in names if not name.startswith("test_")]
    return [scenario for module in modules for scenario in getattr(module, "SCENARIOS", ())]


SCENARIOS = all_scenarios()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: f"{scenario.check}: {scenario.name}")
def test_scenario(scenario: Scenario) -> None:
    found = findings(scenario)
    said = "\n".join(f"{f.status.value} {f.resource}: {f.observed} / {f.required}: {f.reason}" for f in found)
    assert any(matches(scenario, finding) for finding in found), said or "no finding"
    if scenario.expect is Status.PASS:
        assert {finding.status for finding in found} <= {Status.PASS, Status.SKIP}, said


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_fires_and_stays_silent_and_turns_unknown(check: str) -> None:
    expected = {scenario.expect for scenario in SCENARIOS if scenario.check == check}
    assert Status.PASS in expected, "no scenario in which it stays silent"
    assert expected & {Status.FAIL, Status.WARN}, "no scenario in which it fires"
    assert Status.UNKNOWN in expected, "no scenario in which it is unknown"


def test_no_two_scenarios_of_a_check_share_a_name() -> None:
    names = [(scenario.check, scenario.name) for scenario in SCENARIOS]
    assert len(names) == len(set(names))

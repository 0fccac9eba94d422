"""Connectors: there and READY."""

from __future__ import annotations

from diag.calls import GapKind
from diag.report import Status
from fixtures.estate import Estate
from tests.scenarios.scenario import Scenario

DECLARED = """\
version: 1
project: netra-staging
region: us-central1
connectors:
  staging-connector: {}
"""


def removed(estate: Estate) -> None:
    estate.remove("vpcaccess.connectors", "staging-connector")


def refused(estate: Estate) -> None:
    estate.gap("vpcaccess.connectors.list", GapKind.DENIED)


def in_error(estate: Estate) -> None:
    estate.resource("vpcaccess.connectors", "staging-connector")["state"] = "ERROR"


def of_a_new_state(estate: Estate) -> None:
    estate.resource("vpcaccess.connectors", "staging-connector")["state"] = "HIBERNATING"


SCENARIOS = (
    Scenario(
        "declared and there", "vpc.connector-missing", Status.PASS, declared=DECLARED, resource="staging-connector"
    ),
    Scenario("the list was refused", "vpc.connector-missing", Status.UNKNOWN, refused, DECLARED),
    Scenario(
        "the only connector is gone and a get confirms it",
        "vpc.connector-missing",
        Status.FAIL,
        removed,
        DECLARED,
        "staging-connector",
    ),
    Scenario("READY", "vpc.connector-not-ready", Status.PASS, resource="staging-connector"),
    Scenario("ERROR", "vpc.connector-not-ready", Status.FAIL, in_error, resource="staging-connector", says="ERROR"),
    Scenario("a state never seen", "vpc.connector-not-ready", Status.UNKNOWN, of_a_new_state, says="HIBERNATING"),
    Scenario("refused", "vpc.connector-not-ready", Status.UNKNOWN, refused),
)

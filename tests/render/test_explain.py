"""`diag explain` and `diag checks`: text and JSON from plain descriptions."""

from __future__ import annotations

import json

import pytest

from diag.render.explain import Description, Read, explain, explain_json, table, table_json

NAT = Description(
    id="vpc.nat-missing",
    severity="critical",
    always=True,
    title="all-traffic egress has no way to the internet",
    text="What leaves by the VPC needs a NAT there,\nor it goes nowhere.\n\nMake one:\n\n  gcloud compute routers nats",
    reads=(Read("compute.googleapis.com", "routers.aggregatedList", "compute.routers.list"),),
    keys=("services.*.egress.mode", "services.*.reaches"),
    facts=("EGR-05", "CON-07"),
    docs=("https://cloud.google.com/nat/docs/overview",),
)
SMALL = Description("sql.x", "low", False, "a headline that is long enough to be wrapped", "", (), (), (), ())


def test_explain_says_everything_there_is() -> None:
    said = explain(NAT, None)
    for text in (NAT.id, NAT.severity, "judged always", NAT.title, *NAT.keys, *NAT.facts, *NAT.docs):
        assert text in said
    assert "compute.googleapis.com  routers.aggregatedList  compute.routers.list" in said


def test_explain_sets_prose_for_the_width_and_leaves_examples_alone() -> None:
    assert "What leaves by the VPC needs a NAT there, or it goes nowhere." in explain(NAT, 100)
    narrow = explain(NAT, 30)
    assert "What leaves by the VPC needs a\nNAT there, or it goes nowhere." in narrow
    assert "\n  gcloud compute routers nats\n" in narrow


def test_checks_are_aligned() -> None:
    first, second, *_ = table([NAT, SMALL], None).splitlines()
    assert first == "vpc.nat-missing  critical  always    all-traffic egress has no way to the internet"
    assert second == "sql.x            low       declared  a headline that is long enough to be wrapped"


@pytest.mark.parametrize("width", [40, 60, 80])
def test_checks_fit_the_terminal(width: int) -> None:
    assert max(map(len, table([NAT, SMALL], width).splitlines())) <= width


def test_json_has_the_same_fields() -> None:
    [listed] = json.loads(table_json([NAT]))["checks"]
    assert listed == json.loads(explain_json(NAT))
    assert listed["reads"][0]["permission"] == "compute.routers.list"

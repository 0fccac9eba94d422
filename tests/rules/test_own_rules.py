"""A file's own rules: given this estate and this expression, this is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.errors import RequirementsError
from diag.evaluate import evaluate
from diag.facts.world import World
from diag.plan import with_needs
from diag.report import Finding, Severity, Status
from diag.requirements import names
from diag.rules import own_checks
from diag.rules.defaults import filled, shapes
from diag.rules.kinds import KINDS
from diag.snapshot import Snapshot
from fixtures.estate import Estate
from fixtures.healthy import healthy
from tests.scenarios.scenario import requirements

HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"
BACKEND = "resource.name.endsWith('/netra-backend-staging')"


def rule(require: str, resource: str = "run.service", where: str = "", more: str = "") -> str:
    lines = [f'  - id: own.rule\n    resource: {resource}\n    require: "{require}"\n']
    lines += [f'    where: "{where}"\n'] if where else []
    return f"{HEAD}rules:\n{''.join(lines)}{more}"


def found(text: str, estate: Estate | None = None) -> list[Finding]:
    declared = requirements(text)
    checks = own_checks(declared)
    estate = estate or healthy()
    reads = with_needs(frozenset().union(*(check.reads for check in checks)))
    world = World(Snapshot(declared.project, declared.region, estate.taken_at, estate.answers(declared, reads)))
    return list(evaluate(checks, world, declared))


def statuses(text: str, estate: Estate | None = None) -> dict[str, Status]:
    return {finding.resource.rpartition("/")[2]: finding.status for finding in found(text, estate)}


def test_every_resource_of_the_kind_is_judged_passes_included() -> None:
    assert statuses(rule("resource.template.scaling.minInstanceCount >= 1")) == {
        "netra-backend-staging": Status.PASS,
        "netra-auth-service": Status.PASS,
        "netra-frontend-staging": Status.FAIL,  # absent: proto3 leaves a zero out
    }


def test_where_says_which_of_them() -> None:
    assert statuses(rule("resource.template.timeout == '600s'", where=BACKEND)) == {
        "netra-backend-staging": Status.PASS
    }


def test_a_rule_that_is_for_nothing_in_view_is_skipped() -> None:
    assert statuses(rule("false", where="resource.name == 'x'")) == {"netra-staging": Status.SKIP}


def test_what_is_below_an_absent_message_reads_as_its_default() -> None:
    estate = healthy()
    for doc in estate.resources["run.services"].values():
        del doc["template"]["scaling"]
    assert set(statuses(rule("resource.template.scaling.minInstanceCount >= 1"), estate).values()) == {Status.FAIL}


def test_an_absent_message_is_still_absent_to_has() -> None:
    assert statuses(rule("has(resource.template.vpcAccess)")) == {
        "netra-backend-staging": Status.PASS,
        "netra-auth-service": Status.PASS,
        "netra-frontend-staging": Status.FAIL,
    }


def test_a_field_that_does_not_exist_is_unknown_with_what_helps() -> None:
    finding = found(rule("resource.template.speed >= 1", where=BACKEND))[0]
    assert finding.status is Status.UNKNOWN
    assert "speed" in finding.reason
    assert "has(" in finding.fix[0].command


def test_a_large_number_is_a_text_and_the_finding_says_what_to_write() -> None:
    finding = found(rule("resource.settings.dataDiskSizeGb >= 10", "sql.instance"))[0]
    assert finding.status is Status.UNKNOWN
    assert "int(resource." in finding.fix[0].command
    assert set(statuses(rule("int(resource.settings.dataDiskSizeGb) >= 10", "sql.instance")).values()) == {Status.PASS}


def test_a_where_that_cannot_be_decided_is_unknown_and_not_passed_over() -> None:
    assert set(statuses(rule("true", where="resource.speed > 1")).values()) == {Status.UNKNOWN}


@pytest.mark.parametrize("require", ["resource.name > 1", "resource.template.containers[7].image != ''"])
def test_an_error_at_evaluation_is_unknown(require: str) -> None:
    assert statuses(rule(require, where=BACKEND)) == {"netra-backend-staging": Status.UNKNOWN}


def test_a_bomb_ends_and_is_unknown() -> None:
    tens = "[1,2,3,4,5,6,7,8,9,10]"
    bomb = "".join(f"{tens}.all(x{depth}, " for depth in range(7)) + "true" + ")" * 7
    assert statuses(rule(bomb, where=BACKEND)) == {"netra-backend-staging": Status.UNKNOWN}


def test_a_refused_list_is_unknown() -> None:
    estate = healthy()
    estate.gap("run.services.list", "denied")
    assert Status.UNKNOWN in statuses(rule("true"), estate).values()


def test_severity_message_place_and_evidence_are_the_rules() -> None:
    text = rule(
        "resource.ingress == 'INGRESS_TRAFFIC_NONE'", where=BACKEND, more="    severity: high\n    message: shut it\n"
    )
    finding = found(text)[0]
    assert (finding.status, finding.severity, finding.reason) == (Status.FAIL, Severity.HIGH, "shut it")
    assert finding.declared_at is not None
    assert finding.declared_at.line == 5
    assert {item.field for item in finding.evidence} == {"name", "ingress"}


@pytest.mark.parametrize(
    ("require", "says"),
    [
        ("resource.name ==", "does not compile"),
        ("resouce.name == 'x'", "undeclared reference"),
        ("'text'", "true or false"),
        ("1 + 1", "true or false"),
    ],
)
def test_what_does_not_compile_is_a_fault_with_its_place(require: str, says: str) -> None:
    with pytest.raises(RequirementsError) as error:
        requirements(rule(require))
    (line,) = error.value.lines
    assert ":7:14:" in line
    assert says in line


def test_an_unknown_kind_is_a_fault_that_offers_a_near_one() -> None:
    with pytest.raises(RequirementsError, match=r"run\.service"):
        requirements(rule("true", resource="run.servce"))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_judged(kind: str) -> None:
    assert found(rule("resource.name != ''", resource=kind))


def test_the_file_and_the_code_name_the_same_kinds() -> None:
    assert set(KINDS) == set(names.RULE_KINDS)


def test_the_shapes_hold_the_kinds_and_leave_compute_without_defaults() -> None:
    assert set(shapes()) == {kind.method for kind in KINDS.values()}
    assert filled({"name": "x"}, shapes()["compute.routes.list"], absent_messages=False).get("priority") is None
    service = filled({"template": {}}, shapes()["run.services.get"], absent_messages=False)
    assert (service["template"]["maxInstanceRequestConcurrency"], service["invokerIamDisabled"]) == (0, False)


def test_an_expression_over_two_thousand_characters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequirementsError, match="2000"):
        requirements(rule("true && " * 300 + "true"))

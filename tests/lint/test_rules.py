"""Each rule fires where it should, on that line, and is silent next to it."""

from __future__ import annotations

import re

import pytest

from diag.lint.facts import FACTS
from diag.lint.rule import CONTRADICTION, INFEASIBLE, SEVERITY, Rule
from diag.lint.table import BY_NAME, RULES
from diag.report import Finding, Status
from diag.requirements.catalogue import FINDING_IDS
from tests.lint.cases import CASES, Case
from tests.lint.conftest import HEAD, Found

ABOVE = HEAD.count("\n")


def cited(finding: Finding) -> list[str]:
    """The ids of the facts that the reason names."""
    found = re.search(r"\[(.+?)\]", finding.reason)
    return found[1].split(", ") if found else []


def name_of(case: Case) -> str:
    return case.rule


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_fires_on_its_line_with_the_limit_its_source_and_what_to_declare(found: Found, case: Case) -> None:
    [finding] = found(case.rule, case.fires)
    rule = BY_NAME[case.rule]
    assert finding.declared_at is not None
    assert finding.declared_at.line == ABOVE + case.line
    assert finding.status is (Status.FAIL if case.fails else Status.WARN)
    assert (finding.check, finding.severity, finding.title) == (rule.check, SEVERITY[rule.check], rule.title)
    assert finding.required
    assert finding.observed
    assert finding.evidence == ()
    [fix] = finding.fix
    assert fix.command.startswith("declare ")
    assert not fix.mutates
    assert set(cited(finding)) <= set(rule.facts)
    assert finding.docs == tuple(dict.fromkeys(FACTS[fact].page for fact in cited(finding)))


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_is_silent_next_to_it(found: Found, case: Case) -> None:
    assert found(case.rule, case.silent) == []


def test_each_rule_has_a_case() -> None:
    assert {case.rule for case in CASES} == set(BY_NAME)
    assert len(BY_NAME) == len(RULES)


@pytest.mark.parametrize("case", [case for case in CASES if BY_NAME[case.rule].check == INFEASIBLE], ids=name_of)
def test_what_the_platform_cannot_do_fails_on_documented_facts_alone_and_else_says_why_not(
    found: Found, case: Case
) -> None:
    [finding] = found(case.rule, case.fires)
    if finding.status is Status.FAIL:
        assert {FACTS[fact].confidence for fact in cited(finding)} == {"D"}
    else:
        assert "it only warns, because " in finding.reason


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_is_documented(rule: Rule) -> None:
    headline, gap, why = rule.text.split("\n", 2)
    assert headline.endswith(".")
    assert gap == ""
    assert why.strip()
    assert set(rule.facts) <= FACTS.keys()
    assert set(rule.confirmed_by) <= set(FINDING_IDS)
    assert bool(rule.confirmed_by) == (rule.check == CONTRADICTION)


def test_every_fact_is_used() -> None:
    assert {fact for rule in RULES for fact in rule.facts} == FACTS.keys()

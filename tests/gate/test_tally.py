"""How findings are counted, and when a run is clean."""

from __future__ import annotations

from fractions import Fraction

import pytest

from diag.gate.rule import Rule
from diag.gate.tally import tally
from diag.gate.words import said
from diag.report import Finding, Status
from tests.gate.conftest import finding

EIGHTY = Rule(pass_rate=Fraction(8, 10))


def many(passing: int, failing: int, check: str = "logs.forbidden") -> list[Finding]:
    """So many requirements that pass and fail."""
    return [
        *(finding(check, "pass", f"good-{number}") for number in range(passing)),
        *(finding(check, "fail", f"bad-{number}") for number in range(failing)),
    ]


@pytest.mark.parametrize(
    ("passing", "failing", "clean", "rate"),
    [(799, 201, False, 0.799), (800, 200, True, 0.8), (7999, 2001, False, 0.799), (4, 1, True, 0.8)],
)
def test_the_rate_is_compared_as_integers_and_never_printed_as_reached(
    passing: int, failing: int, clean: bool, rate: float
) -> None:
    found = tally(many(passing, failing), EIGHTY)
    assert (found.clean, found.rate) == (clean, rate)


def test_a_whole_rate_is_never_printed_below_itself() -> None:
    assert tally(many(1, 0), Rule()).rate == 1.0
    assert tally(many(99_999, 1), Rule()).rate == 0.999
    assert tally(many(2, 1), Rule()).rate == 0.667


def test_a_requirement_counts_once_with_its_worst_status() -> None:
    lines = [finding("run.env-mismatch", status) for status in ("pass", "fail", "unknown", "warn")]
    found = tally([*lines, finding("probe.http", "pass"), finding("probe.http", "pass")], EIGHTY)
    assert (found.passed, found.counted) == (1, 2)
    assert found.total[Status.FAIL] == 1


def test_what_is_skipped_or_waived_does_not_count() -> None:
    found = tally([finding("sql.a", "skip"), finding("sql.b", "waived"), finding("sql.c", "pass")], Rule())
    assert (found.passed, found.counted, found.clean) == (1, 1, True)


def test_a_warning_counts_against_the_rate_and_keeps_no_category_from_being_complete() -> None:
    found = tally([finding("sql.a", "warn"), *many(4, 0)], Rule(EIGHTY.pass_rate, 3, {"database": True}))
    assert found.clean
    assert not tally([finding("sql.a", "warn"), *many(4, 0)], Rule()).clean
    assert not tally([finding("sql.a", "warn"), *many(4, 0)], found.rule, Status.WARN).clean


@pytest.mark.parametrize(
    ("check", "category"),
    [
        ("vpc.nat-missing", "connectivity"),
        ("lb.tls-minimum", "connectivity"),
        ("run.not-ready", "startup"),
        ("sql.not-running", "database"),
        ("redis.not-ready", "database"),
        ("logs.forbidden", None),
        ("req.infeasible", None),
    ],
)
def test_a_check_counts_in_the_category_of_its_product(check: str, category: str | None) -> None:
    assert Rule().category(finding(check, "pass")) == category


def test_a_probe_counts_where_the_file_says() -> None:
    rule = Rule(EIGHTY.pass_rate, 3, {"edge": True}, {"backend": "edge"})
    found = tally([finding("probe.http", "fail", "backend"), *many(9, 0)], rule)
    assert [(one.name, one.failed, one.complete) for one in found.categories] == [("edge", 1, False)]
    assert said(found) == "9 of 10, 90.0 %; critical 0 of 1: edge fails"


def test_one_failure_in_a_critical_category_outweighs_any_rate() -> None:
    critical = {"connectivity": True, "startup": True, "database": True, "agents": False}
    found = [finding("vpc.a", "pass"), finding("run.a", "pass"), finding("sql.a", "fail"), *many(31, 0)]
    count = tally(found, Rule(EIGHTY.pass_rate, 3, critical))
    assert (count.enough, count.clean, count.undecided) == (True, False, False)
    assert said(count) == "33 of 34, 97.1 %; critical 2 of 3: database fails"


def test_an_unknown_anywhere_keeps_a_run_from_being_clean_and_undecided() -> None:
    critical = tally([finding("sql.a", "unknown"), *many(9, 0)], Rule(EIGHTY.pass_rate, 3, {"database": True}))
    assert (critical.clean, critical.undecided) == (False, True)
    assert said(critical) == "9 of 10, 90.0 %; critical 0 of 1: database is unknown"
    elsewhere = tally([finding("own.a", "unknown"), *many(9, 0)], EIGHTY)
    assert (elsewhere.clean, elsewhere.undecided) == (False, True)
    assert said(elsewhere) == "9 of 10, 90.0 %; 1 unknown besides"


def test_a_failure_that_the_unknown_could_not_make_good_decides() -> None:
    assert not tally([finding("own.a", "unknown"), *many(7, 3)], EIGHTY).undecided
    assert tally([finding("own.a", "unknown"), *many(7, 2)], EIGHTY).undecided


def test_a_critical_category_in_which_nothing_counts_is_not_complete() -> None:
    found = tally(many(9, 0), Rule(EIGHTY.pass_rate, 3, {"database": True}))
    assert (found.clean, found.undecided) == (False, True)
    assert said(found).endswith("critical 0 of 1: database has nothing that counts")
    assert tally([], Rule()).undecided

"""Waivers: what they cover, until which day, and what is said of those that cover nothing."""

from __future__ import annotations

from datetime import date

import pytest

from diag.report import Finding, Severity, Status
from diag.requirements.model import Requirements, Waiver
from diag.waivers import apply

INSTANCE = "projects/netra-staging/instances/staging-shared-postgres"
IDS = ("sql.public-access", "sql.ssl-not-enforced")


def finding(status: Status = Status.FAIL, resource: str = INSTANCE, check: str = "sql.public-access") -> Finding:
    return Finding(check, status, Severity.HIGH, "the whole internet may connect", resource)


def waiver(resource: str = INSTANCE, check: str = "sql.public-access", expires: str = "2026-12-31") -> Waiver:
    return Waiver(
        check=check, resource=resource, reason="migration", owner="platform", expires=date.fromisoformat(expires)
    )


def judged(*findings: Finding, waivers: tuple[Waiver, ...], at: str = "2026-06-01T00:00:00Z") -> list[str]:
    """`check: status` of everything that a run at that moment says."""
    declared = Requirements(project="netra-staging", waivers=waivers)
    return [f"{found.check}: {found.status.value}" for found in apply(findings, declared, at, IDS)]


@pytest.mark.parametrize("resource", [INSTANCE, "staging-shared-postgres", "staging-*", "projects/*/instances/*", "*"])
@pytest.mark.parametrize("status", [Status.FAIL, Status.WARN])
def test_a_waiver_names_the_full_name_the_last_segment_or_a_glob(resource: str, status: Status) -> None:
    assert judged(finding(status), waivers=(waiver(resource),)) == ["sql.public-access: waived"]


@pytest.mark.parametrize("check", ["sql.*", "*.public-access"])
def test_a_waiver_may_name_checks_by_a_glob(check: str) -> None:
    assert judged(finding(), waivers=(waiver(check=check),)) == ["sql.public-access: waived"]


@pytest.mark.parametrize("resource", ["another", "shared-postgres", "instances"])
def test_another_resource_is_not_covered_and_the_waiver_is_unused(resource: str) -> None:
    assert judged(finding(), waivers=(waiver(resource),)) == ["sql.public-access: fail", "req.waiver-unused: warn"]


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-12-30T23:59:59Z", ["sql.public-access: waived"]),
        ("2026-12-31T00:00:00Z", ["sql.public-access: fail", "req.waiver-expired: warn"]),
    ],
)
def test_it_holds_through_the_day_before_it_expires(at: str, said: list[str]) -> None:
    assert judged(finding(), waivers=(waiver(),), at=at) == said


def test_what_is_met_leaves_the_waiver_unused() -> None:
    assert judged(finding(Status.PASS), waivers=(waiver(),)) == ["sql.public-access: pass", "req.waiver-unused: warn"]


def test_what_was_not_seen_is_neither_waived_nor_does_it_make_a_waiver_unused() -> None:
    assert judged(finding(Status.UNKNOWN, "projects/netra-staging"), waivers=(waiver(),)) == [
        "sql.public-access: unknown"
    ]


def test_two_waivers_of_the_same_thing_are_both_used() -> None:
    assert judged(finding(), waivers=(waiver(), waiver("*"))) == ["sql.public-access: waived"]


def test_a_waiver_of_a_check_that_did_not_run_is_not_spoken_of() -> None:
    assert judged(waivers=(waiver(check="run.env-missing"),)) == []

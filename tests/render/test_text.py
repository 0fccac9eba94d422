"""The text report: reviewed pages, and what must hold of every page."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.render.text import render, summary
from diag.render.verdict import verdict
from diag.report import Finding, Fix, Report, Severity, Status
from tests.render import reports

GOLDEN = Path(__file__).parent / "golden"
PAGES: dict[str, tuple[Report, int]] = {
    "failing": (reports.FAILING, 1),
    "met": (reports.MET, 0),
    "undecided": (reports.UNDECIDED, 3),
    "empty": (reports.EMPTY, 3),
}
"""Report and exit code by the name of its page."""


def plain(report: Report, width: int | None = None) -> str:
    return render(report, width=width, colour=False)


@pytest.mark.parametrize("width", [80, 160, None])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_as_reviewed(name: str, width: int | None) -> None:
    """After a wanted change: `UPDATE_GOLDEN=1 pytest tests/render`, then review the difference."""
    report, exit_code = PAGES[name]
    page = GOLDEN / f"{name}-{width or 'piped'}.txt"
    said = plain(report, width)
    if os.environ.get("UPDATE_GOLDEN"):
        page.write_text(said, encoding="utf-8")
    assert said == page.read_text(encoding="utf-8")
    assert report.exit_code() == exit_code


def test_verbose_page_is_as_reviewed() -> None:
    said = render(reports.FAILING, width=100, colour=False, verbose=True)
    page = GOLDEN / "failing-verbose-100.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        page.write_text(said, encoding="utf-8")
    assert said == page.read_text(encoding="utf-8")


def test_every_golden_page_is_read() -> None:
    expected = {f"{name}-{width}.txt" for name in PAGES for width in ("80", "160", "piped")}
    assert {path.name for path in GOLDEN.iterdir()} == expected | {"failing-verbose-100.txt"}


def test_quiet_keeps_the_verdict_and_everything_unseen() -> None:
    said = render(reports.FAILING, width=None, colour=False, quiet=True)
    assert said.startswith("NOT MET")
    for finding in reports.FAILING.findings:
        if finding.status is Status.UNKNOWN:
            assert finding.reason in said
    assert "required" not in said


@pytest.mark.parametrize("name", PAGES)
def test_colour_adds_nothing_but_colour(name: str) -> None:
    report, _ = PAGES[name]
    coloured = render(report, width=80, colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain(report, 80)


def test_undecided_never_says_met() -> None:
    for text in (plain(reports.UNDECIDED, 80), plain(reports.EMPTY, 80)):
        assert "MET" not in text


@pytest.mark.parametrize(
    ("report", "fail_on", "word"),
    [
        (reports.MET, Status.FAIL, "MET"),
        (reports.report(reports.SHARED_CORE), Status.FAIL, "MET"),
        (reports.report(reports.SHARED_CORE), Status.WARN, "NOT MET"),
        (reports.report(reports.NAT_MISSING, reports.DISABLED), Status.FAIL, "NOT MET"),
        (reports.report(reports.NOT_JUDGED, *reports.passed(3)), Status.FAIL, "UNDECIDED"),
        (reports.report(reports.SKIPPED), Status.FAIL, "NOTHING APPLIES"),
    ],
)
def test_verdict_agrees_with_the_exit_code(report: Report, fail_on: Status, word: str) -> None:
    said, _ = verdict(report, fail_on)
    expected = {"MET": 0, "NOTHING APPLIES": 0, "NOT MET": 1, "UNDECIDED": 3}
    assert said == word
    assert report.exit_code(fail_on) == expected[said]


def test_summary_is_the_verdict_in_one_line() -> None:
    assert summary(reports.MET) == "MET   12 of 12 requirements"
    assert summary(reports.report(reports.SHARED_CORE), Status.WARN).startswith("NOT MET")


def test_worst_comes_first() -> None:
    said = plain(reports.report(reports.TIMEOUT_SHORT, reports.NAT_MISSING))
    assert said.index("vpc.nat-missing") < said.index("run.request-timeout-too-short")


def test_what_shares_a_reason_is_said_once() -> None:
    denied = [reports.denied(f"vpc.check-{n}", "compute.routes.list", "routes.list") for n in range(7)]
    said = plain(reports.report(*denied))
    assert said.count("compute.routes.list denied on projects/netra-staging") == 1
    assert "7 checks" in said
    assert all(finding.check in said for finding in denied)


def test_calls_of_one_method_that_a_project_refuses_alike_are_said_once() -> None:
    denied = [reports.denied(f"run.check-{n}", "run.services.get", "GetService") for n in range(3)]
    apart = [replace(finding, reason=f"{finding.reason}/{n}") for n, finding in enumerate(denied)]
    said = plain(reports.report(*apart))
    assert "run.services.get denied on projects/netra-staging/0, and 2 more calls like it" in said
    assert said.count("denied on") == 1
    assert all(finding.check in said for finding in apart)


def test_the_same_refusal_in_two_projects_is_said_of_both() -> None:
    own = reports.denied("vpc.nat-missing", "compute.networks.list", "networks.list")
    host = replace(
        own,
        reason="compute.networks.list denied on projects/netra-host",
        evidence=(replace(own.evidence[0], resource="projects/netra-host"),),
    )
    said = plain(reports.report(own, host))
    assert own.reason in said
    assert host.reason in said


def test_many_checks_of_one_reason_are_counted_by_product_and_named_on_request() -> None:
    denied = [
        reports.denied(f"{product}.check-{n}", "run.services.list", "ListServices")
        for product in ("vpc", "run")
        for n in range(5)
    ]
    report = reports.report(*denied)
    assert "checks    5 vpc, 5 run; -v names them" in plain(report)
    verbose = render(report, width=None, colour=False, verbose=True)
    assert all(finding.check in verbose for finding in denied)


def test_two_resources_of_one_name_are_told_apart() -> None:
    other = replace(reports.NAT_MISSING, resource=reports.CONNECTOR.replace("us-central1", "europe-west1"))
    said = plain(reports.report(reports.NAT_MISSING, other))
    assert reports.CONNECTOR in said
    assert other.resource in said


def test_a_declared_name_and_the_resource_of_that_name_are_one() -> None:
    declared = replace(reports.NAT_MISSING, check="req.unobservable", resource="staging-connector")
    said = plain(reports.report(reports.NAT_MISSING, declared))
    assert reports.CONNECTOR not in said
    assert "VPC  staging-connector" in said


def test_a_failure_without_a_fix_says_where_to_find_one() -> None:
    assert "fix       diag explain run.request-timeout-too-short" in plain(reports.report(reports.TIMEOUT_SHORT))


def test_a_sentence_that_says_what_to_do_is_the_fix() -> None:
    said = plain(reports.report(replace(reports.TIMEOUT_SHORT, fix=(Fix("declare 300s instead", mutates=False),))))
    assert "    fix       declare 300s instead" in said
    assert "diag explain" not in said.partition("Next:")[0]


def test_a_place_is_shown_even_when_nothing_stands_beside_it() -> None:
    bare = replace(reports.NAT_MISSING, required=None, observed=None, reason="")
    assert "diag.yaml:23" in plain(reports.report(bare))


# Commands stay copyable


def commands(page: str) -> list[str]:
    """The commands on a page, continuation lines joined as a shell joins them."""
    joined = re.sub(r"\\\n\s*", "", page)
    return [" ".join(found.split()) for found in re.findall(r"gcloud .*", joined)]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
def test_a_wrapped_command_is_the_same_command(width: int) -> None:
    assert commands(plain(reports.FAILING, width)) == commands(plain(reports.FAILING, None))


def test_a_command_is_not_broken_inside_quotes() -> None:
    quoted = "gcloud sql instances patch staging --set 'a b c d e f g h i j k l m n o p q r s t u v w x y z' now"
    finding = replace(reports.NAT_MISSING, fix=(Fix(quoted),))
    joined = re.sub(r"\\\n", "", plain(reports.report(finding), 60))
    line = next(line for line in joined.splitlines() if "gcloud sql" in line)
    assert shlex.split(line)[1:] == shlex.split(quoted)


def test_piped_lines_are_never_broken() -> None:
    long = "x" * 400
    finding = replace(reports.NAT_MISSING, resource=long, reason=f"{long} {long}", fix=(Fix(f"gcloud {long} {long}"),))
    lines = plain(reports.report(finding)).splitlines()
    assert f"VPC  {long}" in lines
    assert f"    why       {long} {long}" in lines
    assert f"    fix       gcloud {long} {long}" in lines


def test_grants_are_one_command_for_each_project() -> None:
    host = reports.denied("vpc.peering-missing", "compute.networks.list", "networks.list")
    host = replace(host, evidence=(replace(host.evidence[0], resource="projects/netra-host"),))
    own = reports.denied("vpc.nat-missing", "compute.routers.list", "routers.aggregatedList")
    found = [line for line in commands(plain(reports.report(host, own))) if "roles create" in line]
    assert len(found) == 2
    assert any("--project netra-host --permissions compute.networks.list " in line for line in found)
    assert any("--project netra-staging --permissions compute.routers.list " in line for line in found)


def test_an_api_is_enabled_where_the_refusal_says() -> None:
    elsewhere = replace(reports.DISABLED, fix=(Fix("gcloud services enable X --project netra-quota", mutates=False),))
    said = plain(reports.report(elsewhere))
    assert "gcloud services enable certificatemanager.googleapis.com --project netra-quota" in said


def test_a_project_without_billing_is_not_told_to_enable_an_api() -> None:
    billing = "gcloud billing projects link netra-staging --billing-account=ACCOUNT"
    said = plain(reports.report(replace(reports.DISABLED, fix=(Fix(billing, mutates=False),))))
    assert billing in said
    assert "services enable" not in said


# Nothing steers the terminal, no line is too long

hostile = st.text(st.characters(codec="utf-8"), max_size=60)


@given(hostile, st.sampled_from([None, 30, 80]), st.booleans())
def test_no_control_character_passes(text: str, width: int | None, verbose: bool) -> None:
    nasty = f"a{text}\x1b[2J\r\n\u202e\x9b"
    finding = Finding(
        "vpc.x", Status.FAIL, Severity.HIGH, nasty, nasty, nasty, [nasty], reason=nasty, fix=(Fix(nasty),)
    )
    dark = replace(finding, status=Status.UNKNOWN, permission=nasty)
    waived = replace(finding, status=Status.WAIVED, waiver=nasty)
    report = replace(reports.report(finding, dark, waived), project=nasty, environment=nasty, notes=(nasty,))
    said = render(report, width=width, colour=False, verbose=verbose)
    assert all(
        line.isprintable() or not re.search(r"[\x00-\x1f\x7f-\x9f\u202e\u2028]", line) for line in said.split("\n")
    )
    assert "\\x1b[2J\\r\\n\\u202e\\x9b" in said


@pytest.mark.parametrize("width", [40, 80, 120, 160])
@pytest.mark.parametrize("name", PAGES)
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    for line in plain(PAGES[name][0], width).splitlines():
        unbreakable = max(len(word) for word in line.split()) if line else 0
        assert len(line) <= max(width, 16 + unbreakable + len("--permissions  \\") + 4)


def test_plain_text_loads_neither_rich_nor_google() -> None:
    program = (
        "import sys; import diag.render.text, diag.render.json; "
        "print([name for name in sys.modules if name.split('.')[0] in ('rich', 'google', 'pydantic', 'ruamel')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

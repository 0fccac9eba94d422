"""Published benchmarks: the data is sound, and checks are listed, explained and selected by it."""

from __future__ import annotations

import json

import pytest

from diag.errors import UsageError
from diag.frameworks import FRAMEWORKS, Framework, find, references, selected
from diag.requirements.catalogue import CHECK_IDS
from diag.select import Selection
from tests.cli.shell import INCIDENT, Shell

ON_INCIDENT = ("--from", str(INCIDENT), "-r", str(INCIDENT / "diag.yaml"))


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.id)
def test_every_control_names_a_check_of_the_catalogue(framework: Framework) -> None:
    assert {control.check for control in framework.controls} <= set(CHECK_IDS)
    assert framework.url.startswith("https://www.cisecurity.org/")
    assert framework.source.startswith("https://")
    assert framework.id == f"cis-gcp-{framework.version}"
    for control in framework.controls:
        assert all(text == text.lower() for text in control.requires)


@pytest.mark.parametrize(
    ("check", "four", "five"),
    [
        ("sql.ssl-not-enforced", "6.4", "6.4"),
        ("sql.public-access", "6.5", "6.5"),
        ("sql.backups-off", "6.7", "6.8"),
        ("sql.deletion-unprotected", None, "6.9"),
        ("lb.logging-off", "2.16", "2.17"),
        ("lb.tls-too-old", "3.9", "3.11"),
    ],
)
def test_a_check_is_its_versions_control(check: str, four: str | None, five: str) -> None:
    expected = [f"cis-gcp-{version}:{id}" for version, id in (("4.0", four), ("5.0", five)) if id]
    assert [str(reference) for reference in references(check)] == expected


def test_of_a_flag_only_its_own_control_is_named() -> None:
    assert {str(control) for control in references("sql.flags-differ", "log_connections = ON")} == {
        "cis-gcp-4.0:6.2.2",
        "cis-gcp-5.0:6.2.2",
    }
    assert references("sql.flags-differ", "log_connections = off") == (), "the file asks for the opposite"
    assert references("sql.flags-differ", "max_connections = 100") == ()
    assert len(references("sql.flags-differ")) > 30, "what could not be seen leaves all of them open"


def test_a_declaration_that_asks_for_less_is_no_control() -> None:
    assert references("sql.ssl-not-enforced", "ALLOW_UNENCRYPTED_AND_ENCRYPTED or stricter") == ()
    assert references("sql.ssl-not-enforced", "ENCRYPTED_ONLY or stricter")
    assert references("lb.tls-too-old", "TLS 1.1") == ()
    assert all(reference.partial for reference in references("lb.tls-too-old", "TLS 1.2"))


def test_a_framework_selects_the_checks_behind_its_controls() -> None:
    ids = Selection("check", ["cis-gcp-5.0"]).ids(CHECK_IDS)
    assert set(ids) == {control.check for control in find("cis-gcp-5.0").controls}
    assert Selection("check", ["cis-gcp-5.0:6.8"]).ids(CHECK_IDS) == ("sql.backups-off",)
    assert Selection("check", ["cis-gcp-5.0:6.[58]", "vpc.nat-missing"]).ids(CHECK_IDS) == (
        "vpc.nat-missing",
        "sql.public-access",
        "sql.backups-off",
    )
    without = Selection("sql", skip=["cis-gcp-5.0"]).ids(CHECK_IDS)
    assert "sql.public-access" not in without
    assert "sql.not-running" in without


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("cis-gcp-3.0", "did you mean cis-gcp-"),
        ("cis-gcp-9.0:6.5", "there is no framework cis-gcp-9.0; did you mean cis-gcp-"),
        ("cis-gcp-5.0:1.1", "no check judges control 1.1 of cis-gcp-5.0; type `diag checks --framework cis-gcp-5.0`"),
        ("cis-gcp-5.0:", "no check judges control  of cis-gcp-5.0"),
    ],
)
def test_what_is_no_framework_or_control_is_refused(pattern: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        Selection("check", [pattern]).ids(CHECK_IDS)
    assert said in str(refused.value)


def test_an_id_of_a_check_is_no_framework() -> None:
    assert selected("vpc.nat-missing") is None
    assert selected("sql.*") is None


# On the command line


def test_checks_lists_a_framework(diag: Shell) -> None:
    done = diag("checks", "--framework", "cis-gcp-5.0")
    assert done.code == 0
    assert "6.8    sql.backups-off" in done.out
    assert "vpc." not in done.out
    assert "Published: https://www.cisecurity.org/" in done.out
    listed = json.loads(diag("checks", "--framework", "cis-gcp-5.0", "-f", "json").out)["checks"]
    backups = next(check for check in listed if check["id"] == "sql.backups-off")
    assert [(control["framework"], control["id"]) for control in backups["controls"]] == [
        ("cis-gcp-4.0", "6.7"),
        ("cis-gcp-5.0", "6.8"),
    ]


def test_a_framework_that_is_not_there_is_refused(diag: Shell) -> None:
    diag("checks", "--framework", "pci").refused(2, "there is no framework pci; write one of: cis-gcp-4.0, cis-gcp-5.0")


def test_explain_names_the_controls(diag: Shell) -> None:
    assert "cis-gcp-4.0:6.7 cis-gcp-5.0:6.8" in diag("explain", "sql.backups-off").out
    assert "published benchmarks" not in diag("explain", "vpc.nat-missing").out


def test_a_run_is_narrowed_to_a_framework(diag: Shell) -> None:
    done = diag("check", *ON_INCIDENT, "--only", "cis-gcp-5.0", "-f", "json")
    report = json.loads(done.out)
    assert done.code == 1, "lb.tls-too-old fails there"
    judged = {finding["check"] for finding in report["findings"]}
    assert judged
    assert judged <= {control.check for control in find("cis-gcp-5.0").controls}
    [tls] = [finding for finding in report["findings"] if finding["check"] == "lb.tls-too-old"]
    assert tls["controls"] == [
        {"framework": "cis-gcp-4.0", "version": "4.0", "id": "3.9", "partial": True},
        {"framework": "cis-gcp-5.0", "version": "5.0", "id": "3.11", "partial": True},
    ]
    diag("vpc", *ON_INCIDENT, "--only", "cis-gcp-5.0").refused(2, "no check is left to run for `diag vpc`")

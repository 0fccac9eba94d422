"""`diag lint` as a user meets it: entries, silence, exit codes, the report, waivers."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from diag.cli.main import run
from diag.render.lint import render
from diag.render.report_schema import report_schema
from diag.report import Finding, Fix, Place, Severity, Status

HEAD = "version: 1\nproject: netra-staging\n"
TOO_LONG = HEAD + "services:\n  web: {request_timeout: 2h}\n"
UNCOUNTED = HEAD + "connectors:\n  main: {concurrent_connections: 50}\n"
FEASIBLE = HEAD + "services:\n  web: {request_timeout: 1h}\n"
ENTRY = (
    "diag.yaml:4:9: fail high req.infeasible: Request time-out longer than Cloud Run allows: web: request_timeout: "
    "7200s; at most 3600s: Cloud Run takes no request time-out above 60 minutes, and ends WebSockets and streams with "
    "it [RUN-01, RUN-03] (https://cloud.google.com/run/docs/configuring/request-timeout); declare request_timeout: "
    "3600s at the most, and work that takes longer as a job\n"
)

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    with contextlib.chdir(tmp_path):
        yield tmp_path


def write(text: str, name: str = "diag.yaml") -> None:
    Path(name).write_text(text, encoding="utf-8")


def report(capsys: Output, *arguments: str) -> tuple[int, dict[str, Any]]:
    code = run(["lint", "--format", "json", *arguments])
    document = json.loads(capsys.readouterr().out)
    Draft202012Validator(report_schema()).validate(document)
    return code, document


def test_an_entry_names_place_limit_source_and_what_to_declare(capsys: Output) -> None:
    write(TOO_LONG)
    assert run(["lint"]) == 1
    out, err = capsys.readouterr()
    assert out == ENTRY
    assert err == "diag.yaml: 1 fail, 0 warn, 0 waived\n"


def test_a_feasible_file_is_silence(capsys: Output) -> None:
    write(FEASIBLE)
    assert run(["lint"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "diag.yaml: nothing in it is infeasible, contradictory or unobservable\n"


@pytest.mark.parametrize(
    ("text", "arguments", "code"),
    [
        (FEASIBLE, ["--fail-on", "warn"], 0),
        (UNCOUNTED, [], 0),
        (UNCOUNTED, ["--fail-on", "warn"], 1),
        (TOO_LONG, ["--fail-on", "fail"], 1),
        (TOO_LONG, ["--fail-on", "never"], 2),
        (TOO_LONG, ["--format", "xml"], 2),
        (TOO_LONG, ["--env", "production"], 2),
        (HEAD + "services: {web: {cpus: 1}}\n", [], 2),
    ],
)
def test_exit_codes(text: str, arguments: list[str], code: int) -> None:
    write(text)
    assert run(["lint", *arguments]) == code


def test_every_fault_of_the_file_is_told_and_nothing_else(capsys: Output) -> None:
    write(HEAD + "services:\n  web: {request_timeout: 2 h, cpus: 1}\n")
    assert run(["lint"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(": ")[0] for line in err.splitlines()] == ["diag.yaml:4:26", "diag.yaml:4:31"]


def test_without_a_file_it_says_what_to_type(capsys: Output) -> None:
    assert run(["lint"]) == 2
    assert "-r" in capsys.readouterr().err


def test_a_file_of_a_parent_folder_is_found(capsys: Output, folder: Path) -> None:
    write(TOO_LONG)
    (folder / "below").mkdir()
    with contextlib.chdir(folder / "below"):
        assert run(["lint", "--quiet"]) == 1
    assert capsys.readouterr().out.startswith(f"{folder.resolve()}/diag.yaml:4:9: fail ")


def test_later_files_and_the_overlay_are_judged_together(capsys: Output) -> None:
    write(FEASIBLE + "environments: {slow: {services: {web: {startup_window: 1h}}}}\n")
    write(TOO_LONG, "more.yaml")
    code, document = report(capsys, "-r", "diag.yaml", "-r", "more.yaml", "--env", "slow")
    assert code == 1
    places = [(found["declared_at"]["file"], found["declared_at"]["line"]) for found in document["findings"]]
    assert places == [("diag.yaml", 5), ("more.yaml", 4)]


def test_the_report_says_what_is_declared_and_what_the_limit_is(capsys: Output) -> None:
    write(TOO_LONG)
    code, document = report(capsys)
    assert code == 1
    [finding] = document["findings"]
    assert finding["check"] == "req.infeasible"
    assert finding["resource"] == "web"
    assert finding["required"] == "request_timeout: 7200s"
    assert finding["observed"] == "at most 3600s"
    assert finding["declared_at"] == {"file": "diag.yaml", "line": 4, "column": 9}
    assert finding["fix"][0]["mutates"] is False
    assert document["source"]["kind"] == "file"
    assert document["summary"]["fail"] == 1


def test_the_report_of_a_feasible_file_has_no_findings(capsys: Output) -> None:
    write(FEASIBLE)
    code, document = report(capsys, "--quiet")
    assert (code, document["findings"]) == (0, [])


def test_a_report_can_go_to_a_file_and_the_summary_stays(capsys: Output, folder: Path) -> None:
    write(TOO_LONG)
    assert run(["lint", "-f", "json", "-o", "lint.json"]) == 1
    assert json.loads((folder / "lint.json").read_text())["summary"]["fail"] == 1
    assert capsys.readouterr().out == "diag.yaml: 1 fail, 0 warn, 0 waived\nreport: lint.json\n"


WAIVER = "waivers: [{{check: {check}, resource: web, reason: none, owner: us, expires: {expires}}}]\n"


def test_a_waiver_holds_and_shows(capsys: Output) -> None:
    write(TOO_LONG + WAIVER.format(check="req.infeasible", expires="9999-12-31"))
    assert run(["lint", "--fail-on", "warn"]) == 0
    assert "waived until 9999-12-31, us: none" in capsys.readouterr().out
    assert run(["lint", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_an_expired_waiver_is_told_whatever_it_is_for_and_an_unused_one_is_not(capsys: Output) -> None:
    write(FEASIBLE + WAIVER.format(check="sql.public-access", expires="2020-01-01"))
    assert run(["lint"]) == 0
    assert "diag.yaml:5:" in (out := capsys.readouterr().out)
    assert "req.waiver-expired" in out
    write(FEASIBLE + WAIVER.format(check="sql.public-access", expires="9999-12-31"))
    assert run(["lint"]) == 0
    assert capsys.readouterr().out == ""


FINDING = Finding(
    check="req.infeasible",
    status=Status.FAIL,
    severity=Severity.HIGH,
    title="A title",
    resource="web\x1b[31m",
    required="request_timeout: 7200s",
    observed="at most 3600s",
    declared_at=Place("diag.yaml", 4, 9),
    reason="a reason that goes on for a while",
    docs=("https://cloud.google.com/run/docs/configuring/request-timeout",),
    fix=(Fix("declare less", mutates=False),),
)


def test_on_a_terminal_an_entry_keeps_within_its_width_and_hangs() -> None:
    first, *rest = render([FINDING], width=80).splitlines()
    assert first.startswith("diag.yaml:4:9: fail high req.infeasible: A title: ")
    assert rest
    for line in rest:
        assert line.startswith("  ")
        assert len(line) <= 80


def test_no_text_of_the_file_steers_the_terminal() -> None:
    assert "\x1b" not in render([FINDING], width=None)
    assert "web\\x1b[31m" in render([FINDING], width=None)


def test_colour_adds_nothing_but_colour() -> None:
    coloured = render([FINDING], width=80, colour=True)
    assert "\x1b[" in coloured
    assert coloured.replace("\x1b[1m", "").replace("\x1b[0m", "") == render([FINDING], width=80)

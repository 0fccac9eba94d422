"""The evaluating commands' reports: fields and schema, files, exit codes, overlays, and what a terminal shows."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.cli.shell import HEAD, INCIDENT, RESTORED, Shell
from tests.fake import Fake, Fault

COMMANDS = ("check", "vpc", "sql", "lb", "run")
FIREWALL = "vpc.firewall-blocks"
ON_INCIDENT = ("--from", str(INCIDENT), "-r", str(INCIDENT / "diag.yaml"))
ON_RESTORED = ("--from", str(RESTORED), "-r", str(RESTORED / "diag.yaml"))


@pytest.fixture
def valid(diag: Shell) -> jsonschema.Draft202012Validator:
    """A validator by the schema that `diag schema --report` prints."""
    schema = json.loads(diag("schema", "--report").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("words", "code"), [(ON_INCIDENT, 1), (ON_RESTORED, 0)], ids=["incident", "restored"])
def test_every_report_of_a_recording_validates(
    command: str, words: tuple[str, ...], code: int, diag: Shell, valid: jsonschema.Draft202012Validator
) -> None:
    done = diag(command, *words, "-f", "json")
    assert (done.code, done.err) == (code, "")
    valid.validate(json.loads(done.out))


@pytest.mark.parametrize("fault", [None, Fault.DENIED, Fault.DISABLED, Fault.EMPTY, Fault.MALFORMED], ids=str)
def test_every_live_report_validates(fault: Fault | None, diag: Shell, valid: jsonschema.Draft202012Validator) -> None:
    with Fake(RESTORED, faults={"*": fault} if fault else {}) as fake:
        diag.export(**fake.env)
        done = diag("check", "-r", RESTORED / "diag.yaml", "-f", "json")
    valid.validate(json.loads(done.out))
    assert done.code in (0, 1, 3)


def test_the_report_has_the_fields_of_the_contract(diag: Shell) -> None:
    report = json.loads(diag("check", *ON_INCIDENT, "-f", "json").out)
    assert report["schema_version"] == 1
    assert report["tool"].keys() == {"name", "version"}
    assert (report["project"], report["region"], report["environment"]) == ("netra-staging", "us-central1", None)
    assert (report["source"]["kind"], report["source"]["taken_at"]) == ("bundle", "2025-09-16T17:45:03Z")
    assert list(report["summary"]) == ["pass", "warn", "fail", "unknown", "skip", "waived"]
    assert sum(report["summary"].values()) == len(report["findings"])
    failed = [finding for finding in report["findings"] if finding["status"] == "fail"]
    nat = next(finding for finding in failed if finding["check"] == "vpc.nat-missing")
    assert nat["severity"] == "critical"
    assert nat["resource"].startswith("projects/netra-staging/")
    assert nat["evidence"][0].keys() >= {"api", "method", "field", "value", "at"}
    assert nat["declared_at"]["file"] == str(INCIDENT / "diag.yaml")
    assert nat["fix"][0].keys() == {"command", "mutates"}
    assert all(finding["status"] != "pass" or finding["evidence"] for finding in report["findings"])


def test_a_firewall_that_lets_through_is_shown_as_evidence(diag: Shell) -> None:
    findings = json.loads(diag("vpc", *ON_INCIDENT, "-f", "json").out)["findings"]
    passing = [finding for finding in findings if (finding["check"], finding["status"]) == (FIREWALL, "pass")]
    read = [{item["method"] for item in finding["evidence"]} for finding in passing]
    assert read
    assert all("networks.getEffectiveFirewalls" in methods for methods in read)


@pytest.mark.parametrize("format", ["text", "json"])
def test_a_report_in_a_file_leaves_the_summary_on_the_terminal(format: str, diag: Shell) -> None:
    done = diag("check", *ON_INCIDENT, "-f", format, "-o", "report")
    assert done.code == 1
    assert done.out.startswith("NOT MET   ")
    assert done.out.endswith("\nreport: report\n")
    written = (diag.folder / "report").read_text()
    assert ("findings" in json.loads(written)) if format == "json" else ("vpc.nat-missing" in written)


def test_warnings_fail_when_asked_to(diag: Shell) -> None:
    waiver = "{check: vpc.nat-missing, resource: none-such, reason: r, owner: o, expires: 2099-01-01}"
    diag.write("diag.yaml", HEAD + f"waivers: [{waiver}]\n")
    words = ("check", "--from", RESTORED, "--only", "vpc.nat-missing", "--only", "req.*")
    relaxed, strict = diag(*words), diag(*words, "--fail-on", "warn")
    assert (relaxed.code, strict.code) == (0, 1)
    assert "req.waiver-unused" in relaxed.out
    assert "NOT MET" in strict.out
    assert diag(*words[:5], "--fail-on", "warn").code == 0, "the waiver's own check is not among those asked for"


@pytest.mark.parametrize("words", [("vpc",), ("check", "--only", "vpc.connector-undersized")])
def test_what_no_setting_can_meet_fails_its_own_check_where_the_file_is_not_judged(
    words: tuple[str, ...], diag: Shell
) -> None:
    diag.write("diag.yaml", HEAD + "connectors: {staging-connector: {max_instances: 2000}}\n")
    done = diag(*words, "--from", RESTORED, "-f", "json")
    failed = [finding["check"] for finding in json.loads(done.out)["findings"] if finding["status"] == "fail"]
    assert (done.code, failed) == (1, ["vpc.connector-undersized"])


@pytest.mark.parametrize(
    ("words", "code", "failed"),
    [
        (("vpc",), 1, ["run.service-missing"]),
        (("check", "--only", "run.min-instances"), 0, []),
        (("vpc", "--skip", "run.service-missing"), 0, []),
    ],
)
def test_what_is_not_there_is_reported_beside_what_does_not_apply_for_its_sake(
    words: tuple[str, ...], code: int, failed: list[str], diag: Shell
) -> None:
    declared = "{min_instances: 1, egress: {connector: staging-connector, mode: all-traffic}}"
    connector = "connectors: {staging-connector: {network: staging-vpc}}"
    diag.write("diag.yaml", HEAD + f"{connector}\nservices: {{gone: {declared}}}\n")
    done = diag(*words, "--from", RESTORED, "-f", "json")
    found = [one["check"] for one in json.loads(done.out)["findings"] if one["status"] == "fail"]
    assert (done.code, found) == (code, failed)


@pytest.mark.parametrize("command", ["run", "check"])
def test_what_no_setting_can_meet_fails_once(command: str, diag: Shell) -> None:
    diag.write("diag.yaml", HEAD + "services: {netra-backend-staging: {startup_window: 601s}}\n")
    done = diag(command, "--from", RESTORED, "-f", "json")
    failed = [finding["check"] for finding in json.loads(done.out)["findings"] if finding["status"] == "fail"]
    assert (done.code, failed) == (1, ["run.startup-window-too-short" if command == "run" else "req.infeasible"])


@pytest.mark.parametrize(
    ("expires", "check"),
    [("2099-01-01", "req.waiver-unused"), ("2020-01-01", "req.waiver-expired")],
)
def test_stale_waivers_may_be_asked_for_alone(expires: str, check: str, diag: Shell) -> None:
    waiver = f"{{check: vpc.nat-missing, resource: none-such, reason: r, owner: o, expires: {expires}}}"
    diag.write("diag.yaml", HEAD + f"waivers: [{waiver}]\n")
    done = diag("check", "--from", RESTORED, "--only", check, "-f", "json")
    assert done.code == 0
    assert [(found["check"], found["status"]) for found in json.loads(done.out)["findings"]] == [(check, "warn")]


def test_a_waiver_excuses_what_it_names_and_says_until_when(diag: Shell) -> None:
    waivers = "waivers: [{check: '*', resource: '*', reason: known, owner: platform, expires: 2026-01-01}]\n"
    extra = diag.write("waivers.yaml", waivers)
    done = diag("check", *ON_INCIDENT, "-r", extra, "--only", "vpc.*")
    assert done.code == 0
    assert "waived until 2026-01-01" in done.out


def test_later_files_override_earlier_ones(diag: Shell) -> None:
    base = diag.write("base.yaml", HEAD + "connectors: {staging-connector: {min_instances: 2}}\n")
    over = diag.write("over.yaml", "connectors: {staging-connector: {min_instances: 9}}\n")
    words = ("vpc", "--from", RESTORED, "--only", "vpc.connector-undersized", "-f", "json")
    assert diag(*words, "-r", base).code == 0
    done = diag(*words, "-r", base, "-r", over)
    assert done.code == 1
    [finding] = json.loads(done.out)["findings"]
    assert finding["declared_at"] == {"file": "over.yaml", "line": 1, "column": 34}


def test_an_environment_is_laid_over_the_file_and_named_in_the_report(diag: Shell) -> None:
    overlay = "environments: {production: {connectors: {staging-connector: {min_instances: 9}}}}\n"
    diag.write("diag.yaml", HEAD + "connectors: {staging-connector: {}}\n" + overlay)
    words = ("vpc", "--from", RESTORED)
    assert diag(*words).code == 0
    done = diag(*words, "--env", "production", "-f", "json")
    assert done.code == 1
    assert json.loads(done.out)["environment"] == "production"
    assert diag(*words, "--env", "production").out.startswith("production · netra-staging / us-central1 · ")


def test_only_and_skip_select_by_id_and_glob(diag: Shell) -> None:
    def checks(*words: str) -> set[str]:
        report = json.loads(diag("check", *ON_INCIDENT, "-f", "json", *words).out)
        return {finding["check"] for finding in report["findings"]}

    assert checks("--only", "vpc.nat-missing") == {"vpc.nat-missing"}
    assert {check.split(".")[0] for check in checks("--only", "sql.*", "--only", "lb.*")} == {"sql", "lb"}
    assert "vpc.nat-missing" not in checks("--skip", "vpc.nat-*")
    assert not any(check.startswith("req.") for check in checks("--skip", "req.*"))


def test_a_recording_made_on_the_way_gives_the_same_report(diag: Shell) -> None:
    with Fake(INCIDENT) as fake:
        diag.export(**fake.env)
        live = json.loads(diag("check", "-r", INCIDENT / "diag.yaml", "-f", "json", "--record", "run.zip").out)
    again = json.loads(diag("check", "-r", INCIDENT / "diag.yaml", "-f", "json", "--from", "run.zip").out)
    assert (live["summary"], live["findings"]) == (again["summary"], again["findings"])


def test_record_says_what_to_type_next(diag: Shell) -> None:
    with Fake(RESTORED) as fake:
        diag.export(**fake.env)
        done = diag("record", "-r", RESTORED / "diag.yaml", "-o", "run")
    assert (done.code, done.err) == (0, "")
    words = re.search(r"^Next: diag (.+)$", done.out, re.MULTILINE)
    assert words
    assert diag(*words.group(1).split()).code in (0, 1)


def test_quiet_says_what_is_not_met_and_verbose_what_is_too(diag: Shell) -> None:
    quiet, verbose = diag("check", *ON_INCIDENT, "-q").out, diag("check", *ON_INCIDENT, "-v").out
    assert quiet.startswith("NOT MET")
    assert "vpc.nat-missing" in quiet
    assert "evidence" not in quiet
    assert "evidence" in verbose
    assert "✓ pass" in verbose


# What a terminal shows


def on_a_terminal(diag: Shell, columns: int, *words: str) -> str:
    """What the command writes to a terminal of that width, stdout and stderr together."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    said = b""
    with diag.start(*words, stdout=theirs, stderr=theirs):
        os.close(theirs)
        while chunk := _read(ours):
            said += chunk
    os.close(ours)
    return said.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that nobody writes any more
        return b""


@pytest.mark.parametrize("columns", [80, 160])
def test_lines_fit_the_terminal_and_the_verdict_is_coloured(columns: int, diag: Shell) -> None:
    diag.export(TERM="xterm")
    said = on_a_terminal(diag, columns, "check", *ON_INCIDENT)
    assert "\x1b[1;31mNOT MET\x1b[0m" in said
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    long = [line for line in plain.splitlines() if len(line) > columns]
    # Only what cannot be broken is longer: one word of a command, or the name of this machine's file.
    assert all(len(line.split()) <= 2 or str(INCIDENT) in line for line in long), long


@pytest.mark.parametrize(
    ("variable", "words"), [({"NO_COLOR": "1"}, ()), ({"TERM": "dumb"}, ()), ({}, ("--no-color",))], ids=str
)
def test_a_terminal_gets_no_colour_where_it_is_unwanted(
    variable: dict[str, str], words: tuple[str, ...], diag: Shell
) -> None:
    diag.export(**{"TERM": "xterm"} | variable)
    assert "\x1b" not in on_a_terminal(diag, 80, "check", *ON_INCIDENT, *words)


def test_progress_is_shown_on_a_terminal_only(diag: Shell) -> None:
    with Fake(RESTORED) as fake:
        diag.export(TERM="xterm", **fake.env)
        words = ("run", "--project", "netra-staging", "--region", "us-central1")
        assert "reading: 1 of " in on_a_terminal(diag, 80, *words)
        assert diag(*words).err == ""


def test_a_pipe_gets_whole_lines_without_colour(diag: Shell) -> None:
    done = diag("check", *ON_INCIDENT)
    assert "\x1b" not in done.out
    report: dict[str, Any] = json.loads(diag("check", *ON_INCIDENT, "-f", "json").out)
    failed = [finding for finding in report["findings"] if finding["status"] == "fail"]
    assert all(finding["reason"] in done.out for finding in failed)

"""Which format goes where: `-f` and `-o` in every order, and what a command line leaves on disk and on the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from diag.cli.formats import Target, in_repository, targets
from diag.errors import UsageError
from tests.cli.shell import HEAD, INCIDENT, Shell, files_below

ON_INCIDENT = ("--from", str(INCIDENT), "-r", str(INCIDENT / "diag.yaml"))


def given(typed: str) -> list[tuple[str, str | None]]:
    """The targets of options as they were typed."""
    words = typed.split()
    formats = [value for option, value in zip(words[::2], words[1::2], strict=True) if option == "-f"]
    files = [Path(value) for option, value in zip(words[::2], words[1::2], strict=True) if option == "-o"]
    order = ["format" if option == "-f" else "output" for option in words[::2]]
    return [(target.format, str(target.file) if target.file else None) for target in targets(formats, files, order)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", [("text", None)]),
        ("-f json", [("json", None)]),
        ("-o a", [("text", "a")]),
        ("-f json -o a", [("json", "a")]),
        ("-o a -f json", [("json", "a")]),
        ("-f json -o a -f junit -o b", [("json", "a"), ("junit", "b")]),
        ("-f json -f junit -o a -o b", [("json", "a"), ("junit", "b")]),
        ("-o a -o b -f json -f junit", [("json", "a"), ("junit", "b")]),
        ("-f text -f json -o a", [("text", None), ("json", "a")]),
        ("-f json -o a -f text", [("json", "a"), ("text", None)]),
        ("-f csv -o c -f text -f json -o a", [("csv", "c"), ("text", None), ("json", "a")]),
        ("-f json -o a -f json -o b", [("json", "a"), ("json", "b")]),
        ("-f json -o /dev/null -f csv -o /dev/null", [("json", "/dev/null"), ("csv", "/dev/null")]),
    ],
)
def test_formats_and_outputs_are_paired(typed: str, expected: list[tuple[str, str | None]]) -> None:
    assert given(typed) == expected


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("-f xml", "--format xml is not known; write one of: text, json, markdown, junit, sarif, csv, github"),
        ("-f json -f junit", "only one report fits on the terminal, not json and junit"),
        ("-f json -o a -f csv -f text", "only one report fits on the terminal, not csv and text"),
        ("-f json -o a -o b", "--output b has no format of its own"),
        ("-o a -o b", "--output a has no format of its own"),
        ("-o a -f json -f text", "--output a has no format of its own"),
        ("-f text -f json -f csv -o a -o b", "--output b has no format of its own"),
        ("-f json -o a -f csv -o ./a", "two reports cannot go to one file, a"),
    ],
)
def test_what_says_nothing_is_refused_with_what_to_write(typed: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        given(typed)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


# On the command line


def test_several_reports_of_one_run(diag: Shell) -> None:
    words = ("-f", "json", "-o", "r.json", "-f", "junit", "-o", "r.xml", "-f", "sarif", "-o", "r.sarif")
    done = diag("check", *ON_INCIDENT, *words)
    assert done.code == 1
    assert done.out.startswith("NOT MET")
    assert done.out.splitlines()[1:] == ["report: r.json", "report: r.xml", "report: r.sarif"]
    assert files_below(diag.folder) == {"r.json", "r.xml", "r.sarif"}
    assert json.loads((diag.folder / "r.json").read_text())["summary"]["fail"] > 0
    assert (diag.folder / "r.xml").read_text().startswith("<?xml")


def test_the_report_without_a_file_is_the_terminals(diag: Shell) -> None:
    done = diag("vpc", *ON_INCIDENT, "-f", "json", "-f", "text", "-o", "r.txt")
    assert done.code == 1
    assert json.loads(done.out)["schema_version"] == 1, "a machine reads stdout, and nothing else is in it"
    assert done.err == "report: r.txt\n"
    assert "NOT MET" in (diag.folder / "r.txt").read_text()


@pytest.mark.parametrize("format", ["markdown", "junit", "sarif", "csv", "github"])
@pytest.mark.parametrize("command", ["check", "vpc", "sql", "lb", "run"])
def test_every_command_knows_every_format(command: str, format: str, diag: Shell) -> None:
    done = diag(command, *ON_INCIDENT, "-f", format)
    assert done.code == 1
    assert command == "check" or f"{command}." in done.out


def test_a_bad_combination_is_refused_before_anything_is_read(diag: Shell) -> None:
    diag("check", "--from", "absent", "-f", "json", "-f", "csv").refused(2, "only one report fits on the terminal")
    diag("check", "--from", "absent", "-f", "json", "-o", "a", "-o", "b").refused(2, "--output b has no format")
    diag("check", *ON_INCIDENT, "-f", "json", "-o", "a", "-f", "csv", "-o", "no/b").refused(
        2, "folder no does not exist"
    )
    assert files_below(diag.folder) == set()


def test_csv_keeps_its_line_ends_in_a_file(diag: Shell) -> None:
    diag("sql", *ON_INCIDENT, "-f", "csv", "-o", "r.csv")
    said = (diag.folder / "r.csv").read_bytes()
    assert said.count(b"\n") == said.count(b"\r\n") > 1


def test_lint_reports_in_every_format(diag: Shell) -> None:
    diag.write("diag.yaml", HEAD + "services: {web: {request_timeout: 2h}}\n")
    done = diag("lint", "-f", "github", "-f", "sarif", "-o", "r.sarif")
    assert done.code == 1
    assert done.out.startswith("::error file=diag.yaml,line=4,")
    assert done.err == "report: r.sarif\n"
    [run] = json.loads((diag.folder / "r.sarif").read_text())["runs"]
    assert run["results"][0]["ruleId"] == "req.infeasible"
    assert "platform" in run["tool"]["driver"]["rules"][0]["help"]["text"]


@pytest.mark.parametrize("format", ["markdown", "junit", "sarif", "csv", "github"])
def test_a_file_without_faults_is_good_news_in_every_format(format: str, diag: Shell) -> None:
    diag.write("diag.yaml", HEAD)
    done = diag("lint", "-f", format)
    assert (done.code, done.err) == (0, "")
    assert "UNDECIDED" not in done.out
    assert "nothing was judged" not in done.out


# Where a file is


def test_a_file_is_named_from_the_root_of_its_repository(diag: Shell) -> None:
    (diag.folder / ".git").mkdir()
    (diag.folder / "infra/staging").mkdir(parents=True)
    diag.enter(diag.folder / "infra/staging")
    assert in_repository("diag.yaml") == "infra/staging/diag.yaml"
    assert in_repository("../diag.yaml") == "infra/diag.yaml"
    assert in_repository(str(diag.folder / "infra/diag.yaml")) == "infra/diag.yaml"
    assert in_repository("/etc/diag.yaml") == "/etc/diag.yaml"


def test_without_a_repository_a_file_is_named_from_here(diag: Shell) -> None:
    assert in_repository("infra/diag.yaml") == "infra/diag.yaml"
    assert in_repository(str(diag.folder / "diag.yaml")) == "diag.yaml"


def test_a_target_is_the_terminal_unless_it_says_otherwise() -> None:
    assert Target() == Target("text", None)

"""`diag history`, `diag note` and `diag report` as they are typed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from diag.cli.options import Options
from diag.cli.probing import perform as probe_all
from diag.history.store import open_history
from diag.render.report_schema import report_schema
from diag.report import Status
from diag.update import Scope
from tests.cli.shell import HEAD, Shell
from tests.history.reports import finding, gate, probed, report
from tests.probes.servers import listening, page

PROJECT = Scope("netra-staging")
INCIDENT = """\
incident:
  owner: platform
  impact: staging unavailable
  escalation: [{role: infrastructure lead, contact: "+1 555 0100"}]
"""
Fill = Callable[..., None]


def now(minutes: float = 0) -> datetime:
    """So many minutes from now."""
    return datetime.now(UTC) + timedelta(minutes=minutes)


@pytest.fixture
def default(diag: Shell) -> Path:
    """Where the history of this user is."""
    return diag.folder.parent / "home" / ".local" / "share" / "diag" / "history.db"


@pytest.fixture
def fill(default: Path) -> Fill:
    """Keeps a well run, a failing one, and one with a gate, of the last minutes."""

    def filled(url: str = "", scope: Scope = PROJECT) -> None:
        default.parent.mkdir(parents=True, exist_ok=True)
        with open_history(url or f"sqlite:///{default}") as history:
            history.record(report(now(-9), finding(), probed(took=0.3), scope=scope), "watch")
            history.record(report(now(-8), finding(Status.FAIL), probed(took=0.4), scope=scope), "watch")
            history.record(report(now(-7), finding(Status.FAIL), gate=gate(34, 41), scope=scope), "validate")

    return filled


# diag note and diag report


def test_a_note_is_told_by_the_next_update_and_by_no_other(diag: Shell, fill: Fill) -> None:
    diag.write("diag.yaml", HEAD + INCIDENT)
    fill()
    noted = diag("note", "raised the pool")
    assert (noted.code, noted.err) == (0, "")
    assert noted.out == "noted for netra-staging; the next update tells it: diag report\n"
    first, second = diag("report"), diag("report")
    assert (first.code, first.err, second.code) == (0, "", 0)
    assert "raised the pool" in first.out
    assert "raised the pool" not in second.out
    assert 'type: diag note "…"' in second.err


def test_the_update_says_everything_that_is_asked_of_it(diag: Shell, fill: Fill) -> None:
    diag.write("diag.yaml", HEAD + INCIDENT)
    fill()
    said = diag("report").out
    for part in (
        "NOT RESTORED   34 of 41, 82.9 %; critical 2 of 3: database fails",
        "impact       staging unavailable",
        "pass rate    34 of 41, 82.9 %",
        "owner        platform",
        "next update  20",
        "✗ fail     vpc.nat-missing  staging-connector",
        "Being done",
        "1.  infrastructure lead: +1 555 0100",
    ):
        assert part in said, said


def test_a_draft_is_not_told(diag: Shell, fill: Fill) -> None:
    fill()
    assert "vpc.nat-missing" in diag("report", "--draft").out
    assert "vpc.nat-missing" in diag("report").out
    assert "vpc.nat-missing" not in diag("report").out.partition("Turned")[2].partition("First broken")[0]


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (("-o", "update.md"), "# Status update: netra-staging"),
        (("-o", "update.txt"), "STATUS UPDATE   netra-staging"),
        (("-o", "update.txt", "-f", "markdown"), "# Status update: netra-staging"),
    ],
)
def test_an_update_in_a_file(words: tuple[str, ...], begins: str, diag: Shell, fill: Fill) -> None:
    fill()
    done = diag("report", *words)
    assert done.code == 0
    assert done.out.startswith("NOT RESTORED   34 of 41")
    assert done.out.endswith(f"report: {words[1]}\n")
    assert (diag.folder / words[1]).read_text(encoding="utf-8").startswith(begins)


def test_an_update_that_cannot_be_written_is_told_again(diag: Shell, fill: Fill) -> None:
    fill()
    diag("report", "-o", "nowhere/update.md").refused(2, "the folder nowhere does not exist")
    assert "vpc.nat-missing" in diag("report").out


def test_the_first_update_may_come_before_the_first_run(diag: Shell) -> None:
    diag.write("diag.yaml", HEAD + INCIDENT)
    done = diag("report")
    assert done.code == 0
    assert "UNKNOWN   nothing has been looked at yet" in done.out


def test_no_secret_and_no_person_is_noted(diag: Shell, default: Path) -> None:
    diag.write("diag.yaml", HEAD)
    done = diag("note", "jane@example.com set  password=hunter2horse\non the pool")
    assert done.err == "diag: what looks like a secret or a person's address was left out of the note\n"
    said = diag("report").out
    assert "person-1@redacted.invalid set password=[redacted" in said
    kept = b"".join(path.read_bytes() for path in default.parent.iterdir())
    assert b"hunter2" not in kept
    assert b"jane" not in kept


@pytest.mark.parametrize(("text", "words"), [("  ", "the note is empty"), ("x" * 2001, "2000 are kept")])
def test_a_note_that_says_nothing_or_too_much(text: str, words: str, diag: Shell) -> None:
    diag.write("diag.yaml", HEAD)
    diag("note", text).refused(2, words)


@pytest.mark.parametrize("command", [("report",), ("note", "x")], ids=["report", "note"])
def test_whose_update_it_is_must_be_known(command: tuple[str, ...], diag: Shell, fill: Fill) -> None:
    diag(*command).refused(2, "no requirements file here, and nothing is kept yet", "--project")
    fill()
    assert diag(*command).code == 0
    fill(scope=Scope("netra-production"))
    diag(*command).refused(2, "runs of netra-production, netra-staging are kept", "--project")
    assert diag(*command, "--project", "netra-production").code == 0


# diag history


def test_runs_are_listed(diag: Shell, fill: Fill) -> None:
    fill()
    done = diag("history")
    assert (done.code, done.err) == (0, "")
    assert diag("history", "list").out == done.out
    lines = done.out.splitlines()
    assert lines[0] == "netra-staging"
    assert [line.split()[0] for line in lines[3:]] == ["3", "2", "1"]
    assert diag("history", "--last", "1").out.count("validate") == 1


def test_runs_of_several_projects_say_which(diag: Shell, fill: Fill) -> None:
    fill()
    fill(scope=Scope("netra-production", "europe"))
    said = diag("history").out
    assert "1 fail  netra-production · europe" in said
    assert diag("history", "--project", "netra-staging").out.splitlines()[0] == "netra-staging"


def test_runs_as_json(diag: Shell, fill: Fill) -> None:
    fill()
    runs = json.loads(diag("history", "-f", "json").out)["runs"]
    assert [(run["run"], run["verdict"]) for run in runs] == [(3, "NOT RESTORED"), (2, "NOT MET"), (1, "MET")]
    assert runs[0]["gate"]["passed"] == 34
    assert runs[1]["gate"] is None


def test_a_run_is_shown_as_the_report_that_it_was(diag: Shell, fill: Fill) -> None:
    fill()
    done = diag("history", "show", "2")
    assert done.code == 0
    assert "history run 2" in done.out
    assert "NOT MET   1 of 2 requirements fails" in done.out
    assert "history run 3" in diag("history", "show").out
    shown = json.loads(diag("history", "show", "2", "--format", "json").out)
    jsonschema.validate(shown, report_schema())
    assert [each["status"] for each in shown["findings"]] == ["fail", "pass"]


def test_a_trend_is_plotted(diag: Shell, fill: Fill) -> None:
    fill()
    assert "  status   ✓✓\n" in diag("history", "trend", "backend-health").out
    assert "  status   ✓✗✗\n" in diag("history", "trend", "vpc.nat-missing").out
    assert "pass rate of the restoration gate" in diag("history", "trend").out
    points = json.loads(diag("history", "trend", "backend-health", "-f", "json").out)["trends"][0]["points"]
    assert [round(point["took_s"], 3) for point in points] == [0.3, 0.4]


def test_the_answer_goes_to_a_file(diag: Shell, fill: Fill) -> None:
    fill()
    assert diag("history", "trend", "backend-health", "-o", "trend.txt").out == "history: trend.txt\n"
    assert "status" in (diag.folder / "trend.txt").read_text(encoding="utf-8")


def test_nothing_is_made_by_asking(diag: Shell, default: Path) -> None:
    diag("history").refused(2, f"nothing is kept yet: there is no {default}", "`diag watch` and `diag validate`")
    assert not default.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("history", "lits"), "diag history lits is not known; write one of: list, show, trend"),
        (("history", "show", "newest"), "a run has a number; see which there are: diag history list"),
        (("history", "show", "99"), "has no run 99; see which it has: diag history list"),
        (("history", "trend", "vpc.nat"), "no run of netra-staging looked at vpc.nat; see what one looked at"),
        (("history", "trend", "vpc.nat-missing", "--resource", "x"), "looked at vpc.nat-missing on x"),
        (("history", "--last", "0"), "--last 0 is not a number of runs; write one from 1 to"),
        (("history", "--last", "many"), "--last many is not a number of runs"),
        (("history", "-f", "xml"), "--format xml is not known; write one of: text, json"),
        (("history", "--env", "x"), "--env names an environment of a requirements file, and there is none"),
        (("report", "-f", "json"), "--format json is not known; write one of: text, markdown"),
    ],
)
def test_what_cannot_be_asked(words: tuple[str, ...], said: str, diag: Shell, fill: Fill) -> None:
    fill()
    diag(*words).refused(2, said)


# Where it is


def test_the_file_says_where_the_history_is(diag: Shell, fill: Fill, default: Path) -> None:
    diag.write("diag.yaml", f"{HEAD}history: sqlite:///{diag.folder}/own/history.db\n")
    diag("note", "kept elsewhere")
    assert not default.exists()
    assert "kept elsewhere" in diag("report").out


def test_the_data_folder_is_that_of_the_environment(diag: Shell) -> None:
    diag.write("diag.yaml", HEAD)
    diag.export(XDG_DATA_HOME=str(diag.folder / "data"))
    diag("note", "x")
    assert (diag.folder / "data" / "diag" / "history.db").exists()
    diag.export(XDG_DATA_HOME="relative")
    diag("note", "x")
    assert not (diag.folder / "relative").exists()


def test_without_a_home_there_is_no_place(diag: Shell) -> None:
    diag.write("diag.yaml", HEAD)
    diag.export(HOME="")
    diag("note", "x").refused(2, "HOME is not set; set it, or write `history:` in diag.yaml")


def test_on_postgresql(diag: Shell, fill: Fill, fresh: str) -> None:
    diag.write("diag.yaml", f"{HEAD}history: {fresh}\n")
    fill(fresh)
    assert diag("history", "trend", "vpc.nat-missing").code == 0
    assert diag("note", "on a server").code == 0
    assert "on a server" in diag("report").out


def test_an_environment_has_a_story_of_its_own(diag: Shell, fill: Fill) -> None:
    diag.write("diag.yaml", HEAD + "environments: {europe: {region: europe-west1}}\n")
    fill(scope=replace(PROJECT, environment="europe"))
    assert "nothing has been looked at yet" in diag("report").out
    assert "NOT RESTORED" in diag("report", "--env", "europe").out
    assert diag("history", "--env", "europe").out.splitlines()[0] == "netra-staging · europe"


@pytest.mark.parametrize("command", [("history",), ("report",), ("note", "x"), ("history", "trend", "a.b")])
def test_a_history_that_cannot_be_used_ends_in_one_line(command: tuple[str, ...], diag: Shell, default: Path) -> None:
    diag.write("diag.yaml", HEAD)
    default.parent.mkdir(parents=True)
    default.write_bytes(b"something else\n" * 999)
    done = diag(*command)
    done.refused(2, str(default), f"mv {default} {default}.damaged")
    assert len(done.err.splitlines()) == 1


def test_a_history_of_a_newer_diag(diag: Shell, fill: Fill, default: Path) -> None:
    fill()
    with sqlite3.connect(default) as other:
        other.execute("UPDATE diag_version SET version_num = '0099'")
    other.close()
    for words in (("history",), ("report",), ("note", "x")):
        diag(*words).refused(2, "written by a newer diag", "pip install --upgrade diag")


# Health pages that never move


def test_a_health_page_that_never_moves_is_pointed_out_everywhere(diag: Shell, default: Path) -> None:
    body = json.dumps({"status": "healthy", "parts": {"db": {"status": "healthy", "latency_ms": 12.31}}}).encode()
    with listening(page(body)) as port:
        diag.write("diag.yaml", HEAD + f"probes: {{health: {{url: 'http://127.0.0.1:{port}/'}}}}\n")
        [probed_once] = probe_all((), Options(requirements=(Path("diag.yaml"),))).findings
        default.parent.mkdir(parents=True)
        with open_history(f"sqlite:///{default}") as history:
            for number in range(6):
                history.record(report(now(2 * number - 12), probed_once, scope=PROJECT), "watch")
        said = "the same answer byte for byte in 6 runs over 10 min, parts.db.latency_ms included"
        shown, document = diag("probe"), json.loads(diag("probe", "-f", "json").out)
    assert (shown.code, shown.err) == (0, "")
    assert f"health: {said}" in " ".join(shown.out.split())
    [found] = document["findings"]
    assert (found["status"], document["notes"]) == ("pass", [f"health: {said}"])
    assert {"api": "history", "field": "claimed, unmoved", "value": said}.items() <= found["evidence"][-1].items()
    jsonschema.validate(document, report_schema())
    assert said in " ".join(diag("history", "trend", "health").out.split())
    [trend] = json.loads(diag("history", "trend", "health", "-f", "json").out)["trends"]
    assert {"what": "answer", "runs": 6, "values": ["parts.db.latency_ms"], "notable": True}.items() <= trend[
        "unmoved"
    ].items()
    assert said in " ".join(diag("report").out.split())

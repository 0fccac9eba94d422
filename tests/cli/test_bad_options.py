"""Options that cannot be meant: exit 2, before anything is read, with what to write instead."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.shell import HEAD, INCIDENT, RESTORED, Shell, files_below

FROM = ("--from", str(RESTORED))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "--timeout", "soon"), "--timeout soon is not a duration; write for example 60s, 2m or 1h"),
        (("check", "--timeout", "0s"), "--timeout 0s is not a duration"),
        (("check", "--timeout", "-5s"), "--timeout -5s is not a duration"),
        (("check", "--timeout", "99999999999999999999h"), "is longer than a day"),
        (("check", "--format", "xml"), "--format xml is not known; write one of: text, json"),
        (("check", "--fail-on", "never"), "--fail-on never is not known; write one of: fail, warn"),
        (
            ("check", "--only", "vpc.nat-mising"),
            "--only vpc.nat-mising matches no check; did you mean vpc.nat-missing?",
        ),
        (("check", "--only", "nothing.*"), "--only nothing.* matches no check; see `diag checks` for the ids"),
        (("check", "--skip", "*"), "no check is left to run for `diag check`"),
        (("vpc", "--only", "sql.*"), "no check is left to run for `diag vpc`"),
        (("check", "--project", ""), "--project: this value is not a project id"),
        (("check", "--project", "Not A Project"), "--project: this value is not a project id (6 to 30"),
        (("check", "--region", "central"), '--region: "central" is not a region; write a region such as us-central1'),
        (("check", "--bogus"), "No such option: --bogus"),
        (("check", "stray"), "unexpected extra argument"),
        (("chek",), "there is no command chek; did you mean `diag check`?"),
        (("record",), "Missing option '--output' / '-o'"),
        (("explain",), "Missing argument 'ID'"),
        (("explain", "vpc.nat-mising"), "type `diag explain vpc.nat-missing`"),
        (("checks", "--format", "xml"), "--format xml is not known"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_meant_is_refused_with_what_to_write(words: tuple[str, ...], said: str, diag: Shell) -> None:
    more = FROM if words[0] in ("check", "vpc") else ()
    diag(*words[:1], *more, *words[1:]).refused(2, said)


def test_a_project_of_the_environment_is_refused_by_the_name_of_its_variable(diag: Shell) -> None:
    diag.export(CLOUDSDK_CORE_PROJECT="12")
    diag("check", "--region", "us-central1").refused(2, 'CLOUDSDK_CORE_PROJECT: "12" is not a project id')


@pytest.mark.parametrize(
    ("command", "option", "words"), [("check", "--output", FROM), ("init", "--output", FROM), ("check", "-o", ())]
)
def test_an_output_that_cannot_be_written_is_refused_before_anything_is_read(
    command: str, option: str, words: tuple[str, ...], diag: Shell
) -> None:
    (diag.folder / "folder").mkdir()
    project = () if words else ("--project", "netra-staging", "--region", "us-central1")
    diag(command, option, "absent/report", *words, *project).refused(2, "the folder absent does not exist")
    diag(command, option, "folder", *words, *project).refused(2, "folder is a folder; name a file in it")
    diag(command, option, "", *words, *project).refused(2, "name a file in it")
    assert files_below(diag.folder) == {"folder"}


def test_a_report_never_takes_the_place_of_what_is_read(diag: Shell) -> None:
    shutil.copytree(RESTORED, diag.folder / "bundle")
    for file in (diag.write("diag.yaml", HEAD), diag.write("other.yaml", HEAD)):
        words = () if file.name == "diag.yaml" else ("-r", file)
        diag("check", "--from", RESTORED, *words, "-o", file).refused(2, f"{file} is the requirements file")
        diag("lint", *words, "-f", "json", "-o", f"../{diag.folder.name}/{file}").refused(2, "the requirements file")
        assert file.read_text() == HEAD
    diag("check", "--from", "bundle", "-o", "bundle/manifest.json").refused(2, "in the bundle that --from reads")
    assert diag("check", "--from", "bundle", "-o", "report").code != 2


def test_a_device_is_written_to_and_never_replaced(diag: Shell) -> None:
    assert diag("check", *FROM, "-o", "/dev/null").code != 2
    assert Path("/dev/null").is_char_device()


def test_a_link_is_followed_and_stays(diag: Shell) -> None:
    (diag.folder / "latest.txt").symlink_to("report.txt")
    assert diag("check", *FROM, "-o", "latest.txt").code != 2
    assert (diag.folder / "latest.txt").is_symlink()
    assert (diag.folder / "report.txt").read_text().startswith("netra-staging / us-central1 · ")


def test_init_overwrites_nothing_unless_told_to(diag: Shell) -> None:
    diag.write("diag.yaml", "mine\n")
    diag("init", *FROM, "-o", "diag.yaml").refused(2, "exists already", "overwrite it with --force")
    assert (diag.folder / "diag.yaml").read_text() == "mine\n"
    assert diag("init", *FROM, "-o", "diag.yaml", "--force").code == 0


def test_a_record_onto_something_else_is_refused_and_leaves_it_alone(diag: Shell) -> None:
    (diag.folder / "mine").mkdir()
    (diag.folder / "mine/notes.txt").write_text("x")
    for words in (("check", *FROM, "--record"), ("record", "--project", "netra-staging", "--region", "us-east1", "-o")):
        diag(*words, "mine").refused(2, "mine: is there already and is not a bundle; give another path")
        diag(*words, "absent/run").refused(2, "the folder absent does not exist; make it first: mkdir -p absent")
    assert files_below(diag.folder / "mine") == {"notes.txt"}


def test_a_record_onto_the_bundle_that_is_read_is_refused(diag: Shell) -> None:
    diag("check", "--from", INCIDENT, "--record", INCIDENT).refused(2, "is the bundle that --from reads")


# Nothing to go on


def test_a_bare_check_prints_three_commands(diag: Shell) -> None:
    done = diag("check")
    done.refused(2, "no requirements file here and no project and no region; type one of")
    assert [line.split("   ")[0].strip() for line in done.err.splitlines()[1:]] == [
        "diag check --project PROJECT --region REGION",
        "diag init --project PROJECT --region REGION -o diag.yaml",
        "diag demo",
    ]


def test_the_commands_are_filled_in_with_what_was_detected(diag: Shell) -> None:
    diag.export(CLOUDSDK_CORE_PROJECT="netra-staging")
    diag("vpc").refused(2, "no region; type one of", "diag vpc --project netra-staging --region REGION")


def test_a_folder_that_was_removed_is_no_defect(diag: Shell) -> None:
    diag.folder.rmdir()
    diag("check").refused(2, "no requirements file here")

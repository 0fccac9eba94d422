"""The README: its commands, its picture, its table of commands and its links are true."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
from pathlib import Path

import pytest

from diag.cli.main import COMMANDS
from diag.cli.options import Options
from diag.cli.session import perform
from diag.render.text import render

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]

_PICTURE = re.compile(r"(?<=```text\n).*?(?=```)", re.DOTALL)
_SECONDS = re.compile(r"\d+\.\d s")


def set_up() -> list[str]:
    """The README's two commands that set up and run something, as they stand."""
    return re.findall(r"^ {4}(python3 -m venv .+)$", README.read_text(), re.MULTILINE)


def main_job() -> list[str]:
    """The words of the `diag` command that the first of them ends in."""
    return shlex.split(set_up()[0].rpartition(".venv/bin/diag ")[2])


def test_the_picture_is_what_diag_prints() -> None:
    """After a wanted change: `UPDATE_GOLDEN=1 pytest tests/docs`, then review the difference."""
    command, _, bundle, _, requirements = main_job()
    said = Options(bundle=Path(bundle), requirements=(Path(requirements),), only=("vpc.nat-missing",))
    with contextlib.chdir(ROOT):
        report = perform(command, said, {}).report
    printed = _SECONDS.sub("0.1 s", render(report, width=100, colour=False))
    page = README.read_text()
    if os.environ.get("UPDATE_GOLDEN"):
        README.write_text(_PICTURE.sub(lambda _: printed, page))
    else:
        assert _PICTURE.findall(page) == [printed]
    assert report.exit_code() == 1


def test_the_first_command_runs_the_main_job_and_the_second_the_tests() -> None:
    run, tests = set_up()
    assert main_job()[:2] == ["check", "--from"]
    assert all((ROOT / path).exists() for path in main_job() if "/" in path)
    assert (ROOT / "constraints.txt").is_file()
    assert "-r constraints.txt " in run
    assert tests.endswith(".venv/bin/python -m pytest")


@pytest.mark.parametrize("place", [".ci/run", "docs/contributing.md"])
def test_the_second_command_is_what_ci_and_contributors_run(place: str) -> None:
    install = set_up()[1].rpartition(" && ")[0]
    assert install in (ROOT / place).read_text()


def test_every_command_is_in_the_table() -> None:
    told = set(re.findall(r"`diag ([a-z]+)", README.read_text()))
    assert told == set(COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []

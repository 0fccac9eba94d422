"""The commands of the contract: their options, `init` and its file, `demo`, the schemas, completion."""

from __future__ import annotations

import json
import re

import jsonschema  # type: ignore[import-untyped]
import pytest
from ruamel.yaml import YAML

from diag.checks.catalogue import CHECKS
from diag.cli.main import COMMANDS
from diag.requirements.catalogue import LINT, PROBES
from diag.requirements.load import load
from tests.cli.shell import INCIDENT, RESTORED, Shell
from tests.fake import Fake

EVALUATING = ("check", "vpc", "sql", "lb", "run")
COMMON = (
    "-r, --requirements",
    "--env",
    "--from",
    "--record",
    "--project",
    "--region",
    "--impersonate-service-account",
    "--billing-project",
    "--only",
    "--skip",
    "-f, --format",
    "-o, --output",
    "--fail-on",
    "--timeout",
    "-q, --quiet",
    "-v, --verbose",
    "--no-color",
)


@pytest.mark.parametrize("command", EVALUATING)
def test_the_evaluating_commands_take_the_common_options(command: str, diag: Shell) -> None:
    done = diag(command, "--help")
    assert done.code == 0
    assert all(option in done.out for option in COMMON)


def test_help_lists_every_command_and_the_exit_codes(diag: Shell) -> None:
    said = diag("--help").out
    assert all(f"\n  {name} " in said for name in COMMANDS)
    codes = " ".join(said.partition("Exit codes: ")[2].split())
    assert re.findall(r"\b(\d+) ", codes) == ["0", "1", "2", "3", "70", "130"]
    assert diag("-h").out == said


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, diag: Shell) -> None:
    done = diag(command, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: diag {command}")


def test_version(diag: Shell) -> None:
    assert diag("--version").out.startswith("diag 0.")


def test_completion_knows_commands_and_their_options(diag: Shell) -> None:
    diag.export(_DIAG_COMPLETE="complete_bash", COMP_WORDS="diag check --re", COMP_CWORD="2")
    with diag.start() as process:
        out, _ = process.communicate()
    assert out.decode().split() == ["--requirements", "--record", "--region"]


@pytest.mark.parametrize("check", [*CHECKS, *LINT, *PROBES])
def test_every_finding_can_be_explained(check: str, diag: Shell) -> None:
    """The last line of a report says `diag explain ID` of whatever is worst in it."""
    done = diag("explain", check)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{check} · ")


# diag init


@pytest.mark.parametrize("words", [("-o", "diag.yaml"), ()], ids=["written", "printed"])
def test_what_init_writes_passes_on_the_recording_it_came_from(words: tuple[str, ...], diag: Shell) -> None:
    done = diag("init", "--from", RESTORED, *words)
    assert (done.code, done.err) == (0, "")
    if not words:
        diag.write("diag.yaml", done.out)
    report = json.loads(diag("check", "--from", RESTORED, "-f", "json").out)
    unmet = [finding for finding in report["findings"] if finding["status"] in ("fail", "unknown")]
    assert unmet == []


def test_a_pattern_that_the_recording_did_not_look_for_leaves_itself_alone_undecided(diag: Shell) -> None:
    logs = "logs: {forbidden: [{id: a, pattern: 'another text'}]}"
    diag.write("diag.yaml", f"version: 1\nproject: netra-staging\nregion: us-central1\n{logs}\n")
    report = json.loads(diag("check", "--from", RESTORED, "-f", "json").out)
    assert [finding["check"] for finding in report["findings"] if finding["status"] == "unknown"] == ["logs.forbidden"]


def test_init_declares_live_what_it_declares_of_the_recording(diag: Shell) -> None:
    recorded = diag("init", "--from", INCIDENT).out
    with Fake(INCIDENT) as fake:
        diag.export(**fake.env)
        live = diag("init", "--project", "netra-staging", "--region", "us-central1").out
    assert _without_time(live) == _without_time(recorded)


def _without_time(text: str) -> list[str]:
    return [line for line in text.splitlines() if "Written by `diag init`" not in line]


def test_init_names_the_command_that_judges_its_file(diag: Shell) -> None:
    done = diag("init", "--from", RESTORED, "-o", "other.yaml")
    assert f"then type: diag check -r other.yaml --from {RESTORED}" in done.out
    assert load([diag.folder / "other.yaml"]).project == "netra-staging"


# diag demo


def test_demo_is_the_check_of_the_bundled_incident(diag: Shell) -> None:
    demo = json.loads(diag("demo", "-f", "json").out)
    own = json.loads(diag("check", "--from", INCIDENT, "-r", INCIDENT / "diag.yaml", "-f", "json").out)
    assert diag("demo").code == 1
    assert demo["summary"] == own["summary"]


def test_the_schema_takes_what_init_writes(diag: Shell) -> None:
    schema = json.loads(diag("schema").out)
    written = YAML(typ="safe", pure=True).load(diag("init", "--from", RESTORED).out)
    jsonschema.Draft202012Validator(schema).validate(written)

"""`diag validate` through its contracts, against real servers and the fake of the APIs."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from diag.render.report_schema import report_schema
from tests.cli.shell import HEAD, RESTORED, Done, Shell
from tests.fake import Fake
from tests.probes.servers import listening, page

UNJUDGED = {"dns": "localhost", "expect": {"status": 200}}
"""A probe that is unknown: an expectation that it does not look at."""


def declare(diag: Shell, probes: dict[str, Any], **validation: Any) -> None:
    """Writes a requirements file with these probes; JSON is YAML."""
    document = {"version": 1, "project": "netra-staging", "region": "us-central1"}
    diag.write("diag.yaml", json.dumps({**document, "probes": probes, "validation": validation}))


def gate(done: Done) -> dict[str, Any]:
    """The gate of a JSON report, which validates against its schema."""
    report = json.loads(done.out)
    jsonschema.validate(report, report_schema())
    assert isinstance(report["gate"], dict)
    return report["gate"]


@pytest.fixture
def good() -> Iterator[str]:
    """The address of a server that answers 200."""
    with listening(page(b"fine")) as port:
        yield f"http://127.0.0.1:{port}/"


def answers(statuses: list[str]) -> Callable[[socket.socket], None]:
    """A handler that answers with each of these in turn, and with the last from then on."""

    def handler(sock: socket.socket) -> None:
        page(b"", statuses.pop(0) if len(statuses) > 1 else statuses[0])(sock)

    return handler


PROBES_ONLY = ("validate", "--only", "probe.*", "--interval", "0.01s")


@pytest.mark.parametrize(("passing", "code"), [(8, 0), (7, 1)])
def test_the_declared_rate_decides(diag: Shell, good: str, passing: int, code: int) -> None:
    probes: dict[str, Any] = {f"good-{number}": {"url": f"{good}{number}"} for number in range(passing)}
    probes |= {f"bad-{number}": {"dns": f"bad-{number}.invalid"} for number in range(10 - passing)}
    declare(diag, probes, pass_rate="80%")
    done = diag(*PROBES_ONLY, "-f", "json")
    assert done.code == code
    found = gate(done)
    assert (found["restored"], found["passed"], found["counted"]) == (code == 0, passing, 10)
    assert found["clean_runs"] == {"required": 3, "seen": 3 if code == 0 else 0}


def test_a_critical_category_that_fails_is_named_with_the_fraction(diag: Shell, good: str) -> None:
    probes = {"web": {"url": good, "category": "connectivity"}, "db": {"dns": "db.invalid", "category": "database"}}
    declare(
        diag, probes, pass_rate="50%", categories={"connectivity": {"critical": True}, "database": {"critical": True}}
    )
    done = diag(*PROBES_ONLY)
    assert done.code == 1
    assert "NOT RESTORED   1 of 2, 50.0 %; critical 1 of 2: database fails; clean runs 0 of 3" in done.out
    assert "not clean" in done.err


def test_only_what_was_not_seen_prevents_it(diag: Shell, good: str) -> None:
    declare(diag, {"web": {"url": good}, "name": {**UNJUDGED, "category": "x"}}, categories={"x": {"critical": True}})
    done = diag(*PROBES_ONLY, "-f", "json")
    assert done.code == 3
    found = gate(done)
    assert found["restored"] is False
    assert found["categories"]["x"] | {"pass": 0} == {
        "critical": True, "complete": False, "pass": 0, "warn": 0, "fail": 0, "unknown": 1,
    }  # fmt: skip


def test_a_flapping_endpoint_is_not_restored(diag: Shell) -> None:
    with listening(answers(["200 OK", "200 OK", "500 No", "200 OK"])) as port:
        declare(diag, {"web": {"url": f"http://127.0.0.1:{port}/"}})
        done = diag(*PROBES_ONLY, "-f", "json")
    assert done.code == 1
    assert [run["clean"] for run in gate(done)["runs"]] == [True, True, False]


def test_with_wait_only_what_failed_is_probed_again_until_all_of_it_is_clean(diag: Shell) -> None:
    asked = []

    def counting(sock: socket.socket) -> None:
        asked.append(1)
        page(b"")(sock)

    with listening(answers(["500 No", "500 No", "200 OK"])) as bad, listening(counting) as always:
        ports = {"web": bad, "other": always}
        declare(diag, {name: {"url": f"http://127.0.0.1:{port}/"} for name, port in ports.items()})
        done = diag(*PROBES_ONLY, "--wait", "30s", "-f", "json")
    assert done.code == 0
    assert [(run["whole"], run["clean"]) for run in gate(done)["runs"]] == [
        (True, False), (False, False), (False, False), (True, True), (True, True), (True, True),
    ]  # fmt: skip
    assert len(asked) == 4


def test_checks_of_the_project_are_looked_at_again_too(diag: Shell) -> None:
    diag.write("diag.yaml", HEAD + "validation: {clean_runs: 2}\nsql_instances: {staging-shared-postgres: {}}\n")
    with Fake(RESTORED) as fake:
        diag.export(**fake.env)
        done = diag("validate", "--only", "sql.public-access", "--interval", "0.01s", "-f", "json")
    assert done.code == 0
    assert gate(done)["clean_runs"] == {"required": 2, "seen": 2}
    assert len([entry for entry in fake.log.entries if entry.method == "sql.instances.list"]) == 2


# Recordings

ONE_CHECK = ("validate", "--only", "sql.public-access")


def test_a_recording_is_one_run_however_often_it_is_read(diag: Shell) -> None:
    diag.write("diag.yaml", HEAD)
    done = diag(*ONE_CHECK, "--from", RESTORED, "-f", "json")
    assert done.code == 3
    assert gate(done)["clean_runs"] == {"required": 3, "seen": 1}
    diag.write("diag.yaml", HEAD + "validation: {clean_runs: 1}\n")
    assert diag(*ONE_CHECK, "--from", RESTORED).code == 0


def test_several_recordings_are_as_many_runs_oldest_first(diag: Shell) -> None:
    diag.write("diag.yaml", HEAD + "validation: {clean_runs: 2}\n")
    later = diag.folder / "later"
    shutil.copytree(RESTORED, later)
    manifest = json.loads((later / "manifest.json").read_text())
    manifest["taken_at"] = "2025-09-18T10:00:00Z"
    (later / "manifest.json").write_text(json.dumps(manifest))
    done = diag(*ONE_CHECK, "--interval", "0.01s", "--from", RESTORED, "--from", later)
    assert done.code == 0
    assert "clean runs 2 of 2" in done.out
    diag(*ONE_CHECK, "--interval", "0.01s", "--from", RESTORED, "--from", RESTORED).refused(2, "oldest first")


def test_a_recording_with_live_probes_says_which_is_which(diag: Shell, good: str) -> None:
    declare(diag, {"web": {"url": good}})
    words = ("validate", "--only", "sql.public-access", "--only", "probe.*", "--interval", "0.01s", "--from", RESTORED)
    done = diag(*words)
    assert done.code == 0
    assert "the checks of every run stand on the recording" in done.out


# The record


def sha256_as_said(how: str, folder: Path) -> str:
    """What the record's command prints."""
    return subprocess.run(how, shell=True, cwd=folder, capture_output=True, text=True, check=True).stdout.split()[0]


@pytest.mark.parametrize("bundle", ["run", "run.zip"])
def test_the_record_names_what_it_stands_on(diag: Shell, bundle: str) -> None:
    diag.write("diag.yaml", HEAD + "validation: {clean_runs: 1}\n")
    with Fake(RESTORED) as fake:
        diag.export(**fake.env)
        done = diag(*ONE_CHECK, "--record", bundle, "-o", "report.json")
    assert done.code == 0
    assert done.out.startswith("RESTORED   ")
    found = json.loads((diag.folder / "report.json").read_text())["gate"]
    for one in (found["bundle"], *found["requirements"]):
        assert sha256_as_said(one["how"], diag.folder) == one["sha256"]
    assert diag(*ONE_CHECK, "--from", bundle).code == 0


def test_the_record_as_markdown(diag: Shell) -> None:
    diag.write("diag.yaml", HEAD + "validation: {clean_runs: 1}\n")
    assert diag(*ONE_CHECK, "--from", RESTORED, "-o", "report.md").code == 0
    written = (diag.folder / "report.md").read_text()
    assert written.startswith("# Restoration gate: RESTORED\n")
    assert "SHA-256" in written
    assert "## RESTORED" in written


# What cannot be


def test_a_critical_category_without_any_check_is_a_fault_of_the_file(diag: Shell) -> None:
    diag.write("diag.yaml", HEAD + "validation: {categories: {agents: {critical: true}}}\n")
    diag("validate").refused(2, "diag.yaml:4:27", "no declared probe or resource falls into it")


def test_a_category_that_the_selection_leaves_empty_is_not_complete(diag: Shell) -> None:
    categories = "validation: {clean_runs: 1, categories: {startup: {critical: true}}}\n"
    diag.write("diag.yaml", HEAD + categories + "services: {netra-backend-staging: {}}\n")
    done = diag(*ONE_CHECK, "--from", RESTORED)
    assert done.code == 3
    assert "startup has nothing that counts" in done.out
    assert "not the whole gate: --only sql.public-access" in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--interval", "0s"), "--interval 0s is not a duration"),
        (("--wait", "soon"), "--wait soon is not a duration"),
        (("--from", "x", "--record", "y"), "--record"),
        (("--only", "sql.nothing"), "matches no check"),
        (("--only", "probe.*"), "there is nothing to validate"),
    ],
)
def test_what_cannot_be_is_refused(diag: Shell, words: tuple[str, ...], said: str) -> None:
    diag.write("diag.yaml", HEAD)
    diag("validate", *words).refused(2, said)


def test_ctrl_c_between_two_runs(diag: Shell, good: str) -> None:
    declare(diag, {"web": {"url": good}})
    with diag.start("validate", "--only", "probe.*", "--interval", "600s") as process:
        assert process.stderr
        assert b"clean" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"diag: interrupted\n")

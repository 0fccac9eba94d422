"""`diag probe` as a user types it: exit codes, formats, and that no secret leaves."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from diag.cli.main import run
from diag.render.report_schema import report_schema
from tests.probes.conftest import Postgres, Valkey, free_port
from tests.probes.servers import listening, page, saying


@pytest.fixture
def here(tmp_path: Path) -> Any:
    """The current folder is an empty one."""
    with contextlib.chdir(tmp_path):
        yield tmp_path


@pytest.mark.parametrize(
    ("probes", "code"),
    [
        ({"good": {"dns": "localhost"}}, 0),
        ({"good": {"dns": "localhost"}, "bad": {"dns": "nothing.invalid"}}, 1),
        ({"good": {"dns": "localhost"}, "dark": {"postgres": "/cloudsql/netra-staging:us-central1:db"}}, 3),
    ],
)
def test_exit_codes(write: Any, capsys: pytest.CaptureFixture[str], probes: dict[str, Any], code: int) -> None:
    assert run(["probe", "-r", str(write(probes))]) == code
    assert capsys.readouterr().out.splitlines()[-1].startswith("Next: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing"], "there is no probe nothing; write one of: good"),
        (["--format", "xml"], "--format xml is not known"),
        (["--timeout", "soon"], "--timeout soon is not a duration"),
        (["--merge", "nowhere.json"], "--merge nowhere.json: No such file"),
        (["--env", "production"], 'there is no environment "production"'),
    ],
)
def test_bad_usage(write: Any, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    assert run(["probe", "-r", str(write({"good": {"dns": "localhost"}})), *arguments]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    "probe",
    [
        {"url": "http://127.0.0.1:0/"},
        {"url": "http://two\nlines/"},
        {"tls": "https://127.0.0.1:443"},
        {"redis": "127.0.0.1:70000"},
        {"dns": "https://example.com"},
        {"dns": "a..b"},
        {"postgres": "sre:hunter2@127.0.0.1:5432/app"},
    ],
)
def test_targets_that_are_none_are_faults_with_a_place(
    write: Any, capsys: pytest.CaptureFixture[str], probe: dict[str, str]
) -> None:
    assert run(["probe", "-r", str(write({"it": probe}))]) == 2
    said = capsys.readouterr().err
    assert "diag.yaml:1:" in said
    assert "hunter2" not in said


@pytest.mark.usefixtures("here")
def test_without_a_file_it_says_what_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["probe"]) == 2
    assert "name it with -r" in capsys.readouterr().err


def test_diag_yaml_is_found_from_here(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "diag.yaml").write_text("version: 1\nproject: netra-staging\nprobes: {it: {dns: localhost}}\n")
    below = here / "below"
    below.mkdir()
    with contextlib.chdir(below):
        assert run(["probe", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    jsonschema.validate(report, report_schema())
    assert report["project"] == "netra-staging"


def test_output_goes_to_a_file_and_the_verdict_here(
    write: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.json"
    arguments = ["probe", "-r", str(write({"it": {"dns": "localhost"}})), "-f", "json", "-o", str(path)]
    assert run(arguments) == 0
    assert json.loads(path.read_text())["summary"]["pass"] == 1
    assert capsys.readouterr().out.startswith("MET")


def test_fail_on_warn(write: Any) -> None:
    with listening(page(b'{"status": "degraded"}')) as port:
        path = str(write({"it": {"url": f"http://127.0.0.1:{port}/"}}))
        assert run(["probe", "-r", path]) == 0
        assert run(["probe", "-r", path, "--fail-on", "warn"]) == 1


def test_the_text_shows_each_probe_with_its_phases(write: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with listening(page(b"fine")) as port:
        run(["probe", "-r", str(write({"good": {"url": f"http://127.0.0.1:{port}/"}, "bad": {"dns": "x.invalid"}}))])
    said = capsys.readouterr().out
    assert "Probes from laptop or server outside Google Cloud" in said
    assert " · request " in said
    assert "✗ fail" in said


def test_in_vpc_deploys_nothing_and_prints(write: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = write({"it": {"dns": "localhost"}}, services={"backend": {}})
    assert run(["probe", "-r", str(path), "--in-vpc"]) == 0
    assert "gcloud run jobs deploy diag-probe-backend" in capsys.readouterr().out


@pytest.mark.parametrize("check", ["dns", "http", "postgres", "redis", "tls", "websocket"])
def test_each_probe_is_explained(check: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", f"probe.{check}"]) == 0
    assert "Phases, each timed: dns" in capsys.readouterr().out


@pytest.mark.parametrize("form", [["-f", "text"], ["-f", "text", "-v"], ["-f", "text", "-q"], ["-f", "json"]])
def test_no_password_leaves_in_any_form(
    write: Any,
    postgres: Postgres,
    guarded: Valkey,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    form: list[str],
) -> None:
    secrets = {"RIGHT_DB": postgres.password, "WRONG": "not-the-horse", "RIGHT_CACHE": guarded.password}
    for name, value in {**secrets, "PGUSER": postgres.user}.items():
        monkeypatch.setenv(name, value)
    echo = saying(b"-ERR unknown command 'AUTH', with args beginning with: 'not-the-horse'\r\n")
    with listening(echo) as port:
        probes = {
            "db": {"postgres": f"127.0.0.1:{postgres.port}/orders", "password_env": "RIGHT_DB"},
            "db-wrong": {"postgres": f"127.0.0.1:{postgres.port}/app", "password_env": "WRONG"},
            "cache": {"redis": f"127.0.0.1:{guarded.port}", "password_env": "RIGHT_CACHE"},
            "cache-wrong": {"redis": f"localhost:{guarded.port}", "password_env": "WRONG"},
            "cache-echo": {"redis": f"127.0.0.1:{port}", "password_env": "WRONG"},
            "cache-gone": {"redis": f"127.0.0.1:{free_port()}", "password_env": "WRONG"},
        }
        assert run(["probe", "-r", str(write(probes)), *form]) == 1
    said = "".join(capsys.readouterr())
    assert "cache-echo" in said
    assert not [value for value in secrets.values() if value in said]

"""Where a probe ran, how to run it inside the VPC, and two vantages side by side."""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from diag.cli.formats import Target
from diag.cli.options import Options
from diag.cli.probing import commands, perform
from diag.errors import UsageError
from diag.probes.declared import declared_probes
from diag.probes.inside import jobs
from diag.probes.vantage import OUTSIDE, is_private, sees_vpc, vantage
from diag.render.json import render
from diag.render.text import render as as_text
from diag.report import Report
from diag.requirements.load import load
from tests.probes.conftest import Prober, Valkey, free_port
from tests.probes.servers import listening, page

INSIDE = {"CLOUD_RUN_JOB": "diag-probe-backend", "DIAG_REGION": "us-central1"}


@pytest.mark.parametrize(
    ("environ", "place"),
    [
        (INSIDE, "Cloud Run job diag-probe-backend in us-central1"),
        ({"CLOUD_RUN_JOB": "j"}, "Cloud Run job j"),
        ({"K_SERVICE": "backend", "K_REVISION": "backend-1"}, "Cloud Run service backend"),
        ({"CLOUD_SHELL": "true"}, "Cloud Shell"),
    ],
)
def test_places_of_google_cloud(environ: dict[str, str], place: str) -> None:
    assert vantage(environ) == place


def test_only_a_place_inside_can_speak_of_private_addresses() -> None:
    assert not sees_vpc(OUTSIDE)
    assert sees_vpc(vantage(INSIDE))
    assert [is_private(host) for host in ("10.166.204.83", "172.20.0.1", "8.8.8.8", "127.0.0.1", "name")] == [
        True,
        True,
        False,
        False,
        False,
    ]


PROBES = {
    "page": {"url": "https://staging.netrasystems.ai/health", "expect": {"status": 200, "within": "2.5s"}},
    "database": {
        "postgres": "/cloudsql/netra-staging:us-central1:staging-shared-postgres",
        "password_env": "DB_PASSWORD",
        "category": "database",
    },
    "cache": {"redis": "10.166.204.83:6379", "ca_file": "ca.pem"},
}
ACCOUNT = "backend@netra-staging.iam.gserviceaccount.com"
SECTIONS: dict[str, Any] = {
    "connectors": {"staging-connector": {}},
    "services": {
        "netra-backend-staging": {
            "service_account": ACCOUNT,
            "egress": {"connector": "staging-connector", "mode": "all-traffic"},
            "secrets": {"DB_PASSWORD": "database-password"},
        },
        "netra-auth-service": {
            "service_account": ACCOUNT,
            "egress": {"connector": "staging-connector", "mode": "all-traffic"},
        },
        "netra-frontend-staging": {
            "egress": {"network": "staging-vpc", "subnet": "run", "mode": "private-ranges-only"}
        },
        "netra-agents": {},
    },
    "load_balancers": {
        "staging": {"domains": {"staging.netrasystems.ai": {"routes": {"/health": "netra-backend-staging"}}}}
    },
}


@pytest.fixture
def printed(write: Any, tmp_path: Path, ca_file: str, capsys: pytest.CaptureFixture[str]) -> Any:
    """What `--in-vpc` prints for these probes."""
    (tmp_path / "ca.pem").write_bytes(Path(ca_file).read_bytes())

    def of(*names: str, format: str = "text", **sections: Any) -> str:
        path = write(PROBES, **{**SECTIONS, **sections})
        commands(names, Options(requirements=(path,), targets=(Target(format),)), {})
        return capsys.readouterr().out

    return of


def test_the_job_stands_where_the_service_stands(printed: Any) -> None:
    script = printed()
    backend, frontend, agents = script.split("# In the place of ")[1:]
    assert backend.startswith("netra-backend-staging, netra-auth-service\n")
    for flag in (
        "--vpc-connector staging-connector",
        "--vpc-egress all-traffic",
        f"--service-account {ACCOUNT}",
        "--set-cloudsql-instances netra-staging:us-central1:staging-shared-postgres",
        "--set-secrets DB_PASSWORD=database-password:latest",
        "--set-env-vars DIAG_REGION=us-central1",
    ):
        assert flag in backend
    assert "--network staging-vpc" in frontend
    assert "--subnet run" in frontend
    assert "--vpc-egress private-ranges-only" in frontend
    assert "--vpc-egress" not in agents
    assert "declares no egress" in agents
    assert "database: add --set-secrets DB_PASSWORD=SECRET:latest" in frontend
    assert "cache: its ca_file is not in the image" in backend


def test_a_secret_comes_from_cloud_run_and_its_account_may_read_that_one_alone(write: Any, tmp_path: Path) -> None:
    shared = "projects/shared-secrets/secrets/redis-auth"
    path = write(
        {
            "database": {"postgres": "10.0.0.3:5432/orders", "password_secret": "database-password"},
            "replica": {"postgres": "10.0.0.4:5432/orders", "password_secret": "database-password"},
            "cache": {"redis": "10.0.0.5:6379", "password_secret": shared},
            "other": {"redis": "10.0.0.6:6379", "password_secret": "projects/123456789012/secrets/other"},
        },
        services={"backend": {"service_account": ACCOUNT, "secrets": {"DB": "database-password"}}},
    )
    declared = load([path])
    [job] = jobs(declared, declared_probes(declared, (), {}))
    deploy = job.commands[0].command.replace("\\\n", " ")
    assert (
        '--set-secrets "DIAG_PASSWORD_1=database-password:latest,DIAG_PASSWORD_2=projects/'
        "$(gcloud projects describe shared-secrets --format 'value(projectNumber)')/secrets/redis-auth:latest,"
        'DIAG_PASSWORD_3=projects/123456789012/secrets/other:latest"'
    ) in deploy
    grants = [note for note in job.notes if "add-iam-policy-binding" in note]
    member = f"--member serviceAccount:{ACCOUNT} --role roles/secretmanager.secretAccessor"
    assert [note.partition("add-iam-policy-binding ")[2] for note in grants] == [
        f"redis-auth --project shared-secrets {member}",
        f"other --project 123456789012 {member}",
    ]
    [packed] = re.findall(r"printf %s (\S+) \|", deploy)
    inside = tmp_path / "inside.yaml"
    inside.write_bytes(base64.b64decode(packed))
    wanted = {name: data["password_env"] for name, data in load([inside]).sections["probes"].items()}
    assert wanted == {
        "database": "DIAG_PASSWORD_1",
        "replica": "DIAG_PASSWORD_1",
        "cache": "DIAG_PASSWORD_2",
        "other": "DIAG_PASSWORD_3",
    }
    assert "password_secret" not in inside.read_text()


def test_the_script_is_one_that_a_shell_reads(printed: Any) -> None:
    lines = [shlex.split(line, comments=True) for line in printed().replace("\\\n", " ").splitlines()]
    assert ["gcloud", "run", "jobs"] in [words[:3] for words in lines]


def test_the_job_probes_what_is_declared(printed: Any, tmp_path: Path) -> None:
    """The requirements that the job is given are read back by the loader, with the same probes."""
    [packed, *_] = re.findall(r"printf %s (\S+) \|", printed())
    inside = tmp_path / "inside.yaml"
    inside.write_bytes(base64.b64decode(packed))
    declared = load([inside])
    assert list(declared.sections["probes"]) == list(PROBES)
    assert declared.sections["probes"]["page"]["expect"] == {"status": 200, "within": 2.5}
    assert "ca_file" not in declared.sections["probes"]["cache"]
    assert declared.load_balancers["declared"].domains["staging.netrasystems.ai"].routes == {
        "/health": "netra-backend-staging"
    }


def test_the_job_as_a_shell_runs_it(write: Any, tmp_path: Path, report: Prober, postgres: Any, guarded: Valkey) -> None:
    """The container's own command, run here: what it logs is what `--merge` reads."""
    declared = {
        "database": {"postgres": postgres.folder, "expect": {"within": "5s"}},
        "cache": {"redis": f"127.0.0.1:{guarded.port}", "password_secret": "redis-auth"},
        "name": {"dns": "localhost"},
    }
    path = write(declared, services={"backend": {}})
    [job] = jobs(load([path]), declared_probes(load([path]), (), {}))
    [deploy] = [fix.command for fix in job.commands if " deploy " in fix.command]
    script = shlex.split(deploy.replace("\\\n", " "))[-1].removeprefix("^@^-c@")
    diag = tmp_path / "diag"
    diag.write_text(f'#!/bin/sh\nexec {sys.executable} -m diag "$@"\n', encoding="utf-8")
    diag.chmod(0o755)
    environ = {**os.environ, **INSIDE, "PATH": f"{tmp_path}:{os.environ['PATH']}", "DIAG_PASSWORD_1": guarded.password}
    done = subprocess.run(["sh", "-c", script], env=environ, capture_output=True, text=True, timeout=60, check=True)
    [line] = done.stdout.splitlines()
    log = tmp_path / "log.json"
    log.write_text(json.dumps([{"timestamp": "2026-01-01T00:00:00Z", "jsonPayload": json.loads(line)}]))
    dead = {"CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER": "http://127.0.0.1:9/"}
    findings = report(declared, dead, merge=log)["findings"]
    assert guarded.password not in line
    assert [(each["resource"], each["status"]) for each in findings if each["vantage"] != OUTSIDE] == [
        ("database", "pass"),
        ("cache", "pass"),
        ("name", "pass"),
    ]


def test_names_choose_what_the_job_probes(printed: Any) -> None:
    script = printed("cache")
    assert "--format json cache |" in script
    assert "--set-cloudsql-instances" not in script
    assert re.search(r"diag probe cache -r \S+/diag.yaml --merge diag-probe-netra-backend-staging.json", script)


def test_the_commands_as_json(printed: Any) -> None:
    document = json.loads(printed(format="json"))
    assert [job["services"][0] for job in document["jobs"]] == [
        "netra-backend-staging",
        "netra-frontend-staging",
        "netra-agents",
    ]
    mutating = [one["command"].split()[3] for one in document["jobs"][0]["commands"] if one["mutates"]]
    assert mutating == ["deploy", "execute", "delete"]


def test_without_a_service_there_is_no_place_to_stand(printed: Any) -> None:
    with pytest.raises(UsageError, match="no service is declared"):
        printed(services={}, load_balancers={})


def one_report(write: Any, probes: dict[str, Any], environ: dict[str, str]) -> Report:
    return perform((), Options(requirements=(write(probes),)), environ=environ)


@pytest.fixture
def two_sided(write: Any) -> Any:
    """A page that both vantages reach, and one that only the outer does: the reports of the inner one."""
    with listening(page(b"fine")) as port:
        probes = {"page": {"url": f"http://127.0.0.1:{port}/"}, "api": {"redis": f"127.0.0.1:{free_port()}"}}
        yield probes, render(one_report(write, probes, INSIDE))


def as_log_lines(report: str) -> str:
    """As the agent of Cloud Run cuts several lines of output into entries, the newest first."""
    lines = ["starting", *report.splitlines()]
    entries = [{"timestamp": f"2026-01-01T00:00:{at // 1000:02}.{at % 1000:03}Z", "textPayload": line}
               for at, line in enumerate(lines)]  # fmt: skip
    return json.dumps(entries[::-1])


def as_log_payload(report: str) -> str:
    """As it shows one line of JSON."""
    older = {**json.loads(report), "findings": []}
    entries = [
        {"timestamp": "2026-01-02T00:00:00Z", "jsonPayload": json.loads(report)},
        {"timestamp": "2026-01-01T00:00:00Z", "jsonPayload": older},
    ]
    return json.dumps(entries)


@pytest.mark.parametrize(
    "shape",
    [str, as_log_lines, as_log_payload, lambda report: f"starting\n{report.replace(chr(10), '')}\ndone\n"],
    ids=["a report", "log entries of text", "log entries of JSON", "lines of a log"],
)
def test_a_report_is_read_back_from_a_file_or_a_log(two_sided: Any, report: Prober, tmp_path: Path, shape: Any) -> None:
    probes, inner = two_sided
    path = tmp_path / "inside.json"
    path.write_text(shape(inner), encoding="utf-8")
    findings = report(probes, merge=path)["findings"]
    assert [(each["resource"], each["vantage"]) for each in findings] == [
        ("page", OUTSIDE),
        ("page", "Cloud Run job diag-probe-backend in us-central1"),
        ("api", OUTSIDE),
        ("api", "Cloud Run job diag-probe-backend in us-central1"),
    ]
    assert [each["status"] for each in findings] == ["pass", "pass", "fail", "fail"]


def test_what_differs_says_so(write: Any, report: Prober, tmp_path: Path) -> None:
    path = tmp_path / "inside.json"
    with listening(page(b"", "503 Service Unavailable")) as port:
        path.write_text(render(one_report(write, {"page": {"url": f"http://127.0.0.1:{port}/"}}, INSIDE)))
    with listening(page(b"fine")) as port:
        outer, inner = report({"page": {"url": f"http://127.0.0.1:{port}/"}}, merge=path)["findings"]
    assert (outer["status"], inner["status"]) == ("pass", "fail")
    assert f"it answers at {OUTSIDE}: what differs is the way there" in inner["reason"]


def test_what_a_laptop_cannot_judge_is_left_to_the_vantage_that_can(
    write: Any, report: Prober, tmp_path: Path, postgres: Any
) -> None:
    missing = {"database": {"postgres": "/cloudsql/netra-staging:us-central1:staging-shared-postgres"}}
    path = tmp_path / "inside.json"
    inside = one_report(write, {"database": {"postgres": postgres.folder}}, INSIDE)
    path.write_text(render(inside), encoding="utf-8")
    made = report(missing, merge=path)
    assert [each["status"] for each in made["findings"]] == ["skip", "pass"]
    assert "judged from Cloud Run job diag-probe-backend" in made["findings"][0]["reason"]


def test_both_vantages_stand_side_by_side_in_the_text(two_sided: Any, write: Any, tmp_path: Path) -> None:
    probes, inner = two_sided
    path = tmp_path / "inside.json"
    path.write_text(inner, encoding="utf-8")
    text = as_text(perform((), Options(requirements=(write(probes),)), path, {}), width=None, colour=False)
    table = text.partition("Probes side by side\n")[2].splitlines()
    assert table[0] == f"  A  {OUTSIDE}"
    assert table[1] == "  B  Cloud Run job diag-probe-backend in us-central1"
    assert re.match(r"  page  A ✓ pass +[0-9.]+ s +B ✓ pass +[0-9.]+ s", table[2])
    assert re.match(r"  api   A ✗ fail +[0-9.]+ s at tcp +B ✗ fail +[0-9.]+ s at tcp", table[3])


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "no JSON",
        "[]",
        "{}",
        '{"schema_version": 1, "findings": []}',
        '{"schema_version": 2, "findings": [{"check": "probe.dns"}]}',
        '{"schema_version": 1, "findings": [{"check": "probe.dns"}]}',
        "[" * 100_000,
    ],
)
def test_a_file_that_holds_no_report_is_bad_usage(write: Any, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "inside.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match="--merge"):
        perform((), Options(requirements=(write({"it": {"dns": "localhost"}}),)), path, {})

"""Live runs that cannot see everything: what is said, the exit code, and which place named the project."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shell import HEAD, RESTORED, Shell
from tests.fake import Fake, Fault

PLACE = ("--project", "netra-staging", "--region", "us-central1")
DEAD = "http://127.0.0.1:9/"


@pytest.fixture
def fake(diag: Shell) -> Iterator[Fake]:
    """The restored project behind one loopback port, with the variables that point diag there."""
    with Fake(RESTORED) as started:
        diag.export(**started.env)
        yield started


@pytest.fixture
def refusing(diag: Shell, request: pytest.FixtureRequest) -> Iterator[None]:
    """The restored project with the faults that the test asks for."""
    with Fake(RESTORED, faults=request.param) as started:
        diag.export(**started.env)
        yield


def test_a_dead_proxy_does_not_come_between_diag_and_loopback(fake: Fake, diag: Shell) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "grpc_proxy"):
        diag.export(**{name: DEAD, name.lower(): DEAD})
    done = diag("check", *PLACE, "--skip", "lb.certificate-expiring", "-f", "json")
    report = json.loads(done.out)
    assert report["summary"]["unknown"] == 0
    assert report["summary"]["pass"] > 0


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("http://10.0.0.1/", "is plain http to 10.0.0.1, which would send credentials and facts unencrypted"),
        ("http://127.0.0.1.example.com/", "is plain http to 127.0.0.1.example.com"),
        ("http://localhost:99999/", "is not an address (Port out of range 0-65535)"),
        ("banana", "is not an http or https address"),
        ("https://sre:secret@run.example.com/", "holds a user name, a query or a fragment"),
    ],
)
def test_an_override_that_cannot_be_used_is_refused_by_its_name(value: str, said: str, fake: Fake, diag: Shell) -> None:
    diag.export(CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN=value)
    done = diag("check", *PLACE)
    done.refused(
        2, f"CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN {said}", "or type `unset CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN`"
    )
    assert "secret" not in done.err


def test_a_project_that_is_not_there_is_undecided(fake: Fake, diag: Shell) -> None:
    done = diag("check", "--project", "netra-stagnig", "--region", "us-central1")
    assert done.code == 3
    assert "every list came back empty: is netra-stagnig / us-central1 the right project and region?" in done.out
    assert "UNDECIDED" in done.out


def test_a_region_that_is_not_there_is_never_green(fake: Fake, diag: Shell) -> None:
    words = ("--project", "netra-staging", "--region", "us-central9", "--skip", "lb.certificate-expiring")
    done = diag("check", *words)
    assert done.code == 3
    assert "was seen in us-central9; is it the right region?" in done.out
    assert diag("run", *words[:4]).code == 3


def test_declared_services_of_a_region_that_is_not_there_fail(fake: Fake, diag: Shell) -> None:
    diag.write("diag.yaml", HEAD.replace("us-central1", "us-central9") + "services: {netra-backend-staging: {}}\n")
    done = diag("run")
    assert done.code == 1
    assert "run.service-missing" in done.out


def test_no_network_says_which_way_is_closed(diag: Shell, fake: Fake) -> None:
    diag.export(**dict.fromkeys(fake.env, DEAD))
    done = diag("check", *PLACE, "--timeout", "5s")
    assert done.code == 3
    assert "no call was answered" in done.out
    assert "no connection (connection refused)" in done.out
    assert "check the network, HTTPS_PROXY and CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN" in done.out
    assert done.err == ""


def test_init_writes_nothing_when_nothing_was_seen(diag: Shell, fake: Fake) -> None:
    diag.export(**dict.fromkeys(fake.env, DEAD))
    diag("init", *PLACE, "-o", "diag.yaml", "--timeout", "5s").refused(3, "nothing of netra-staging could be read")
    assert not (diag.folder / "diag.yaml").exists()


@pytest.mark.parametrize("refusing", [{"vpcaccess.connectors.list": Fault.DISABLED}], indirect=True)
def test_an_api_that_is_off_is_unknown_with_the_command_that_turns_it_on(refusing: None, diag: Shell) -> None:
    enable = "gcloud services enable vpcaccess.googleapis.com --project netra-staging"
    done = diag("vpc", *PLACE)
    assert done.code == 3
    assert enable in done.out
    found = json.loads(diag("vpc", *PLACE, "-f", "json").out)["findings"]
    fixes = [fix for finding in found if finding["status"] == "unknown" for fix in finding["fix"]]
    assert {"command": enable, "mutates": True} in fixes


DENIED = {"vpcaccess.connectors.list": Fault.DENIED, "compute.routers.aggregatedList": Fault.DENIED}


@pytest.mark.parametrize("refusing", [DENIED], indirect=True)
def test_one_command_grants_all_that_was_denied(refusing: None, diag: Shell) -> None:
    done = diag("vpc", *PLACE)
    assert done.code == 3
    granted = "compute.routers.list,vpcaccess.connectors.list"
    [create] = [line for line in done.out.splitlines() if "gcloud iam roles create" in line]
    assert f"--permissions {granted}" in create
    assert "add-iam-policy-binding netra-staging" in create


@pytest.mark.parametrize("refusing", [{"run.services.list": Fault.DENIED}], indirect=True)
def test_init_and_record_say_what_they_did_not_see(refusing: None, diag: Shell) -> None:
    done = diag("init", *PLACE, "-o", "diag.yaml")
    assert done.code == 3
    assert "things were not seen; the file says which" in done.err
    assert "# not seen: ListServices" in (diag.folder / "diag.yaml").read_text()
    done = diag("record", *PLACE, "-o", "run.zip")
    assert done.code == 3
    assert "? ListServices" in done.out


@pytest.mark.parametrize("refusing", [{"run.services.list": Fault.HANG}], indirect=True)
def test_what_does_not_answer_in_time_is_unknown(refusing: None, diag: Shell) -> None:
    done = diag("run", *PLACE, "--timeout", "1s")
    assert done.code == 3
    assert "give it more with --timeout" in done.out


# Which place named the project


def named_by(diag: Shell, *words: str | Path) -> str:
    """The source of the project as the JSON report and the head of the text report show it."""
    done = diag("run", *words, "-f", "json")
    assert done.err == ""
    report = json.loads(done.out)
    source = str(report["source"]["project_from"])
    assert f"project from {source}" in diag("run", *words).out
    return source


def test_the_first_place_that_names_the_project_wins_and_is_shown(fake: Fake, diag: Shell) -> None:
    configured = diag.folder.parent / "home/.config/gcloud/configurations"
    configured.mkdir(parents=True)
    (configured / "config_default").write_text("[core]\nproject = netra-staging\n[run]\nregion = us-central1\n")
    assert named_by(diag) == "gcloud configuration default"
    diag.export(GOOGLE_CLOUD_PROJECT="netra-staging")
    assert named_by(diag) == "GOOGLE_CLOUD_PROJECT"
    diag.export(CLOUDSDK_CORE_PROJECT="netra-staging")
    assert named_by(diag) == "CLOUDSDK_CORE_PROJECT"
    base = diag.write("base.yaml", HEAD)
    over = diag.write("over.yaml", "services: {netra-backend-staging: {}}\n")
    assert named_by(diag, "-r", base, "-r", over) == "base.yaml"
    diag.write("diag.yaml", HEAD)
    assert named_by(diag) == "diag.yaml"
    assert named_by(diag, "--project", "netra-staging") == "--project"


def test_an_option_overrides_the_file_that_is_still_read(fake: Fake, diag: Shell) -> None:
    text = HEAD.replace("netra-staging", "netra-production") + "services: {netra-backend-staging: {}}\n"
    diag.write("diag.yaml", text)
    report = json.loads(diag("run", "--project", "netra-staging", "-f", "json").out)
    assert report["project"] == "netra-staging"
    declared = [finding["declared_at"] for finding in report["findings"] if finding["check"] == "run.service-missing"]
    assert declared == [{"file": "diag.yaml", "line": 4, "column": 12}]


def test_the_file_of_a_parent_folder_is_found(fake: Fake, diag: Shell) -> None:
    path = diag.write("diag.yaml", HEAD).resolve()
    below = diag.folder / "a/b"
    below.mkdir(parents=True)
    diag.enter(below)
    assert named_by(diag) == str(path)

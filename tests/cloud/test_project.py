"""Which place names the project and the region: the order of interface.md, place by place."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from diag.cloud.project import Named, find_project, find_region


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Every place names a project of its own."""
    folder = tmp_path / "gcloud"
    (folder / "configurations").mkdir(parents=True)
    (folder / "active_config").write_text("work\n")
    (folder / "configurations" / "config_work").write_text(
        "[core]\nproject = from-config\n[run]\nregion = run-region\n[compute]\nregion = gce-region\n"
    )
    (folder / "configurations" / "config_home").write_text(
        "[core]\nproject = from-home\n[compute]\nregion = gce-home\n"
    )
    key = {"type": "service_account", "project_id": "from-credentials"}
    (folder / "application_default_credentials.json").write_text(json.dumps(key))
    return {
        "CLOUDSDK_CONFIG": str(folder),
        "CLOUDSDK_CORE_PROJECT": "from-cloudsdk",
        "GOOGLE_CLOUD_PROJECT": "from-google",
        "CLOUDSDK_RUN_REGION": "region-of-run",
        "CLOUDSDK_COMPUTE_REGION": "region-of-compute",
    }


@pytest.mark.parametrize(
    ("option", "declared", "unset", "expected"),
    [
        ("given", "declared", (), Named("given", "--project")),
        (None, "declared", (), Named("declared", "requirements file")),
        (None, None, (), Named("from-cloudsdk", "CLOUDSDK_CORE_PROJECT")),
        (None, None, ("CLOUDSDK_CORE_PROJECT",), Named("from-google", "GOOGLE_CLOUD_PROJECT")),
        (
            None,
            None,
            ("CLOUDSDK_CORE_PROJECT", "GOOGLE_CLOUD_PROJECT"),
            Named("from-config", "gcloud configuration work"),
        ),
    ],
)
def test_the_project_comes_from_the_first_place_that_names_one(
    environ: dict[str, str], option: str | None, declared: str | None, unset: tuple[str, ...], expected: Named
) -> None:
    left = {name: value for name, value in environ.items() if name not in unset}
    assert find_project(option, declared, left) == expected


def only_files(environ: dict[str, str], **more: str) -> dict[str, str]:
    return {"CLOUDSDK_CONFIG": environ["CLOUDSDK_CONFIG"], **more}


def test_a_variable_chooses_the_configuration(environ: dict[str, str]) -> None:
    chosen = only_files(environ, CLOUDSDK_ACTIVE_CONFIG_NAME="home")
    assert find_project(None, None, chosen) == Named("from-home", "gcloud configuration home")
    assert find_region(None, None, chosen) == Named("gce-home", "gcloud configuration home")


@pytest.mark.parametrize("name", ["NONE", "absent", "../config_work"])
def test_without_a_configuration_the_credentials_name_the_project(environ: dict[str, str], name: str) -> None:
    chosen = only_files(environ, CLOUDSDK_ACTIVE_CONFIG_NAME=name)
    assert find_project(None, None, chosen) == Named("from-credentials", "credentials")


def test_the_named_credentials_file_wins_over_gclouds(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text('{"type": "service_account", "project_id": "from-key"}')
    chosen = only_files(environ, CLOUDSDK_ACTIVE_CONFIG_NAME="NONE")
    chosen["GOOGLE_APPLICATION_CREDENTIALS"] = str(tmp_path / "key.json")
    assert find_project(None, None, chosen) == Named("from-key", "credentials")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"type": "authorized_user"}', '{"project_id": 7}'])
def test_credentials_that_name_no_project(tmp_path: Path, text: str) -> None:
    (tmp_path / "application_default_credentials.json").write_text(text)
    assert find_project(None, None, {"CLOUDSDK_CONFIG": str(tmp_path)}) is None


@pytest.mark.parametrize("text", ["no section\n", "[core\nproject=x", "[core]\nproject =\n", "\x00\xff"])
def test_a_configuration_that_cannot_be_read_names_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "configurations").mkdir()
    (tmp_path / "configurations" / "config_default").write_bytes(text.encode("latin-1"))
    assert find_project(None, None, {"CLOUDSDK_CONFIG": str(tmp_path)}) is None


def test_a_percent_sign_in_a_configuration_is_one(tmp_path: Path) -> None:
    (tmp_path / "configurations").mkdir()
    text = "[core]\nproject = plain\n[proxy]\npassword = 100%d\n"
    (tmp_path / "configurations" / "config_default").write_text(text)
    assert find_project(None, None, {"CLOUDSDK_CONFIG": str(tmp_path)}) == Named(
        "plain", "gcloud configuration default"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="gcloud's folder is elsewhere")
def test_gclouds_folder_is_below_home(tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "gcloud" / "configurations"
    folder.mkdir(parents=True)
    (folder / "config_default").write_text("[core]\nproject = at-home\n")
    assert find_project(None, None, {"HOME": str(tmp_path)}) == Named("at-home", "gcloud configuration default")


@pytest.mark.parametrize(
    ("option", "declared", "unset", "expected"),
    [
        ("given", "declared", (), Named("given", "--region")),
        (None, "declared", (), Named("declared", "requirements file")),
        (None, None, (), Named("region-of-run", "CLOUDSDK_RUN_REGION")),
        (None, None, ("CLOUDSDK_RUN_REGION",), Named("region-of-compute", "CLOUDSDK_COMPUTE_REGION")),
        (
            None,
            None,
            ("CLOUDSDK_RUN_REGION", "CLOUDSDK_COMPUTE_REGION"),
            Named("run-region", "gcloud configuration work"),
        ),
    ],
)
def test_the_region_comes_from_the_first_place_that_names_one(
    environ: dict[str, str], option: str | None, declared: str | None, unset: tuple[str, ...], expected: Named
) -> None:
    left = {name: value for name, value in environ.items() if name not in unset}
    assert find_region(option, declared, left) == expected

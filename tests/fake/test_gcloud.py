"""The real gcloud takes the fake's answers: the shapes are the platform's, not ours alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fake import Fake
from tests.fake.tiny import PARENT, PROJECT, REGION, write_bundle

GCLOUD = shutil.which("gcloud")
pytestmark = pytest.mark.skipif(GCLOUD is None, reason="gcloud is not installed")


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fake]:
    with Fake(write_bundle(tmp_path_factory.mktemp("bundle"))) as serving:
        yield serving


def gcloud(fake: Fake, config: Path, *words: str) -> Any:
    """gcloud's JSON answer; it has no credentials and sends every address to the fake."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(config),
        "CLOUDSDK_CONFIG": str(config),
        "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
        "CLOUDSDK_CORE_PROJECT": PROJECT,
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "true",
        "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
        # `run --region` puts the region before the host, which then resolves nowhere: the proxy takes it.
        "http_proxy": fake.url,
        **fake.env,
    }
    command = [str(GCLOUD), *words, "--format=json"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_run_services_describe(fake: Fake, tmp_path: Path) -> None:
    shown = gcloud(fake, tmp_path, "run", "services", "describe", "api", "--region", REGION)
    annotations = shown["spec"]["template"]["metadata"]["annotations"]
    assert annotations["run.googleapis.com/vpc-access-egress"] == "all-traffic"
    assert annotations["run.googleapis.com/vpc-access-connector"] == "main"
    assert shown["spec"]["template"]["spec"]["timeoutSeconds"] == 600


def test_sql_instances_describe(fake: Fake, tmp_path: Path) -> None:
    shown = gcloud(fake, tmp_path, "sql", "instances", "describe", "db-1")
    assert (shown["name"], shown["databaseVersion"]) == ("db-1", "POSTGRES_14")


def test_connectors_describe(fake: Fake, tmp_path: Path) -> None:
    words = ("compute", "networks", "vpc-access", "connectors", "describe", "main", "--region", REGION)
    shown = gcloud(fake, tmp_path, *words)
    assert (shown["name"], shown["state"]) == (f"{PARENT}/connectors/main", "READY")

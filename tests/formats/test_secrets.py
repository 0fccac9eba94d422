"""Planted secrets: wherever an API could show one, no format does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from diag.cli.formats import FORMATS
from tests.cli.shell import INCIDENT, Shell

SECRETS = (
    "postgresql+asyncpg://netra:hunter2zz@10.166.193.5:5432/netra",
    "redis://:synthetic0zz@10.166.204.83:6379/0",
    "ya29.synthetic-token-000000",
    "AIzaSySYNTHETIC-synthetic-0000000000000",
    "aZ7kPq9Synthetic2VbN4mXc8LwRt5YhGj3",
    "ada.lovelace@people.example.com",
)
CORES = ("hunter2zz", "synthetic0zz", "synthetic-token", "AIzaSy", "aZ7kPq9", "ada.lovelace")


def planted(thing: Any) -> Any:
    """The document with every secret in each message, and a variable of each in every environment."""
    if isinstance(thing, list):
        return [planted(item) for item in thing]
    if not isinstance(thing, dict):
        return thing
    changed = {key: planted(value) for key, value in thing.items()}
    for key in ("message", "description", "textPayload"):
        if isinstance(changed.get(key), str):
            changed[key] = f"{changed[key]} refused: {' '.join(SECRETS)}"
    if isinstance(changed.get("env"), list):
        names = ("REDIS_HOST", "DB_PASSWORD", "ANYTHING", "API_URL", "POSTGRES_HOST", "OWNER")
        changed["env"] = [{"name": name, "value": secret} for name, secret in zip(names, SECRETS, strict=True)]
    return changed


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """The recorded incident with secrets in it, as no recording of ours would have."""
    copy = tmp_path / "bundle"
    shutil.copytree(INCIDENT, copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    for name in manifest["files"]:
        text = json.dumps(planted(json.loads((copy / name).read_text())))
        (copy / name).write_text(text)
        manifest["files"][name] = len(text)
    (copy / "manifest.json").write_text(json.dumps(manifest))
    return copy


@pytest.mark.parametrize("format", FORMATS)
def test_a_planted_secret_appears_in_no_format(format: str, bundle: Path, diag: Shell) -> None:
    assert any(core in file.read_text() for core in CORES for file in bundle.glob("calls/**/*.json"))
    done = diag("check", "--from", bundle, "-r", INCIDENT / "diag.yaml", "-v", "-f", format)
    assert done.code == 1
    assert "REDIS_HOST" in done.out, "the variable was judged"
    assert "refused: " in done.out or format in ("csv", "junit"), "a message was quoted"
    for core in CORES:
        assert core not in done.out + done.err

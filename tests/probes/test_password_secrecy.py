"""The value of a probe's secret is in no output, file, recording or log, and nobody but a probe can read one."""

from __future__ import annotations

import ast
import base64
import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from diag.bundle.read import read
from diag.calls import METHODS, Call
from diag.cli.formats import FORMATS
from diag.cli.main import run
from diag.errors import BundleError
from diag.methods.access import ACCESS
from tests.fake import Fake
from tests.fake.secrets import Version
from tests.fake.tiny import write_bundle
from tests.probes.conftest import Postgres, Valkey, Vault, accesses
from tests.probes.servers import listening, saying
from tests.wire.runs import RESTORED

ROOT = Path(__file__).parents[2]
DB = "projects/netra-staging/secrets/database-password"


@pytest.fixture
def planted(
    write: Any, postgres: Postgres, guarded: Valkey, vault: Vault, monkeypatch: Any
) -> Iterator[tuple[Path, list[str], Fake]]:
    """A file whose probes use four secrets, right and wrong, one of which a server echoes."""
    values = {"db": postgres.password, "wrong": "not-the-horse", "cache": guarded.password, "echo": "hunter3-echoed\n"}
    fake = vault({f"projects/netra-staging/secrets/{key}": Version(text.encode()) for key, text in values.items()})
    for name, value in {**fake.env, "PGUSER": postgres.user}.items():
        monkeypatch.setenv(name, value)
    with listening(saying(b"-ERR unknown command 'AUTH', with args beginning with: 'hunter3-echoed '\r\n")) as port:
        probes = {
            "db": {"postgres": f"127.0.0.1:{postgres.port}/orders", "password_secret": "db"},
            "db-wrong": {"postgres": f"localhost:{postgres.port}/orders", "password_secret": "wrong"},
            "cache": {"redis": f"127.0.0.1:{guarded.port}", "password_secret": "cache"},
            "cache-wrong": {"redis": f"localhost:{guarded.port}", "password_secret": "wrong"},
            "cache-echo": {"redis": f"127.0.0.1:{port}", "password_secret": "echo"},
        }
        yield write(probes), [value.strip() for value in values.values()], fake


@pytest.mark.parametrize("form", [*FORMATS, "text -v", "text -q"])
def test_no_format_shows_it(planted: Any, capsys: pytest.CaptureFixture[str], form: str) -> None:
    path, values, _ = planted
    assert run(["probe", "-r", str(path), "-f", *form.split()]) == 1
    said = "".join(capsys.readouterr())
    assert "cache-echo" in said
    assert "[password]" in said or form == "text -q"
    assert not [value for value in values if value in said]


def test_neither_the_gates_record_nor_the_history_holds_it(
    planted: Any, tmp_path: Path, monkeypatch: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path, values, fake = planted
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    words = ["validate", "-r", str(path), "--only", "probe.*", "-o", str(tmp_path / "gate.json")]
    assert run(words) == 1
    [kept] = (tmp_path / "data").rglob("*.db")
    with contextlib.closing(sqlite3.connect(kept)) as stored:
        dump = "\n".join(stored.iterdump())
    assert "cache-echo" in dump
    said = "".join(capsys.readouterr()) + (tmp_path / "gate.json").read_text() + dump
    assert not [value for value in values if value in said]
    assert accesses(fake) == 4


def test_no_recording_holds_it(
    write: Any, guarded: Valkey, tmp_path: Path, monkeypatch: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    path = write({"cache": {"redis": f"127.0.0.1:{guarded.port}", "password_secret": "database-password"}})
    with Fake(RESTORED, secrets={DB: Version(guarded.password.encode())}) as fake:
        for name, value in fake.env.items():
            monkeypatch.setenv(name, value)
        words = ["validate", "-r", str(path), "--only", "vpc.*", "--only", "probe.*", "--record", str(kept), "-v"]
        run([*words, "--interval", "0.01s"])
    assert "cache" in capsys.readouterr().out
    assert accesses(fake) >= 1
    recorded = [file.read_bytes() for file in kept.rglob("*") if file.is_file()]
    hidden = [guarded.password.encode(), base64.b64encode(guarded.password.encode()), ACCESS.key.encode()]
    assert recorded
    assert not [value for value in hidden if any(value in content for content in recorded)]


def test_no_log_of_the_client_library_shows_it(planted: Any) -> None:
    """`GOOGLE_SDK_PYTHON_LOGGING_SCOPE` makes the libraries write every answer to stderr."""
    path, values, _ = planted
    environ = {**os.environ, "GOOGLE_SDK_PYTHON_LOGGING_SCOPE": "google", "DIAG_TRACEBACK": "1"}
    command = [sys.executable, "-m", "diag", "probe", "-r", str(path), "-v"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environ, check=False)
    assert done.returncode == 1
    encoded = [base64.b64encode(value.encode()).decode() for value in values] + values
    assert not [value for value in encoded if value in done.stdout + done.stderr]
    assert "payload" not in done.stderr


# Nobody else reads a value


def imports(name: str) -> list[str]:
    """The modules of diag that import this one."""
    found = []
    for path in sorted((ROOT / "diag").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == name:
                found.append(str(path.relative_to(ROOT)))
    return found


def test_values_are_read_for_probes_alone() -> None:
    assert imports("diag.methods.access") == ["diag/cloud/passwords.py"]
    assert imports("diag.cloud.passwords") == ["diag/cli/probing.py"]
    named = [path.name for path in (ROOT / "diag").rglob("*.py") if "access_secret_version" in path.read_text()]
    assert named == ["access.py"]


def test_the_method_is_in_no_table_and_no_bundle(tmp_path: Path) -> None:
    assert ACCESS.key not in METHODS
    assert ACCESS not in METHODS.values()
    bundle = write_bundle(tmp_path / "with-a-value", {Call(ACCESS, (("name", f"{DB}/versions/latest"),)): {}})
    with pytest.raises(BundleError):
        read(bundle)

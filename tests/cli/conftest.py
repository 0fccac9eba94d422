"""The fixture `diag`: a shell in an empty folder of a machine without credentials."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import Shell


@pytest.fixture
def diag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """`diag("check", "--from", …)` runs a command; `diag.export(NAME=…)` sets a variable for it."""
    (tmp_path / "home").mkdir()
    (tmp_path / "here").mkdir()
    return Shell(tmp_path / "here", monkeypatch, capsys)

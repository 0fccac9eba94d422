"""`diag` as a user types it: in this process for speed, or as a process of its own for signals and streams."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from diag.cli.main import run

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
INCIDENT = FIXTURES / "staging-incident"
RESTORED = FIXTURES / "staging-restored"
HEAD = "version: 1\nproject: netra-staging\nregion: us-central1\n"

_NOT_A_USER_S = re.compile(r"CLOUDSDK_|GOOGLE_|DIAG_|.*_PROXY$|.*_proxy$|NO_COLOR|TERM$|GCE_")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    def refused(self, code: int, *said: str) -> None:
        """Asserts that it ended with `code` and one clear message that says all of `said`, and nothing else."""
        assert self.code == code, self.out + self.err
        assert self.out == ""
        assert "Traceback" not in self.err
        assert "defect of diag" not in self.err
        assert len(self.err) < 3000
        for part in said:
            assert part in self.err, self.err


class Shell:
    """Runs commands in an empty folder, in an environment that knows no cloud."""

    def __init__(self, folder: Path, environ: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._environ = environ
        self._capture = capture
        for name in filter(_NOT_A_USER_S.match, list(os.environ)):
            environ.delenv(name)
        self.export(HOME=str(folder.parent / "home"), NO_GCE_CHECK="true")
        environ.chdir(folder)

    def export(self, **variables: str) -> None:
        """Sets environment variables for what follows."""
        for name, value in variables.items():
            self._environ.setenv(name, value)

    def enter(self, folder: Path) -> None:
        """Changes to another folder."""
        self._environ.chdir(folder)

    def write(self, name: str, text: str | bytes) -> Path:
        """A file in the folder; its bare name, as a user would give it."""
        (self.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return Path(name)

    def __call__(self, *words: str | Path) -> Done:
        """`diag WORDS…`, in this process."""
        self._capture.readouterr()
        code = run([str(word) for word in words])
        return Done(code, *self._capture.readouterr())

    def start(self, *words: str | Path, **more: object) -> subprocess.Popen[bytes]:
        """`diag WORDS…` as a process of its own, its streams piped unless `more` says otherwise."""
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        command = [sys.executable, "-m", "diag", *map(str, words)]
        return subprocess.Popen(command, cwd=self.folder, **streams)  # type: ignore[call-overload,no-any-return]


def files_below(folder: Path) -> set[str]:
    """Everything in the folder, hidden files included."""
    return {path.name for path in folder.iterdir()}

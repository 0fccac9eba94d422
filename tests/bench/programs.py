"""The programs that are measured, and what each is measured against."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = ROOT / "fixtures" / "staging-incident"
REQUIREMENTS = ("-r", str(BUNDLE / "diag.yaml"))
DIAG = str(Path(sys.executable).with_name("diag"))
LATENCY_S = 0.05
LIVE = ("check", "vpc", "sql", "lb", "run")
_LEAST = "import typer\napp=typer.Typer()\n@app.command()\ndef main(x:str): print(x)\napp()"


@dataclass
class Program:
    """One command line and what its runs took: seconds on the wall and of the processor, peak resident MiB."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    peak_mib: list[float] = field(default_factory=list)

    def run(self, env: Mapping[str, str]) -> None:
        """Run once and note what the process took; stops the benchmark if it fails.

        A process counts the memory of the one that started it as its own: this one must stay small.
        """
        start = time.perf_counter()
        process = subprocess.Popen(
            self.argv, env={**env, **self.env}, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        _, status, usage = os.wait4(process.pid, 0)
        self.wall_s.append(time.perf_counter() - start)
        self.cpu_s.append(usage.ru_utime + usage.ru_stime)
        self.peak_mib.append(usage.ru_maxrss / 1024)
        code = os.waitstatus_to_exitcode(status)
        if code not in (0, 1, 3):
            assert process.stderr is not None
            sys.exit(f"{' '.join(self.argv)} ended with {code}: {process.stderr.read().decode()}")

    def forget(self) -> None:
        """Forget what was measured."""
        self.wall_s.clear()
        self.cpu_s.clear()
        self.peak_mib.clear()


Time = Callable[[str], float]
"""Seconds that the program of that name takes."""


@dataclass(frozen=True)
class Row:
    """What a program is measured against, and how often that it may take."""

    program: str
    against: str
    most: Callable[[Time], float]


def _fixed(ratio: float) -> Callable[[Time], float]:
    return lambda _: ratio


def _twice_and_the_reading(of: Time) -> float:
    return 2 + (of("reading the bundle") - of("python -c pass")) / of("import typer")


ROWS = (
    Row("diag --version", "import typer", _fixed(2.0)),
    Row("diag --help", "import typer", _fixed(3.0)),
    Row("diag checks", "least Typer program", _fixed(1.5)),
    Row("diag explain", "least Typer program", _fixed(1.5)),
    Row("diag check --from", "import typer", _twice_and_the_reading),
    Row("diag check", "floor of check", _fixed(5.0)),
    Row("diag vpc", "floor of vpc", _fixed(5.0)),
    Row("diag lb", "floor of lb", _fixed(5.0)),
    Row("diag sql", "floor of sql", _fixed(3.5)),
    Row("diag run", "floor of run", _fixed(3.5)),
)


def programs(env: Mapping[str, str], folder: Path) -> dict[str, Program]:
    """Every program by name; `env` points the live commands at the fake, `folder` is for files of the floor."""
    python = sys.executable
    found = {
        "python -c pass": Program((python, "-c", "pass")),
        "import typer": Program((python, "-c", "import typer")),
        "least Typer program": Program((python, "-c", _LEAST, "x")),
        "reading the bundle": Program((python, "-m", "tests.bench.reading", str(BUNDLE))),
        "diag --version": Program((DIAG, "--version")),
        "diag --help": Program((DIAG, "--help")),
        "diag checks": Program((DIAG, "checks")),
        "diag explain": Program((DIAG, "explain", "vpc.nat-missing")),
        "diag check --from": Program((DIAG, "check", "--from", str(BUNDLE), *REQUIREMENTS)),
    }
    address = next(iter(env.values())).removeprefix("http://").strip("/")
    for command in LIVE:
        requests = folder / f"{command}.jsonl"
        asked = [python, "-m", "tests.bench.requests", command, str(BUNDLE)]
        requests.write_bytes(subprocess.run(asked, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)
        found[f"floor of {command}"] = Program((python, "-m", "tests.bench.floor", address, str(requests)))
        found[f"diag {command}"] = Program((DIAG, command, *REQUIREMENTS), env)
    return found

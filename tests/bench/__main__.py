"""The benchmark: `python -m tests.bench [RUNS]`. Figures are ratios of medians within one run of it.

Each program is run in turn, round after round, so that the machine's noise falls on all of them alike.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.paths import paths_of

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = ROOT / "fixtures" / "staging-incident"
LATENCY_S = 0.05
LEAST = "import typer\napp=typer.Typer()\n@app.command()\ndef main(x:str): print(x)\napp()"


@dataclass
class Program:
    """One command line and what its runs took: wall seconds, peak resident MiB."""

    name: str
    argv: list[str]
    env: Mapping[str, str] = field(default_factory=dict)
    wall_s: list[float] = field(default_factory=list)
    peak_mib: float = 0.0

    def run(self) -> None:
        """Run once and note the wall time and the peak memory of the process."""
        start = time.perf_counter()
        process = subprocess.Popen(
            self.argv, env={**os.environ, **self.env}, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        _, status, usage = os.wait4(process.pid, 0)
        self.wall_s.append(time.perf_counter() - start)
        self.peak_mib = max(self.peak_mib, usage.ru_maxrss / 1024)
        code = os.waitstatus_to_exitcode(status)
        if code not in (0, 1, 3):
            assert process.stderr is not None
            sys.exit(f"{self.name} ended with {code}: {process.stderr.read().decode()}")

    @property
    def median(self) -> float:
        """Median wall seconds."""
        return statistics.median(self.wall_s)


def main(runs: int) -> None:
    """Run everything `runs` times and print the table."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        fake, env = _start_fake()
        try:
            programs = _programs(env, Path(folder))
            for _ in range(runs + 1):
                for program in programs.values():
                    program.run()
            for program in programs.values():
                del program.wall_s[0]
            print(_table(programs, runs))
        finally:
            fake.kill()
            fake.wait()


def _start_fake() -> tuple[subprocess.Popen[str], dict[str, str]]:
    argv = [sys.executable, "-m", "tests.fake", str(BUNDLE), "--latency", str(LATENCY_S)]
    fake = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert fake.stdout is not None
    env = {}
    for line in fake.stdout:
        name, _, value = line.removeprefix("export ").strip().partition("=")
        if name == "CLOUDSDK_CORE_PROJECT":
            break
        env[name] = value
    return fake, env


def _programs(env: Mapping[str, str], folder: Path) -> dict[str, Program]:
    python, diag = sys.executable, [str(Path(sys.executable).with_name("diag"))]
    requirements = ["-r", str(BUNDLE / "diag.yaml")]
    address = next(iter(env.values())).removeprefix("http://").strip("/")
    found = [
        Program("import typer", [python, "-c", "import typer"]),
        Program("least Typer program", [python, "-c", LEAST, "x"]),
        Program("diag --version", [*diag, "--version"]),
        Program("diag --help", [*diag, "--help"]),
        Program("diag checks", [*diag, "checks"]),
        Program("diag explain", [*diag, "explain", "vpc.nat-missing"]),
        Program("diag check --from", [*diag, "check", "--from", str(BUNDLE), *requirements]),
    ]
    for command in ("check", "vpc", "sql", "lb", "run"):
        paths = folder / f"{command}.txt"
        paths.write_text("\n".join(paths_of(command, BUNDLE)))
        floor = [python, "-m", "tests.bench.floor", address, str(paths)]
        found.append(Program(f"floor of {command}", floor))
        found.append(Program(f"diag {command}", [*diag, command, *requirements], env))
    return {program.name: program for program in found}


RATIOS = (
    ("diag --version", "import typer", 2.0),
    ("diag --help", "import typer", 3.0),
    ("diag checks", "least Typer program", 1.5),
    ("diag explain", "least Typer program", 1.5),
    ("diag check --from", "import typer", None),
    ("diag check", "floor of check", 5.0),
    ("diag vpc", "floor of vpc", 5.0),
    ("diag lb", "floor of lb", 5.0),
    ("diag sql", "floor of sql", 3.5),
    ("diag run", "floor of run", 3.5),
)
"""Program, what it is measured against, and the bound on the ratio."""


def _table(programs: Mapping[str, Program], runs: int) -> str:
    lines = [f"median of {runs} runs, {LATENCY_S * 1000:.0f} ms latency, {os.cpu_count()} cores", ""]
    lines += [f"| {'program':20} | {'wall s':>7} | {'against':20} | {'ratio':>6} | {'bound':>5} | {'peak MiB':>8} |"]
    lines += [f"|{'-' * 22}|{'-' * 9}|{'-' * 22}|{'-' * 8}|{'-' * 7}|{'-' * 10}|"]
    for name, against, bound in RATIOS:
        program, base = programs[name], programs[against]
        ratio = program.median / base.median
        lines.append(
            f"| {name:20} | {program.median:7.3f} | {against:20} | {ratio:6.2f} | "
            f"{bound if bound is not None else '–':>5} | {program.peak_mib:8.0f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)

"""The benchmark: `python -m tests.bench [RUNS]`. What counts are ratios within one run of it.

Each program is run in turn, round after round, so that the machine's noise falls on all of them alike.
All run with their bytecode compiled, as an installation has it: the first round, which compiles it, is not
counted. Where other programs have the machine as well, the ratios of the least times, and of processor time
for what needs no network, say more than those of the medians.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from tests.bench.programs import BUNDLE, LATENCY_S, ROOT, ROWS, Program, programs


def main(runs: int) -> None:
    """Run everything `runs` times and print the tables."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        fake, overrides = _start_fake()
        try:
            measured = programs(overrides, Path(folder))
            for number in range(runs + 1):
                for program in measured.values():
                    program.run(env)
                    if not number:
                        program.forget()
        finally:
            fake.kill()
            fake.wait()
        print(f"{runs} runs, {LATENCY_S * 1000:.0f} ms latency, {os.cpu_count()} cores\n")
        print("\n".join(_times(measured)))
        print(flush=True)
        for table in ("traffic", "logs"):
            subprocess.run([sys.executable, "-m", f"tests.bench.{table}"], cwd=ROOT, env=env, check=True)
            print(flush=True)


def _start_fake() -> tuple[subprocess.Popen[str], dict[str, str]]:
    """The fake in a process of its own, and the variables that point `diag` at it."""
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


def _times(measured: Mapping[str, Program]) -> Iterator[str]:
    """A line for each program: seconds, and how often its base goes into it by median, by least time, by processor."""
    yield "| program | median s | against | median s | ratio | of the least | of the CPU | bound | peak MiB |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for row in ROWS:
        program, base = measured[row.program], measured[row.against]
        wall, base_wall = median(program.wall_s), median(base.wall_s)
        least, cpu = min(program.wall_s) / min(base.wall_s), median(program.cpu_s) / median(base.cpu_s)
        bound = row.most(lambda name: median(measured[name].wall_s))
        yield (
            f"| {row.program} | {wall:.3f} | {row.against} | {base_wall:.3f} | {wall / base_wall:.2f} "
            f"| {least:.2f} | {cpu:.2f} | {bound:.2f} | {max(program.peak_mib):.0f} |"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)

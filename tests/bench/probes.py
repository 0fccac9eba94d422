"""Forty bad targets in one run: `python -m tests.bench.probes [RUNS]`; how long it takes beyond the slowest bound."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.probes.conftest import HEAD
from tests.probes.test_run import BOUND_S, Peak, faulty_targets, flooding_targets

TARGETS = {"faulty": faulty_targets, "flooding": flooding_targets}


def main(runs: int) -> None:
    """Prints a table: the run as its report has it, the whole process, and the peak of its memory."""
    print("| forty targets | run beyond the bound, s | the longest | process beyond it, s | peak MiB |")
    print("|---|---|---|---|---|")
    for name, targets in TARGETS.items():
        with tempfile.TemporaryDirectory() as folder, targets() as probes:
            file = Path(folder) / "diag.yaml"
            file.write_text(json.dumps({**HEAD, "probes": probes}), encoding="utf-8")
            found = [tuple(_measured(file)) for _ in range(runs)]
        run, process, peak = zip(*found, strict=True)
        print(f"| {name} | {median(run):.2f} | {max(run):.2f} | {median(process):.2f} | {max(peak):.0f} |", flush=True)


def _measured(file: Path) -> Iterator[float]:
    started = time.perf_counter()
    command = [sys.executable, "-m", "diag", "probe", "-r", str(file), "--format", "json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with Peak(process.pid) as peak:
        out, _ = process.communicate()
    yield json.loads(out)["duration_s"] - BOUND_S
    yield time.perf_counter() - started - BOUND_S
    yield peak.kib / 1024


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)

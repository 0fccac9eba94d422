"""What searching logs takes: all known signatures over 10,000 entries, in CPU seconds: `python -m tests.bench.logs`."""

from __future__ import annotations

import time
from collections.abc import Sequence

from diag.logs.search import KINDS, search
from diag.logs.signatures import in_logs
from tests.logs.lines import LINES, entry

ENTRIES = 10_000
BOUND_S = 1.0
_ORDINARY = [
    f'INFO:     169.254.1.1:{number} - "GET /api/threads/{number} HTTP/1.1" 200 OK id={number:032x}'
    for number in range(1000)
]
_FAILING = [line for lines in LINES.values() for line in lines]
SAMPLES: dict[str, Sequence[str]] = {
    "ordinary lines": _ORDINARY,
    "one in ten shows a signature": [*_FAILING, *_ORDINARY[: 9 * len(_FAILING)]],
    "every line shows one": _FAILING,
}


def cpu_s(lines: Sequence[str]) -> float:
    """CPU seconds of one search through as many entries, their own reading included."""
    entries = [entry(lines[number % len(lines)]) for number in range(ENTRIES)]
    started = time.process_time()
    search(entries)
    return time.process_time() - started


def main() -> None:
    """Print a line for each kind of log."""
    print(f"{len(in_logs(KINDS))} signatures over {ENTRIES} entries\n")
    print("| log | CPU s, least of 5 | bound |")
    print("|---|---|---|")
    for name, lines in SAMPLES.items():
        print(f"| {name} | {min(cpu_s(lines) for _ in range(5)):.2f} | {BOUND_S:.2f} |", flush=True)


if __name__ == "__main__":
    main()

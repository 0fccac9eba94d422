"""What each live command asks, how much at once, over how many connections: `python -m tests.bench.traffic`."""

from __future__ import annotations

import os
import subprocess

from tests.bench.programs import BUNDLE, DIAG, LATENCY_S, LIVE, REQUIREMENTS, ROOT
from tests.fake import Fake

print("| command | requests | in flight at the peak | gRPC connections | REST connections |")
print("|---|---|---|---|---|")
for command in LIVE:
    with Fake(BUNDLE, latency_s=LATENCY_S) as fake:
        subprocess.run(
            [DIAG, command, *REQUIREMENTS],
            env={**os.environ, **fake.env},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            check=False,
        )
        log = fake.log
        grpc, rest = (len(log.connections(wire)) for wire in ("grpc", "rest"))
        print(f"| diag {command} | {len(log.entries)} | {log.peak_in_flight()} | {grpc} | {rest} |", flush=True)

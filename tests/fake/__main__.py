"""Serves a bundle until it is interrupted: `python -m tests.fake BUNDLE --port N --latency 0.05`."""

from __future__ import annotations

import argparse
import contextlib
import threading
from pathlib import Path

from tests.fake import Fake, Fault


def main() -> None:
    """Prints the `export` lines that point `diag` and gcloud at the fake, then serves."""
    parser = argparse.ArgumentParser(prog="python -m tests.fake", description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that each request takes")
    parser.add_argument("--page-size", type=int)
    parser.add_argument("--fault", action="append", default=[], metavar="METHOD=FAULT[:N]", help="METHOD may be *")
    chosen = parser.parse_args()
    faults = dict(_fault(text) for text in chosen.fault)
    with Fake(
        chosen.bundle, latency_s=chosen.latency, page_size=chosen.page_size, faults=faults, port=chosen.port
    ) as fake:
        for name, value in fake.env.items():
            print(f"export {name}={value}")
        print(f"export CLOUDSDK_CORE_PROJECT={fake.project}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


def _fault(text: str) -> tuple[str, Fault | tuple[Fault, int]]:
    key, _, word = text.partition("=")
    name, _, count = word.partition(":")
    return key, (Fault(name), int(count)) if count else Fault(name)


if __name__ == "__main__":
    main()

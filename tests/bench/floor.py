"""The floor: the least program that makes the same calls. A real Typer command, rich, threads, http.client.

`python -m tests.bench.floor HOST:PORT REQUESTS_FILE`: makes every request of the file, all at once, and prints
how many there were.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import rich.console
import typer

app = typer.Typer(add_completion=False)
_local = threading.local()


@app.command()
def floor(
    address: Annotated[str, typer.Argument()],
    requests: Annotated[Path, typer.Argument()],
    workers: Annotated[int, typer.Option()] = 16,
) -> None:
    """Make the calls and count them."""

    def fetch(line: str) -> int:
        verb, path, body = json.loads(line)
        connection = getattr(_local, "connection", None)
        if connection is None:
            connection = _local.connection = http.client.HTTPConnection(address, timeout=30)
        connection.request(verb, path, body or None)
        return len(json.loads(connection.getresponse().read()))

    with ThreadPoolExecutor(workers) as pool:
        answered = list(pool.map(fetch, requests.read_text().splitlines()))
    rich.console.Console().print(f"{len(answered)} calls")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    app()

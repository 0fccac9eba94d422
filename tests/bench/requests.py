"""The REST requests of the calls that a command makes on a bundle: what the floor program has to ask.

`python -m tests.bench.requests COMMAND BUNDLE`: prints a line for each, JSON `[verb, path, body]`.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from urllib.parse import urlencode

from diag.calls import Call
from diag.cli.options import Options
from diag.cli.session import perform


def requests_of(command: str, bundle: Path) -> list[str]:
    """A line for each call that `diag COMMAND` makes, in the order of the plan: JSON `[verb, path, body]`."""
    result = perform(command, Options(bundle=bundle, requirements=(bundle / "diag.yaml",)))
    return [json.dumps(request_of(call)) for call in result.snapshot.answers]


def request_of(call: Call) -> tuple[str, str, str]:
    """Verb, path and body of one call; of a GET, the fields that are not in the path stand in the query."""
    request = dict(call.request)
    used = set(re.findall(r"{(\w+)", call.method.http))
    path = re.sub(r"{(\w+)[^}]*}", lambda found: request[found.group(1)], call.method.http)
    if call.method.post:
        return "POST", path, json.dumps({**call.body(), **call.method.constant})
    query = urlencode({name: value for name, value in request.items() if name not in used})
    return "GET", f"{path}?{query}" if query else path, ""


if __name__ == "__main__":
    print("\n".join(requests_of(sys.argv[1], Path(sys.argv[2]))))

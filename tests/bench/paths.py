"""The REST paths of the calls that a command makes on a bundle: what the floor program has to fetch."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

from diag.calls import Call
from diag.cli.options import Options
from diag.cli.session import perform


def paths_of(command: str, bundle: Path) -> list[str]:
    """A path for each call that `diag COMMAND` makes, in the order of the plan."""
    result = perform(command, Options(bundle=bundle, requirements=(bundle / "diag.yaml",)))
    return [path_of(call) for call in result.snapshot.answers]


def path_of(call: Call) -> str:
    """The REST path of one call; request fields that are not in the path stand in the query."""
    request = dict(call.request)
    used = set(re.findall(r"{(\w+)}", call.method.http))
    path = re.sub(r"{(\w+)}", lambda found: request[found.group(1)], call.method.http)
    query = urlencode({name: value for name, value in request.items() if name not in used})
    return f"{path}?{query}" if query else path

"""Running a command in this process against the fake, over real clients, or against a bundle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from diag.cli.options import Options
from diag.cli.session import Result, perform
from diag.render import json as as_json
from tests.fake import Fake

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
INCIDENT = FIXTURES / "staging-incident"
RESTORED = FIXTURES / "staging-restored"


def live(fake: Fake, bundle: Path, command: str = "check", **options: Any) -> Result:
    """The command's result over the wire, with the requirements that come with the bundle."""
    chosen: dict[str, Any] = {"requirements": (bundle / "diag.yaml",), "timeout_s": 20.0} | options
    said = Options(**chosen)
    return perform(command, said, dict(fake.env))


def recorded(path: Path, bundle: Path, command: str = "check", **options: Any) -> Result:
    """The command's result from a bundle at `path`, with the requirements of `bundle`."""
    said = Options(bundle=path, requirements=(bundle / "diag.yaml",), **options)
    return perform(command, said, {})


def comparable(result: Result) -> dict[str, Any]:
    """The JSON report without what may differ between live and recorded: source, times, duration."""
    report: dict[str, Any] = json.loads(as_json.render(result.report))
    for key in ("source", "duration_s"):
        del report[key]
    for finding in report["findings"]:
        for evidence in finding["evidence"]:
            del evidence["at"]
    report["findings"].sort(key=lambda finding: json.dumps(finding, sort_keys=True))
    return report

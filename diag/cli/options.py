"""The options that the evaluating commands share, as one value."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from diag.cli.formats import FORMATS, Target
from diag.errors import UsageError
from diag.values import dataclass

Requirements = Annotated[
    list[Path] | None,
    typer.Option(
        "--requirements",
        "-r",
        metavar="FILE",
        help="The requirements file; default diag.yaml here or in a parent folder. Later files override earlier ones.",
    ),
]
Env = Annotated[str | None, typer.Option("--env", metavar="NAME", help="One of the file's environments.")]
From = Annotated[
    Path | None,
    typer.Option("--from", metavar="PATH", help="Use a recorded bundle (a folder or its .zip) instead of the APIs."),
]
Record = Annotated[Path | None, typer.Option("--record", metavar="PATH", help="Also save what was collected.")]
Project = Annotated[
    str | None, typer.Option("--project", metavar="ID", help="The project; overrides the file and gcloud's places.")
]
Region = Annotated[str | None, typer.Option("--region", metavar="REGION", help="The default region.")]
Impersonate = Annotated[
    str | None,
    typer.Option("--impersonate-service-account", metavar="EMAIL", help="Read as this service account, as in gcloud."),
]
Billing = Annotated[
    str | None, typer.Option("--billing-project", metavar="ID", help="Charge the reads' quota to this project.")
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only", metavar="PATTERN", help="Only checks of this id, glob (vpc.*) or benchmark (cis-gcp-5.0); repeatable."
    ),
]
Skip = Annotated[
    list[str] | None,
    typer.Option("--skip", metavar="PATTERN", help="Not the checks of this id, glob or benchmark; repeatable."),
]
Formats = Annotated[
    list[str] | None,
    typer.Option("--format", "-f", metavar="FORMAT", help=f"{', '.join(FORMATS)}; repeatable, each with its -o."),
]
Outputs = Annotated[
    list[Path] | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="Write the report there; the summary still comes here. Repeatable."
    ),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there.")]
FailOn = Annotated[
    str, typer.Option("--fail-on", metavar="LEVEL", help="fail or warn: the lowest status that makes exit code 1.")
]
Timeout = Annotated[
    str, typer.Option("--timeout", metavar="DURATION", help="Bound on the whole collection: 60s, 2m. Late is unknown.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only what is not met.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Passes and evidence too.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colour, as NO_COLOR and TERM=dumb.")]

LEVELS = ("fail", "warn")
_LONGEST_S = 86400.0


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line of an evaluating command said."""

    requirements: tuple[Path, ...] = ()
    env: str | None = None
    bundle: Path | None = None
    record: Path | None = None
    project: str | None = None
    region: str | None = None
    impersonate: str | None = None
    billing_project: str | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    targets: tuple[Target, ...] = (Target(),)
    fail_on: str = "fail"
    timeout_s: float = 60.0
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False

    def __post_init__(self) -> None:
        one_of("--fail-on", self.fail_on, LEVELS)
        if self.bundle and self.record and self.bundle.resolve() == self.record.resolve():
            raise UsageError(f"--record {self.record} is the bundle that --from reads; name another path")
        for target in self.targets:
            if target.file:
                self._refuse_own_input(target.file)

    def _refuse_own_input(self, file: Path) -> None:
        """Raises `UsageError` for a report in place of what this run reads."""
        from diag.requirements.load import find_file

        written, default = file.resolve(), None if self.requirements else find_file(Path())
        if written in {path.resolve() for path in (*self.requirements, *([default] if default else []))}:
            raise UsageError(f"--output {file} is the requirements file; name another file")
        if self.bundle and self.bundle.resolve() in (written, *written.parents):
            raise UsageError(f"--output {file} is in the bundle that --from reads; name another file")


def one_of(option: str, value: str, words: tuple[str, ...]) -> None:
    """Raises `UsageError` when the value is none of the words."""
    if value not in words:
        raise UsageError(f"{option} {value} is not known; write one of: {', '.join(words)}")


def duration(option: str, text: str) -> float:
    """Seconds of `60s`, `2m` or `1h`; raises `UsageError` on another shape or on zero."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text.strip())
    seconds = float(found.group(1)) * {"s": 1, "m": 60, "h": 3600}[found.group(2)] if found else 0.0
    if seconds <= 0:
        raise UsageError(f"{option} {text} is not a duration; write for example 60s, 2m or 1h")
    if seconds > _LONGEST_S:
        raise UsageError(f"{option} {text} is longer than a day; write for example 60s, 2m or 1h")
    return seconds

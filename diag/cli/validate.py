"""`diag validate`: the restoration gate."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diag.cli import options as o
from diag.cli.light import given
from diag.errors import UsageError
from diag.waiting import turns

if TYPE_CHECKING:
    from diag.cli.formats import Target
    from diag.cli.gating import Looking
    from diag.report import GateRun, Report
    from diag.requirements.model import Requirements

Bundles = Annotated[
    list[Path] | None,
    typer.Option(
        "--from",
        metavar="PATH",
        help="Use a recorded bundle instead of the APIs. One recording is one run; repeat it, oldest first.",
    ),
]
Interval = Annotated[str, typer.Option("--interval", metavar="DURATION", help="Between two runs.")]
Wait = Annotated[
    str | None,
    typer.Option("--wait", metavar="DURATION", help="Go on that long after a run that is not clean: 30m."),
]
Bound = Annotated[
    str | None,
    typer.Option("--timeout", metavar="DURATION", help="Bound on each run's collection, default 60s. Late is unknown."),
]


def validate(
    ctx: typer.Context,
    requirements: o.Requirements = None,
    env: o.Env = None,
    bundle: Bundles = None,
    record: o.Record = None,
    project: o.Project = None,
    region: o.Region = None,
    impersonate: o.Impersonate = None,
    billing_project: o.Billing = None,
    only: o.Only = None,
    skip: o.Skip = None,
    interval: Interval = "10s",
    wait: Wait = None,
    format: o.Formats = None,
    output: o.Outputs = None,
    fail_on: o.FailOn = "fail",
    timeout: Bound = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
    no_color: o.NoColor = False,
) -> None:
    """Decide whether service is restored: checks and probes by category, and clean runs one after the other.

    A requirement is one check on one resource, or one probe; what is skipped or waived does not count. RESTORED
    takes the declared pass rate, every critical category complete without fail or unknown, nothing unknown, and
    as many clean runs as `validation.clean_runs` says (default 3). With -o report.md or report.json the result
    becomes a record that names what it stands on by its SHA-256.

    Exit code 0: RESTORED; 1: not; 2: bad usage or file; 3: only what was not seen prevents it.
    """
    from diag.cli.gating import Looking

    bundles = tuple(bundle or ())
    said = o.Options(
        requirements=tuple(requirements or ()),
        env=env,
        bundle=bundles[0] if bundles else None,
        record=record,
        project=project,
        region=region,
        impersonate=impersonate,
        billing_project=billing_project,
        only=tuple(only or ()),
        skip=tuple(skip or ()),
        targets=_targets(format or (), output or (), given(ctx)),
        fail_on=fail_on,
        quiet=quiet,
        verbose=verbose,
        no_color=no_color,
    )
    if record and bundles:
        raise UsageError("--record saves what was collected, and with --from nothing is; give one of them")
    looking = Looking(said, bundles, o.duration("--timeout", timeout) if timeout else None, os.environ)
    raise typer.Exit(_decide(looking, said, o.duration("--interval", interval), wait))


def _targets(formats: Sequence[str], files: Sequence[Path], order: Sequence[str]) -> tuple[Target, ...]:
    """Where the report goes; a lone file named *.md or *.json gets that format unless another was given."""
    from diag.cli.formats import targets

    by_name = {".md": "markdown", ".json": "json"}
    if not formats and len(files) == 1 and files[0].suffix.lower() in by_name:
        formats = (by_name[files[0].suffix.lower()],)
    return targets(formats, files, order)


def _decide(looking: Looking, said: o.Options, interval_s: float, wait: str | None) -> int:
    from diag.cli.claims import pointed_out
    from diag.cli.output import deliver
    from diag.gate.digest import standing
    from diag.gate.repeat import Pace, repeat
    from diag.report import Status

    wait_s = o.duration("--wait", wait) if wait else 0.0
    pace = Pace(interval_s, wait_s, Status.WARN if said.fail_on == "warn" else Status.FAIL)
    report, gate = repeat(looking, pace, _Clock(), _tell if not said.quiet else lambda run: None)
    files = tuple(standing(Path(file)) for file in looking.declared.files)
    report = replace(report, gate=replace(gate, bundle=looking.stands_on, requirements=files))
    deliver(pointed_out(report, looking.declared, os.environ), said)
    if report.origin.kind == "live":
        _keep(report, looking.declared)
    return gate.exit_code


def _keep(report: Report, declared: Requirements) -> None:
    """Keeps the run in the history, for status updates and trends; that this is impossible changes no verdict."""
    from diag.errors import HistoryError
    from diag.history.place import history_url
    from diag.history.store import open_history

    try:
        with open_history(history_url(declared, os.environ)) as history:
            history.record(report, "validate")
    except HistoryError as error:
        print(f"diag: this run is not kept: {error}", file=sys.stderr)


class _Clock:
    """The machine's own."""

    monotonic = staticmethod(time.monotonic)

    @staticmethod
    def sleep(seconds: float) -> None:
        for turn in turns(seconds):
            time.sleep(turn)

    def stamp(self) -> str:
        from diag.cli.session import now

        return now()


def _tell(run: GateRun) -> None:
    from diag.render.gate import run_line

    print(run_line(run), file=sys.stderr, flush=True)


COMMANDS: Mapping[str, Callable[..., None]] = {"validate": validate}

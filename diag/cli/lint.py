"""`diag lint`: the requirements file itself, without any project."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import typer

from diag.cli import options as o
from diag.cli.formats import Target, Text, targets
from diag.cli.light import given
from diag.errors import UsageError
from diag.report import Finding, Report, Status
from diag.requirements.model import Requirements


def lint(
    ctx: typer.Context,
    requirements: o.Requirements = None,
    env: o.Env = None,
    format: o.Formats = None,
    output: o.Outputs = None,
    fail_on: o.FailOn = "fail",
    quiet: o.Quiet = False,
    no_color: o.NoColor = False,
) -> None:
    """Judge diag.yaml by itself: platform limits, contradictions, what nothing in the platform shows.

    No account and no network. Each entry names file and line, the limit, its source, and what to declare
    instead. Silent when there is nothing to say.

    Exit code 0: nothing, or warnings; 1: a requirement that the platform cannot meet; 2: a file with faults.
    """
    said = o.Options(
        requirements=tuple(requirements or ()),
        env=env,
        targets=targets(format or (), output or (), given(ctx)),
        fail_on=fail_on,
        quiet=quiet,
        no_color=no_color,
    )
    started = time.perf_counter()
    files = _files(said)
    declared = _declared(files, env)
    findings, taken_at = _findings(declared)
    _deliver(_report(declared, findings, taken_at, time.perf_counter() - started), ", ".join(map(str, files)), said)
    bad = {Status.FAIL, Status.WARN} if fail_on == "warn" else {Status.FAIL}
    raise typer.Exit(1 if bad & {finding.status for finding in findings} else 0)


def _files(options: o.Options) -> list[Path]:
    from diag.requirements.load import find_file

    if options.requirements:
        return list(options.requirements)
    found = find_file(Path())
    if found is None:
        raise UsageError("no requirements file: neither this folder nor its parents hold a diag.yaml; give one with -r")
    return [found]


def _declared(files: Sequence[Path], environment: str | None) -> Requirements:
    from diag.requirements.load import load

    return load(files, environment=environment)


def _findings(declared: Requirements) -> tuple[tuple[Finding, ...], str]:
    """What the rules find, waived where a waiver says so, and the moment of asking (RFC 3339, UTC).

    An expired waiver is told, whatever it is for; whether one is unused only a whole run can tell.
    """
    from datetime import UTC, datetime

    from diag import waivers
    from diag.lint import lint as judged_by_rules

    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    applied = waivers.apply(judged_by_rules(declared), declared, now, [waiver.check for waiver in declared.waivers])
    return tuple(finding for finding in applied if finding.check != "req.waiver-unused"), now


def _report(declared: Requirements, findings: tuple[Finding, ...], taken_at: str, duration_s: float) -> Report:
    from diag.report import Origin

    return Report(
        project=declared.project,
        region=declared.region,
        environment=declared.environment,
        origin=Origin(kind="file", taken_at=taken_at, path=", ".join(declared.files)),
        duration_s=duration_s,
        findings=findings,
    )


def _deliver(report: Report, files: str, options: o.Options) -> None:
    """The entries to stdout or to files; the summary to stderr, as a linter's silence is its good news."""
    from diag.cli.output import print_text, write_text
    from diag.render.lint import summary

    for target in options.targets:
        if target.file:
            write_text(target.file, _rendered(report, target, options))
    written = [f"report: {target.file}" for target in options.targets if target.file]
    shown = next((target for target in options.targets if target.file is None), None)
    if shown is None:
        print_text("\n".join([summary(report.findings, files), *written]))
        return
    if text := _rendered(report, shown, options):
        print_text(text)
    if shown.format == "text" and not options.quiet:
        written.append(summary(report.findings, files))
    for line in written:
        typer.echo(line, err=True)


def _rendered(report: Report, target: Target, options: o.Options) -> Text:
    from diag.cli.output import colour_wanted, page_width, rendered

    if target.format != "text":
        return rendered(report, target, options)
    from diag.render.lint import render

    width = None if target.file else page_width()
    colour = width is not None and not options.no_color and colour_wanted()
    return render(report.findings, width=width, colour=colour, quiet=options.quiet)


COMMANDS: Mapping[str, Callable[..., None]] = {"lint": lint}

"""From options to probes: which file, which probes, from where, and the report of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from diag import waivers
from diag.cli.claims import pointed_out
from diag.cli.options import Options
from diag.cli.output import check_output, print_text, write_text
from diag.errors import UsageError
from diag.probes.declared import Probe, declared_probes
from diag.probes.findings import Scene, finding
from diag.probes.password import READ_S, Passwords, Reader
from diag.probes.run import run
from diag.probes.vantage import vantage
from diag.report import Finding, Origin, Report
from diag.requirements.model import Requirements

DEFAULT_TIMEOUT = 60.0
"""Seconds for a whole run in which no single probe may take longer."""

Others = Callable[[tuple[Finding, ...]], tuple[Finding, ...]]
"""Sets the findings of another vantage beside those given."""


def perform(
    names: tuple[str, ...],
    options: Options,
    merge: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Report:
    """Probe what is declared and report it; raises `DiagError` for whatever a user can cause."""
    environ = dict(os.environ) if environ is None else environ
    started = time.perf_counter()
    for target in options.targets:
        if target.file:
            check_output(target.file)
    declared = requirements(options)
    probes = declared_probes(declared, names, environ)
    taken_at = _now()
    known = passwords(options, environ)
    found = measure(declared, probes, options.timeout_s, environ, known, _others(merge), chosen=bool(names))
    report = Report(
        project=declared.project,
        region=declared.region,
        environment=declared.environment,
        origin=Origin(kind="live", taken_at=taken_at, project_from=declared.files[-1]),
        duration_s=round(time.perf_counter() - started, 3),
        findings=found,
        notes=(f"beside the report of {merge}",) if merge else (),
    )
    return pointed_out(report, declared, environ)


def measure(
    declared: Requirements,
    probes: Sequence[Probe],
    timeout_s: float,
    environ: Mapping[str, str],
    known: Passwords,
    others: Others = lambda own: own,
    *,
    chosen: bool = False,
) -> tuple[Finding, ...]:
    """The findings of the probes, after the waivers; `timeout_s` 0 is the default bound.

    `known` are the passwords out of Secret Manager: those that it has read before are not read again.
    `chosen` says that these are not all that are declared: a waiver of a probe that was left out is then neither
    used nor unused.
    """
    scene = Scene(vantage(environ), _now())
    bound = timeout_s or max(DEFAULT_TIMEOUT, *(_longest(probe) for probe in probes))
    try:
        found = others(tuple(finding(outcome, scene) for outcome in run(probes, bound, known)))
    finally:
        known.close()
    judged = () if chosen else sorted({probe.check for probe in probes})
    return tuple(waivers.apply(found, declared, scene.taken_at, judged))


def _longest(probe: Probe) -> float:
    return probe.bound + 1 + (READ_S if probe.password_secret else 0)


def passwords(options: Options, environ: Mapping[str, str]) -> Passwords:
    """Passwords out of Secret Manager, read with the credentials that the options name; none is read before a probe."""

    def opened() -> Reader:
        from diag.cloud.passwords import PasswordReader

        who = {"impersonate": options.impersonate, "billing_project": options.billing_project}
        return PasswordReader(environ, **who)

    return Passwords(opened)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def commands(names: tuple[str, ...], options: Options, environ: Mapping[str, str] | None = None) -> None:
    """Print, or write, the commands that run the probes inside the VPC."""
    from diag.probes.inside import jobs, page, page_json

    declared = requirements(options)
    found = jobs(declared, declared_probes(declared, names, dict(os.environ) if environ is None else environ))
    (target,) = options.targets
    text = page_json(found) if target.format == "json" else page(found)
    if target.file:
        write_text(target.file, text)
        print_text(f"{target.file} written; read it, then run it")
    else:
        print_text(text)


def requirements(options: Options) -> Requirements:
    """The requirements file that was given, or is found from here upwards; probes and a watch need one."""
    from diag.requirements.load import find_file, load

    found = find_file(Path())
    files = list(options.requirements) or ([found] if found else [])
    if not files:
        raise UsageError("no requirements file here; name it with -r, or write one: diag init -o diag.yaml")
    return load(files, environment=options.env, project=options.project, region=options.region)


def _others(merge: Path | None) -> Others:
    """Sets the findings of another vantage beside those given; the file is read now, before anything is probed."""
    if not merge:
        return lambda own: own
    from diag.probes.merge import merged, read_findings

    theirs = read_findings(merge)
    return lambda own: merged(own, theirs)

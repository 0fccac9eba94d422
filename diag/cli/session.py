"""From options to a run: requirements, project and region, the source, and the head of the report."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from diag import __version__
from diag.calls import METHODS
from diag.cli.options import Options
from diag.cloud.project import Named, find_project, find_region
from diag.collect import Progress, collect, replay
from diag.errors import RequirementsError, UsageError
from diag.facts.world import World
from diag.pipeline import Run, judge, take
from diag.plan import REGIONAL_TOPICS, Plan
from diag.report import Origin, Place, Report
from diag.requirements.model import LoadBalancer, Requirements
from diag.select import Selection
from diag.snapshot import Snapshot

if TYPE_CHECKING:
    from diag.cloud.live import LiveSource


@dataclass(frozen=True)
class Result:
    """A finished run: its report, and what it stands on."""

    report: Report
    snapshot: Snapshot
    run: Run


def perform(command: str, options: Options, environ: dict[str, str] | None = None) -> Result:
    """Load, collect, judge and, where asked, record; raises `DiagError` for whatever a user can cause."""
    environ = dict(os.environ) if environ is None else environ
    started = time.perf_counter()
    selection = Selection(command, options.only, options.skip)
    if options.bundle:
        run, snapshot, origin = _from_bundle(selection, options)
    else:
        run, snapshot, origin = _live(command, selection, options, environ)
    if options.record:
        save(options.record, snapshot, run, origin)
    return Result(judge(run, snapshot, origin, started), snapshot, run)


def survey(options: Options, environ: dict[str, str] | None = None) -> str:
    """A starter requirements file for what the project, or a bundle, holds now; raises `DiagError` as `perform`."""
    from diag.bundle.read import BundleSource, read
    from diag.bundle.redact import RedactingSource
    from diag.init import READS, starter
    from diag.requirements.load import without_file

    environ = dict(os.environ) if environ is None else environ
    recorded = read(options.bundle) if options.bundle else None
    project = find_project(options.project, recorded.project if recorded else None, environ)
    region = find_region(options.region, recorded.region if recorded else None, environ)
    if not project:
        raise UsageError(hints("init", region))
    if not region:
        raise UsageError("no region: give --region, for example --region us-central1")
    taken_at = recorded.taken_at if recorded else now()
    plan = Plan.of(without_file(project.value, region.value), READS, taken_at)
    if recorded:
        answers = replay(plan, RedactingSource(BundleSource(recorded), {}))
    else:
        with live_source(plan.topics, options, environ) as live, progress() as told:
            answers = collect(plan, RedactingSource(live, {}), options.timeout_s, told)
    snapshot = Snapshot(project.value, region.value, taken_at, answers)
    return starter(World(snapshot), project.value, region.value)


def now() -> str:
    """The moment of collection: RFC 3339, UTC, whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def save(path: Path, snapshot: Snapshot, run: Run, origin: Origin) -> None:
    """Write what was collected as a bundle; raises `BundleError` when that is not possible."""
    from diag.bundle.format import Manifest
    from diag.bundle.write import write

    manifest = Manifest(
        project=snapshot.project,
        region=snapshot.region,
        regions=tuple(dict.fromkeys(region for _, region in run.declared.scopes())),
        taken_at=snapshot.taken_at,
        principal=origin.principal,
        tool=__version__,
    )
    write(path, manifest, snapshot.answers)


def _from_bundle(selection: Selection, options: Options) -> tuple[Run, Snapshot, Origin]:
    from diag.bundle.read import BundleSource, read
    from diag.bundle.redact import RedactingSource

    if not options.bundle:
        raise UsageError("--from needs the path of a bundle")
    recorded = read(options.bundle)
    declared = load_requirements(options, recorded.project, recorded.region)
    if declared.project != recorded.project:
        raise UsageError(
            f"{options.bundle} was recorded from {recorded.project}, and the requirements are for {declared.project}; "
            f"use the requirements of {recorded.project}, or --project {recorded.project}"
        )
    run = _checked(Run(declared, selection))
    source = RedactingSource(BundleSource(recorded), declared_env(declared))
    snapshot = take(run, source, recorded.taken_at, None)
    origin = Origin(
        kind="bundle",
        taken_at=recorded.taken_at,
        principal=recorded.principal,
        path=str(options.bundle),
        calls=len(snapshot.answers),
    )
    return run, snapshot, origin


def _live(
    command: str, selection: Selection, options: Options, environ: dict[str, str]
) -> tuple[Run, Snapshot, Origin]:
    from diag.bundle.redact import RedactingSource

    project = find_project(options.project, None, environ)
    region = find_region(options.region, None, environ)
    declared = load_requirements(options, project.value if project else None, region.value if region else None)
    if not declared.project:
        raise UsageError(hints(command, region))
    run = _checked(Run(declared, selection))
    with live_source(run.topics, options, environ) as live:
        source = RedactingSource(live, declared_env(declared))
        taken_at = now()
        with progress() as told:
            snapshot = take(run, source, taken_at, options.timeout_s, told)
        who = live.identity
    origin = Origin(
        kind="live",
        taken_at=taken_at,
        principal=who.principal if who else None,
        project_from=_who_named(options, declared, project),
        quota_project=who.quota_project if who else None,
        calls=len(snapshot.answers),
    )
    return run, snapshot, origin


@contextmanager
def live_source(topics: frozenset[str], options: Options, environ: dict[str, str]) -> Iterator[LiveSource]:
    """The live source for the APIs that give these topics."""
    from diag.cloud.live import open_live

    families = {topic.partition("/")[0] for topic in topics}
    apis = dict.fromkeys(method.api for method in METHODS.values() if method.topic in families)
    live = open_live(apis, environ, impersonate=options.impersonate, billing_project=options.billing_project)
    try:
        yield live
    finally:
        live.close()


def declared_env(declared: Requirements) -> dict[str, Mapping[str, str]]:
    """Values that the requirements file states itself, by service: they need no redaction."""
    return {service.name: service.env for service in declared.services.values() if service.env}


def load_requirements(options: Options, project: str | None, region: str | None) -> Requirements:
    """The file (given, or found from here upwards), or requirements without one; `project` is "" when unknown.

    The project and region that are passed stand only where neither an option nor the file names one.
    """
    from diag.requirements.load import find_file, load, without_file

    files = list(options.requirements)
    if not files and not (options.project or options.bundle):
        found = find_file(Path.cwd())
        files = [found] if found else []
    if not files:
        if options.env:
            raise UsageError("--env names an environment of a requirements file, and there is none; give one with -r")
        return without_file(options.project or project or "", options.region or region)
    loaded = load(files, environment=options.env, project=options.project, region=options.region)
    if loaded.region or not region:
        return loaded
    return load(files, environment=options.env, project=options.project, region=region)


def _checked(run: Run) -> Run:
    """The run, when every resource that its checks look at has a region to be looked for in."""
    declared = run.declared
    if not REGIONAL_TOPICS & run.topics:
        return run
    lines = [
        f"{_place(item.at())}: {item.name} has no region; "
        "write region: at the top of the file or in this entry, or give --region"
        for item in declared.resources()
        if not item.region and not isinstance(item, LoadBalancer)
    ]
    if lines:
        raise RequirementsError(lines)
    if not declared.scopes():
        raise UsageError("no region: give --region, for example --region us-central1, or write region: in diag.yaml")
    return run


def _place(place: Place | None) -> str:
    return f"{place.file}:{place.line}:{place.column}" if place else "diag.yaml:1:1"


def _who_named(options: Options, declared: Requirements, found: Named | None) -> str:
    if options.project:
        return "--project"
    if declared.files:
        return declared.files[-1]
    return found.source if found else "?"


def hints(command: str, region: Named | None) -> str:
    """What to type when neither a file nor a project is known."""
    where = region.value if region else "us-central1"
    return (
        "no requirements file here and no project; type one of\n"
        f"  diag {command} --project PROJECT --region {where}      judge what needs no declaration\n"
        f"  diag init --project PROJECT --region {where} -o diag.yaml     write a starter file\n"
        "  diag demo                                              see a recorded incident, no account needed"
    )


@contextmanager
def progress() -> Iterator[Progress | None]:
    """Tells on a terminal's stderr how far the calls are; silent elsewhere."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    try:
        yield lambda done, known: print(
            f"\r\x1b[2Kreading: {done} of {known} calls", end="", file=sys.stderr, flush=True
        )
    finally:
        print("\r\x1b[2K", end="", file=sys.stderr, flush=True)

"""From options to a run: requirements, project and region, the source, and the head of the report."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from diag import __version__
from diag.calls import METHODS, Answer, Gap, GapKind
from diag.cli.about import (
    check_options,
    complete,
    load_requirements,
    sound_project,
    sound_region,
    to_type,
    who_named,
)
from diag.cli.options import Options
from diag.cli.output import check_output
from diag.cloud.project import Named, find_project, find_region
from diag.collect import Progress, collect, replay
from diag.errors import NothingSeenError, UsageError
from diag.facts.world import World
from diag.pipeline import Run, judge, take
from diag.plan import Plan
from diag.report import Origin, Report
from diag.requirements.model import Requirements
from diag.select import Selection
from diag.snapshot import Snapshot
from diag.values import dataclass

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
    check_targets(options)
    selection = Selection(command, options.only, options.skip)
    if options.bundle:
        run, snapshot, origin = _from_bundle(command, selection, options)
    else:
        run, snapshot, origin = _live(command, selection, options, environ)
    if options.record:
        save(options.record, snapshot, run, origin)
    return Result(judge(run, snapshot, origin, started), snapshot, run)


@dataclass(frozen=True)
class Survey:
    """A starter requirements file, and what could not be seen for it."""

    text: str
    gaps: tuple[Gap, ...]


def survey(options: Options, environ: dict[str, str] | None = None) -> Survey:
    """A starter requirements file for what the project, or a bundle, holds now; raises `DiagError` as `perform`."""
    from diag.bundle.read import BundleSource, read
    from diag.bundle.redact import RedactingSource
    from diag.init import READS, starter, surveyed

    environ = dict(os.environ) if environ is None else environ
    check_options(options)
    recorded = read(options.bundle) if options.bundle else None
    project = sound_project(find_project(options.project, recorded.project if recorded else None, environ))
    region = sound_region(find_region(options.region, recorded.region if recorded else None, environ))
    if not (project and region):
        raise to_type("init", project, region)
    taken_at = recorded.taken_at if recorded else now()
    plan = Plan.of(surveyed(project, region), READS, taken_at)
    if recorded:
        answers = replay(plan, RedactingSource(BundleSource(recorded), {}))
    else:
        with live_source(plan.topics, options, environ) as live, progress() as told:
            answers = collect(plan, RedactingSource(live, {}), options.timeout_s, told)
    snapshot = Snapshot(project, region, taken_at, answers)
    gaps = tuple(gap for gap in snapshot.gaps() if not (recorded and _may_lack(gap)))
    if gaps and not any(isinstance(answer, Answer) for answer in answers.values()):
        raise NothingSeenError(
            f"nothing of {project} could be read: {gaps[0].message}; {gaps[0].advice or 'try again'}"
        )
    return Survey(starter(World(snapshot), project, region), gaps)


def _may_lack(gap: Gap) -> bool:
    """Whether a bundle need not hold it for a starter file."""
    from diag.init import IF_THERE

    return gap.kind is GapKind.NOT_COLLECTED and gap.call is not None and gap.call.method.topic in IF_THERE


def check_targets(options: Options) -> None:
    """Raises `DiagError` where the report or the bundle cannot be written, before a run's work is lost to it."""
    for target in options.targets:
        if target.file:
            check_output(target.file)
    if options.record:
        from diag.bundle.write import check_target

        check_target(options.record)


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


def _from_bundle(command: str, selection: Selection, options: Options) -> tuple[Run, Snapshot, Origin]:
    from diag.bundle.read import BundleSource, read
    from diag.bundle.redact import RedactingSource

    if not options.bundle:
        raise UsageError("--from needs the path of a bundle")
    recorded = read(options.bundle)
    region = Named(recorded.region, str(options.bundle)) if recorded.region else None
    declared = load_requirements(options, Named(recorded.project, str(options.bundle)), region)
    if declared.project != recorded.project:
        raise UsageError(
            f"{options.bundle} was recorded from {recorded.project}, "
            f"and {who_named(options, declared, None)} names {declared.project}; "
            f"give the requirements of {recorded.project} with -r, or --project {recorded.project}"
        )
    run = complete(command, Run(declared, selection))
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
    declared = load_requirements(options, project, region)
    run = complete(command, Run(declared, selection))
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
        project_from=who_named(options, declared, project),
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

"""What a run is about: the requirements file, the project and the region, and which place named them."""

from __future__ import annotations

from pathlib import Path

from diag.cli.options import Options
from diag.cloud.project import Named
from diag.errors import RequirementsError, UsageError
from diag.pipeline import Run
from diag.plan import REGIONAL_TOPICS
from diag.report import Place
from diag.requirements import names
from diag.requirements.document import Scalar
from diag.requirements.kinds import Kind, Wrong
from diag.requirements.load import find_file, load, without_file
from diag.requirements.model import LoadBalancer, Requirements


def load_requirements(options: Options, project: Named | None, region: Named | None) -> Requirements:
    """The file (given, or found from here upwards), or requirements without one; `project` is "" when unknown.

    The project and region that are passed stand only where neither an option nor the file names one.
    """
    check_options(options)
    found = find_file(Path())
    files = list(options.requirements) or ([found] if found else [])
    if not files:
        if options.env:
            raise UsageError("--env names an environment of a requirements file, and there is none; give one with -r")
        return without_file(options.project or sound_project(project) or "", options.region or sound_region(region))
    loaded = load(files, environment=options.env, project=options.project, region=options.region)
    if loaded.region or not region:
        return loaded
    return load(files, environment=options.env, project=options.project, region=sound_region(region))


def check_options(options: Options) -> None:
    """Raises `UsageError` for a `--project` or `--region` that cannot be one, the empty text included."""
    if options.project is not None:
        sound_project(Named(options.project, "--project"))
    if options.region is not None:
        sound_region(Named(options.region, "--region"))


def sound_project(found: Named | None) -> str | None:
    """The project's id; raises `UsageError` that names the source when it cannot be one."""
    return _sound(found, names.PROJECT)


def sound_region(found: Named | None) -> str | None:
    """The region; raises `UsageError` that names the source when it has not the form of one."""
    return _sound(found, names.REGION)


def _sound(found: Named | None, kind: Kind) -> str | None:
    if found is None:
        return None
    try:
        kind.read(Scalar(Place(found.source, 1), found.value, found.value))
    except Wrong as wrong:
        raise UsageError(f"{found.source}: {wrong.what}; {wrong.write}") from None
    return found.value


def complete(command: str, run: Run) -> Run:
    """The run, when its project is known and every resource that its checks look at has a region to look in."""
    declared = run.declared
    regional = bool(REGIONAL_TOPICS & run.topics)
    if not declared.project or (regional and not declared.files and not declared.region):
        raise to_type(command, declared.project, declared.region)
    if not regional:
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


def who_named(options: Options, declared: Requirements, found: Named | None) -> str:
    """The place that named the project, as the report shows it."""
    if options.project:
        return "--project"
    written = declared.at("project")
    if written:
        return written.file
    return found.source if found else "?"


def to_type(command: str, project: str | None, region: str | None) -> UsageError:
    """The error of a run with neither a file nor both project and region: three commands, filled in."""
    where = f"--project {project or 'PROJECT'} --region {region or 'REGION'}"
    lines = {
        f"diag {command} {where}": "judge what needs no declaration",
        f"diag init {where} -o diag.yaml": "write a starter file",
        "diag demo": "see a recorded incident, no account needed",
    }
    if command == "init":
        del lines[f"diag init {where}"]
    missing = " and no ".join(word for word, value in (("project", project), ("region", region)) if not value)
    width = max(map(len, lines))
    said = "\n".join(f"  {line:<{width}}   {what}" for line, what in lines.items())
    return UsageError(f"no requirements file here and no {missing}; type one of\n{said}")

"""The formats of a report by name, and which of them goes where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from diag.errors import UsageError
from diag.report import Report, Status
from diag.values import dataclass

Text = str | Iterable[str]
"""A text, or its parts one after the other: a large report need not be in memory as a whole."""


@dataclass(frozen=True)
class Look:
    """How a report is to be shown; formats for machines read what concerns them."""

    width: int | None = None
    colour: bool = False
    verbose: bool = False
    quiet: bool = False
    fail_on: Status = Status.FAIL


def _text(report: Report, look: Look) -> str:
    from diag.render import text

    return text.render(
        report,
        width=look.width,
        colour=look.colour,
        verbose=look.verbose,
        quiet=look.quiet,
        fail_on=look.fail_on,
    )


def _json(report: Report, look: Look) -> Iterator[str]:
    from diag.render import json

    return json.parts(report)


def _markdown(report: Report, look: Look) -> str:
    from diag.render import markdown, record

    if report.gate:
        return record.render(report, report.gate, look.fail_on)
    return markdown.render(report, look.fail_on)


def _junit(report: Report, look: Look) -> str:
    from diag.render import junit

    return junit.render(report, look.fail_on)


def _sarif(report: Report, look: Look) -> str:
    from diag.described import documentation
    from diag.render import sarif

    return sarif.render(report, documentation(finding.check for finding in report.findings), in_repository)


def _csv(report: Report, look: Look) -> str:
    from diag.render import csv

    return csv.render(report)


def _github(report: Report, look: Look) -> str:
    from diag.render import github

    return github.render(report, look.fail_on, in_repository)


RENDERERS: Mapping[str, Callable[[Report, Look], Text]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "junit": _junit,
    "sarif": _sarif,
    "csv": _csv,
    "github": _github,
}
FORMATS = tuple(RENDERERS)


def in_repository(file: str) -> str:
    """The file's path from the root of the repository that the current folder is in, or else from that folder.

    With `/` on every system; a file elsewhere keeps its whole path.
    """
    try:
        here = Path.cwd()
        root = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
        return (here / file).resolve().relative_to(root.resolve()).as_posix()
    except (OSError, ValueError):
        return Path(file).as_posix()


@dataclass(frozen=True)
class Target:
    """One report to give: its format, and the file that it goes to; None is the terminal."""

    format: str = "text"
    file: Path | None = None


def targets(formats: Sequence[str], files: Sequence[Path], order: Sequence[str] = ()) -> tuple[Target, ...]:
    """Which format goes to which file, from the --format and --output that were given.

    As many of both are paired one by one. With fewer outputs, each belongs to the format just before it in
    `order` (the options' names as they were typed), and what is left, one at most, goes to the terminal.
    Raises `UsageError` where that says nothing.
    """
    formats = list(formats) or ["text"]
    for format in formats:
        if format not in RENDERERS:
            raise UsageError(f"--format {format} is not known; write one of: {', '.join(FORMATS)}")
    if len(files) == len(formats) or not files:
        places: list[Path | None] = [*files, *[None] * (len(formats) - len(files))]
    else:
        places = _after_formats(formats, files, [name for name in order if name in ("format", "output")])
    _refuse_clashes(formats, places)
    return tuple(map(Target, formats, places))


def _after_formats(formats: Sequence[str], files: Sequence[Path], order: Sequence[str]) -> list[Path | None]:
    places: list[Path | None] = [None] * len(formats)
    left = list(files)
    format = -1
    for number, name in enumerate(order):
        if name == "format":
            format += 1
        elif number and order[number - 1] == "format":
            places[format] = left.pop(0)
        else:
            break
    if left:
        raise UsageError(
            f"--output {left[0]} has no format of its own; write it right after its --format: -f json -o FILE"
        )
    return places


def _refuse_clashes(formats: Sequence[str], places: Sequence[Path | None]) -> None:
    shown = [format for format, place in zip(formats, places, strict=True) if place is None]
    if len(shown) > 1:
        raise UsageError(f"only one report fits on the terminal, not {' and '.join(shown)}; give the others -o FILE")
    named = [place.resolve() for place in places if place]
    for place in named:
        if named.count(place) > 1 and not place.is_char_device():
            raise UsageError(f"two reports cannot go to one file, {place.name}; name another with -o")

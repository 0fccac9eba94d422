"""Where a report goes: the terminal, a pipe, a file."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from diag.cli.formats import RENDERERS, Look, Target, Text
from diag.cli.options import Options
from diag.errors import UsageError
from diag.report import Report, Status

PART = 1 << 20


def deliver(report: Report, options: Options) -> int:
    """Write the report in every format to where the options ask for it; returns the exit code.

    The terminal gets the report that has no file, or else the summary.
    """
    for target in options.targets:
        if target.file:
            write_text(target.file, rendered(report, target, options))
    written = [f"report: {target.file}" for target in options.targets if target.file]
    for target in options.targets:
        if target.file is None:
            print_text(rendered(report, target, options))
            for line in written:
                print(line, file=sys.stderr)
            break
    else:
        print_text("\n".join([_summary(report, options), *written]))
    return report.exit_code(_fail_on(options))


def rendered(report: Report, target: Target, options: Options) -> Text:
    """The report in the target's format, as wide and as coloured as the place it goes to allows."""
    width = None if target.file else page_width()
    return RENDERERS[target.format](
        report,
        Look(
            width=width,
            colour=width is not None and not options.no_color and colour_wanted(),
            verbose=options.verbose,
            quiet=options.quiet,
            fail_on=_fail_on(options),
        ),
    )


def _fail_on(options: Options) -> Status:
    return Status.WARN if options.fail_on == "warn" else Status.FAIL


def _summary(report: Report, options: Options) -> str:
    from diag.render import text

    return text.summary(report, _fail_on(options))


def page_width() -> int | None:
    """Columns of the terminal; None when stdout is none, and then nothing is wrapped."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def colour_wanted() -> bool:
    """Whether the environment allows colour: NO_COLOR (any value but empty) and TERM=dumb say no."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def print_text(text: Text) -> None:
    """Text, or its parts, to stdout, ending in one newline.

    What the terminal's encoding lacks is replaced, never fatal. A reader that went away (`| head`) is no
    error; raises `UsageError` where nothing can be written.
    """
    encoding = sys.stdout.encoding or "utf-8"
    try:
        for part in _parts(text):
            sys.stdout.write(part.encode(encoding, "replace").decode(encoding))
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            said = error.strerror or error
            raise UsageError(f"the output could not be written: {said}; name a file with -o") from error


def check_output(path: Path) -> None:
    """Raises `UsageError` where a file of that name cannot be written, before a run's work is lost to it."""
    try:
        if path.is_dir() or not path.name:
            raise UsageError(f"--output {path} is a folder; name a file in it")
        if not path.parent.is_dir():
            raise UsageError(f"--output {path}: the folder {path.parent} does not exist; make it first")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise UsageError(f"--output {path}: permission denied; name a file elsewhere")
    except OSError as error:
        raise UsageError(f"--output {path}: {error.strerror or error}; name a file elsewhere") from error


def write_text(path: Path, text: Text) -> None:
    """Text, or its parts, to a file, whole or not at all; raises `UsageError` when it cannot be written."""
    try:
        if path.exists() and not path.is_file():
            _write(path, text)  # a device or a pipe is written to, never replaced
        else:
            _replace(path.resolve(), text)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}; choose another --output") from error


def _replace(path: Path, text: Text) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        _write(draft, text)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write(path: Path, text: Text) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(_parts(text))


def _parts(text: Text) -> Iterator[str]:
    """The text in parts, the last of which ends the line: written at once, a large one is in memory twice, as bytes."""
    part = ""
    for part in (text[at : at + PART] for at in range(0, len(text), PART)) if isinstance(text, str) else text:
        yield part
    if not part.endswith("\n"):
        yield "\n"

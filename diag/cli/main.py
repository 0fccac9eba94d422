"""The console entry point: which command is meant, and what becomes of errors and signals.

A command's module is imported when the command runs, so that `--help` and `--version` cost no more
than Typer itself.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Mapping
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand

from diag import __version__
from diag.cli.light import LightCommand, LightGroup
from diag.errors import DiagError, UsageError

COMMANDS: Mapping[str, tuple[str, str]] = {
    "check": ("evaluate", "Judge every requirement of diag.yaml, with evidence."),
    "vpc": ("evaluate", "check for egress: connectors, Direct VPC, NAT, routes, peering."),
    "sql": ("evaluate", "check for Cloud SQL."),
    "lb": ("evaluate", "check for the load balancer and its certificates."),
    "run": ("evaluate", "check for Cloud Run: services, revisions, environment."),
    "probe": ("probe", "Test the declared endpoints, each timed by phase."),
    "validate": ("validate", "The restoration gate: checks, probes, consecutive clean runs."),
    "watch": ("watch", "Check and probe again and again; say what turns."),
    "report": ("report", "Write the status update since the last one. No network."),
    "note": ("note", "Keep a note for the next status update. No network."),
    "history": ("history", "List and show kept runs; the trend of a check or a probe."),
    "record": ("record", "Save every API answer of a run as a bundle, redacted."),
    "demo": ("demo", "Check the bundled recorded incident: no account, no network."),
    "lint": ("lint", "Judge diag.yaml itself: platform limits, contradictions. No network."),
    "init": ("init", "Write a starter diag.yaml from the live project or a bundle."),
    "checks": ("catalogue", "List the checks."),
    "explain": ("catalogue", "Explain one check, with its fix."),
    "role": ("role", "Print the least IAM role that a selection of checks needs."),
    "schema": ("schema", "Print the JSON Schema of diag.yaml, or of the report."),
}
"""Command → module of this folder, and the line that `--help` shows."""


class LazyGroup(LightGroup):
    """A group whose commands are names and help lines until one of them is run."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        found = COMMANDS.get(cmd_name)
        return TyperCommand(name=cmd_name, callback=None, help=found[1]) if found else None

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise UsageError(_no_such_command(args[0]))
        name, stub, rest = super().resolve_command(ctx, args)
        return (name, _load(name), rest) if name and stub else (name, stub, rest)


def _no_such_command(word: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, COMMANDS, n=1)
    hint = f"did you mean `diag {near[0]}`?" if near else "see `diag --help`"
    return f"there is no command {word}; {hint}"


def _load(name: str) -> Any:
    module, summary = COMMANDS[name]
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    function = importlib.import_module(f"diag.cli.{module}").COMMANDS[name]
    app.command(name, cls=LightCommand, help=function.__doc__ or summary)(function)
    return typer.main.get_command(app)


app = typer.Typer(
    cls=LazyGroup,
    name="diag",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"diag {__version__}")
        raise typer.Exit


@app.callback(
    epilog="Exit codes: 0 all met, 1 a requirement is not met, 2 bad usage or file, "
    "3 something could not be decided, 70 a defect of diag, 130 interrupted."
)
def diag(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Is what must hold between a client and its database true in this Google Cloud project?

    Declare it in diag.yaml; diag reads the project, judges each line with evidence, and never calls
    green what it did not see. It changes nothing.
    """


_STOPPED = {130: "interrupted", 143: "terminated", 129: "the terminal went away"}
"""Exit codes of signals, and what is said then."""


def run(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code; every message is printed, nothing is raised."""
    try:
        code = app(args=argv, prog_name="diag", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except SystemExit as stop:
        code = stop.code
    except DiagError as error:
        print(f"diag: {error}" if not hasattr(error, "lines") else error, file=sys.stderr)
        return error.exit_code
    except Exception as error:
        return _said_by_typer(error)
    if code in _STOPPED:
        print(f"diag: {_STOPPED[code]}", file=sys.stderr)
    return code if isinstance(code, int) else 0


def _said_by_typer(error: Exception) -> int:
    show = getattr(error, "show", None)
    if show is None:
        return _defect(error)
    show()
    return int(getattr(error, "exit_code", 2))


def _defect(error: Exception) -> int:
    where = error.__traceback__
    while where and where.tb_next:
        where = where.tb_next
    place = f"{os.path.basename(where.tb_frame.f_code.co_filename)}:{where.tb_lineno}" if where else "?"
    print(
        f"diag: a defect of diag itself: {type(error).__name__} in {place}\n"
        f"  please report it with the output of `diag --version`, the command line, and DIAG_TRACEBACK=1 set",
        file=sys.stderr,
    )
    if os.environ.get("DIAG_TRACEBACK"):
        raise error
    return 70


def main() -> NoReturn:
    """The console script: run, flush, and leave without tearing down what the system frees anyway.

    Interpreter teardown after the Google clients' imports costs 0.3–0.6 s; the threads of calls
    that never answered would hold it up for longer.
    """
    _prepare_streams()
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _stop)
    code = run()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        pass  # a reader that went away (`| head`) is no error
    except OSError as error:
        print(f"diag: the output could not be written: {error.strerror}; name a file with -o", file=sys.stderr)
        code = 2
    os._exit(code)


def _prepare_streams() -> None:
    """Python has no stream where the caller closed it (`>&-`); what is written there then goes nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


def _stop(number: int, _frame: object) -> NoReturn:
    """Ends the run as Ctrl-C does, so that whatever is half-written is removed."""
    raise SystemExit(128 + number)

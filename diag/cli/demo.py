"""`diag demo`: the bundled recorded incident."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import typer

import diag
from diag.cli import options as o
from diag.errors import UsageError


def demo(format: o.Formats = None, verbose: o.Verbose = False, no_color: o.NoColor = False) -> None:
    """Check a recorded incident that comes with diag: no account, no network.

    Its data are synthetic. The exit code is that of the check: 1, for requirements are not met.
    """
    from diag.cli.formats import targets
    from diag.cli.output import deliver
    from diag.cli.session import perform

    folder = bundled("staging-incident")
    requirements = (folder / "diag.yaml",)
    said = o.Options(
        bundle=folder, requirements=requirements, targets=targets(format or (), ()), verbose=verbose, no_color=no_color
    )
    raise typer.Exit(deliver(perform("check", said).report, said))


def bundled(name: str) -> Path:
    """The folder of a bundle that comes with `diag`: in the package, or in the checkout it runs from."""
    package = Path(diag.__file__).parent
    for folder in (package / "demo" / name, package.parent / "fixtures" / name):
        if folder.is_dir():
            return folder
    raise UsageError(f"the bundle {name} is missing from this installation; install diag again")


COMMANDS: Mapping[str, Callable[..., None]] = {"demo": demo}

"""`diag checks` and `diag explain`: what is judged, and how each check sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from diag.cli import options as o

FORMATS = ("text", "json")
Format = Annotated[str, typer.Option("--format", "-f", metavar="FORMAT", help="text or json.")]


def checks(
    framework: Annotated[
        str | None,
        typer.Option("--framework", metavar="ID", help="Only those behind controls of cis-gcp-4.0 or cis-gcp-5.0."),
    ] = None,
    format: Format = "text",
) -> None:
    """List the checks: id, severity, whether a declaration is needed, what is wrong when it fails."""
    from diag.cli.output import page_width, print_text
    from diag.described import descriptions
    from diag.render.explain import framework_table, table, table_json

    o.one_of("--format", format, FORMATS)
    found = descriptions()
    if framework is None:
        print_text(table_json(found) if format == "json" else table(found, page_width()))
        return
    from diag.frameworks import find

    wanted = find(framework)
    behind = {control.check for control in wanted.controls}
    found = tuple(check for check in found if check.id in behind)
    print_text(table_json(found) if format == "json" else framework_table(wanted, found, page_width()))


def explain(
    check: Annotated[str, typer.Argument(metavar="ID", help="A check's id, for example vpc.nat-missing.")],
    format: Format = "text",
) -> None:
    """Explain one check: why it matters, what it reads with which permissions, what to do."""
    from diag.cli.output import page_width, print_text
    from diag.described import find
    from diag.render.explain import explain as page
    from diag.render.explain import explain_json

    o.one_of("--format", format, FORMATS)
    found = find(check)
    print_text(explain_json(found) if format == "json" else page(found, page_width()))


COMMANDS: Mapping[str, Callable[..., None]] = {"checks": checks, "explain": explain}

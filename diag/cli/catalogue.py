"""`diag checks` and `diag explain`: what is judged, and how each check sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from diag.cli import options as o


def checks(format: o.Format = "text") -> None:
    """List the checks: id, severity, whether a declaration is needed, what is wrong when it fails."""
    from diag.cli.output import page_width, print_text
    from diag.described import descriptions
    from diag.render.explain import table, table_json

    o.one_of("--format", format, o.FORMATS)
    found = descriptions()
    print_text(table_json(found) if format == "json" else table(found, page_width()))


def explain(
    check: Annotated[str, typer.Argument(metavar="ID", help="A check's id, for example vpc.nat-missing.")],
    format: o.Format = "text",
) -> None:
    """Explain one check: why it matters, what it reads with which permissions, what to do."""
    from diag.cli.output import page_width, print_text
    from diag.described import find
    from diag.render.explain import explain as page
    from diag.render.explain import explain_json

    o.one_of("--format", format, o.FORMATS)
    found = find(check)
    print_text(explain_json(found) if format == "json" else page(found, page_width()))


COMMANDS: Mapping[str, Callable[..., None]] = {"checks": checks, "explain": explain}

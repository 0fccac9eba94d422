"""`diag schema`: JSON Schemas, for editors and for readers of the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import typer


def schema(
    report: Annotated[bool, typer.Option("--report", help="The schema of the JSON report instead.")] = False,
) -> None:
    """Print the JSON Schema of the requirements file (draft 2020-12), or of the report with --report."""
    import json

    from diag.cli.output import print_text

    if report:
        from diag.render.report_schema import report_schema

        document = report_schema()
    else:
        from diag.requirements.schema import json_schema

        document = json_schema()
    print_text(json.dumps(document, indent=2, ensure_ascii=False))


COMMANDS: Mapping[str, Callable[..., None]] = {"schema": schema}

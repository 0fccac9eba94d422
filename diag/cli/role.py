"""`diag role`: the least custom role for a selection of checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from diag.cli import options as o


def role(
    command: Annotated[
        str, typer.Argument(metavar="[COMMAND]", help="For which command: check, vpc, sql, lb or run.")
    ] = "check",
    only: o.Only = None,
    skip: o.Skip = None,
    output: o.Output = None,
) -> None:
    """Print the least custom IAM role that a command, or a selection of its checks, needs.

    YAML for `gcloud iam roles create diagViewer --project PROJECT --file role.yaml`; read-only permissions only.
    """
    from diag.checks.catalogue import CHECKS
    from diag.cli.output import print_text, write_text
    from diag.plan import with_needs
    from diag.plan.permissions import permissions
    from diag.role import role_yaml
    from diag.select import PRODUCTS, Selection

    o.one_of("diag role", command, tuple(PRODUCTS))
    chosen = Selection(command, tuple(only or ()), tuple(skip or ())).ids(CHECKS)
    what = f"diag {command}" + "".join(f" --only {name}" for name in only or ())
    topics = with_needs(frozenset().union(*(CHECKS[id].reads for id in chosen)))
    text = role_yaml(permissions(topics), what)
    if output:
        write_text(output, text)
        print_text(f"{output} written; type: gcloud iam roles create diagViewer --project PROJECT --file {output}")
    else:
        print_text(text)


COMMANDS: Mapping[str, Callable[..., None]] = {"role": role}

"""`diag check`, `vpc`, `sql`, `lb`, `run`: collect, judge, report."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import typer

from diag.cli import options as o
from diag.cli.light import given


def _command(name: str, doc: str) -> Callable[..., None]:
    def command(
        ctx: typer.Context,
        requirements: o.Requirements = None,
        env: o.Env = None,
        bundle: o.From = None,
        record: o.Record = None,
        project: o.Project = None,
        region: o.Region = None,
        impersonate: o.Impersonate = None,
        billing_project: o.Billing = None,
        only: o.Only = None,
        skip: o.Skip = None,
        format: o.Formats = None,
        output: o.Outputs = None,
        fail_on: o.FailOn = "fail",
        timeout: o.Timeout = "60s",
        quiet: o.Quiet = False,
        verbose: o.Verbose = False,
        no_color: o.NoColor = False,
    ) -> None:
        from diag.cli.formats import targets
        from diag.cli.output import deliver
        from diag.cli.session import perform

        said = o.Options(
            requirements=tuple(requirements or ()),
            env=env,
            bundle=bundle,
            record=record,
            project=project,
            region=region,
            impersonate=impersonate,
            billing_project=billing_project,
            only=tuple(only or ()),
            skip=tuple(skip or ()),
            targets=targets(format or (), output or (), given(ctx)),
            fail_on=fail_on,
            timeout_s=o.duration("--timeout", timeout),
            quiet=quiet,
            verbose=verbose,
            no_color=no_color,
        )
        raise typer.Exit(deliver(perform(name, said).report, said))

    command.__doc__ = doc
    return command


_TAIL = """

Exit code 0: all met; 1: a requirement is not met; 2: bad usage or file; 3: something could not be decided.
"""

COMMANDS: Mapping[str, Callable[..., None]] = {
    "check": _command("check", "Read the project, judge every declared requirement, report." + _TAIL),
    "vpc": _command(
        "vpc", "Judge egress and reachability: connectors, Direct VPC egress, NAT, routes, peering." + _TAIL
    ),
    "sql": _command("sql", "Judge Cloud SQL: state, network, connections, certificates." + _TAIL),
    "lb": _command("lb", "Judge the load balancer: domains, routes, certificates, time-outs, TLS." + _TAIL),
    "run": _command("run", "Judge Cloud Run: services and the revisions that take traffic, their environment." + _TAIL),
}

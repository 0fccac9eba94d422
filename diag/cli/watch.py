"""`diag watch`: keep looking, show and announce what turns, answer monitors."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from diag.cli import options as o

Interval = Annotated[
    str | None,
    typer.Option("--interval", metavar="DURATION", help="From start to start of two looks; default adapts, 10s to 2m."),
]
Down = Annotated[int, typer.Option("--down-after", min=1, max=100, help="Bad looks in a row before a state turns.")]
Up = Annotated[int, typer.Option("--up-after", min=1, max=100, help="Good looks in a row before a state turns.")]
Notify = Annotated[
    list[str] | None,
    typer.Option("--notify", metavar="URL", help="json://host:port/path, https://… or an apprise address; repeatable."),
]
Every = Annotated[
    str | None,
    typer.Option("--update-every", metavar="DURATION", help="Write and send a status update every so often: 2h."),
]
Listen = Annotated[
    str | None,
    typer.Option("--listen", metavar="HOST:PORT", help="Answer monitors there; beyond loopback by DIAG_LISTEN_TOKEN."),
]


def watch(
    requirements: o.Requirements = None,
    env: o.Env = None,
    project: o.Project = None,
    region: o.Region = None,
    impersonate: o.Impersonate = None,
    billing_project: o.Billing = None,
    only: o.Only = None,
    skip: o.Skip = None,
    interval: Interval = None,
    down_after: Down = 2,
    up_after: Up = 3,
    notify: Notify = None,
    update_every: Every = None,
    listen: Listen = None,
    timeout: o.Timeout = "60s",
    quiet: o.Quiet = False,
    no_color: o.NoColor = False,
) -> None:
    """Keep checking and probing; show and announce each state that turns, until Ctrl-C.

    The APIs are read at most once a minute, the probes at every look. A message goes out for the first broken hop
    of a path and none for what follows from it; its title starts with DOWN or RESTORED. Nothing is sent at the
    start, and nothing in a declared maintenance window.
    """
    from diag.cli.watching import Wishes
    from diag.cli.watching import watch as begin
    from diag.history.turning import Patience

    said = o.Options(
        requirements=tuple(requirements or ()),
        env=env,
        project=project,
        region=region,
        impersonate=impersonate,
        billing_project=billing_project,
        only=tuple(only or ()),
        skip=tuple(skip or ()),
        timeout_s=o.duration("--timeout", timeout),
        quiet=quiet,
        no_color=no_color,
    )
    wishes = Wishes(
        interval_s=o.duration("--interval", interval) if interval else None,
        patience=Patience(down_after, up_after),
        notify=tuple(notify or ()),
        update_every_s=o.duration("--update-every", update_every) if update_every else None,
        listen=listen,
    )
    begin(said, wishes, os.environ)


COMMANDS: Mapping[str, Callable[..., None]] = {"watch": watch}
"""The command of this module."""

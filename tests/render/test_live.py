"""The live view on screens of several sizes: what is always there, and what gives way."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from diag.render.live import View
from diag.report import Finding, Severity, Status
from diag.update import Subject, Turn
from tests.history.reports import SERVICE, finding, minute, probed, report

LONG = "the-infrastructure-health-endpoint-of-the-backend-in-staging-seen-from-outside-of-it"
DENIED = "monitoring.timeSeries.list denied on netra-staging; grant it with the role that `diag role` prints"
TURN = Turn(
    id=1,
    at=minute(3),
    command="watch",
    subject=Subject("probe.http", LONG),
    severity=Severity.HIGH,
    title="HTTP endpoint does not answer as it must",
    reason="first-byte at 203.0.113.10:443: the answer is 503",
    before=Status.PASS,
    after=Status.FAIL,
    lasted_s=4000,
)
MIXED = (
    finding(Status.PASS, "sql.not-running", "projects/netra-staging/instances/orders"),
    finding(Status.WARN, "run.instances-at-maximum", SERVICE),
    replace(finding(Status.UNKNOWN, "sql.connections-exhausted"), reason=DENIED),
    probed(),
    probed(Status.FAIL, name=LONG),
    probed(Status.FAIL, name=f"{LONG}-too"),
    finding(Status.FAIL),
)


def screen(width: int, height: int, *findings: Finding, turns: int = 1, colour: bool = False, said: str = "") -> str:
    """What a screen of that size shows after one look."""
    out = StringIO()
    console = Console(
        file=out,
        width=width,
        height=height,
        force_terminal=True,
        color_system="standard" if colour else None,
        no_color=not colour,
    )
    view = View(colour, console)
    if said:
        view.say(said)
    with view:
        view.show(report(minute(0), *findings), minute(4), (TURN,) * turns, 60, "", kept=False)
        drawn = out.getvalue()
    return drawn.removeprefix("\x1b[?25l")


def texts(shown: str) -> str:
    """What is read on the screen, wherever a line is broken."""
    return "".join(shown.split())


@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("height", [24, 50])
def test_nothing_is_wider_or_higher_than_the_screen(width: int, height: int) -> None:
    many = [probed(Status.FAIL if number % 3 else Status.PASS, name=f"probe-{number}-{LONG}") for number in range(40)]
    shown = screen(width, height, *MIXED, *many, turns=12, said="json://127.0.0.1 was not told “DOWN web”").splitlines()
    assert len(shown) <= height
    assert max(map(len, shown)) <= width
    assert " more" in "\n".join(shown)
    assert sum("pass → fail after 67 min: probe.http" in line for line in shown) == 8
    assert "was not told" in "\n".join(shown)


def test_a_long_name_is_broken_and_not_cut() -> None:
    shown = screen(80, 50, *MIXED)
    names = "".join(line[11:44].strip() for line in shown.splitlines())
    assert LONG in names
    assert f"{LONG}-too" in names


@pytest.mark.parametrize("width", [80, 160])
def test_the_worst_comes_first_and_each_says_what_is_wrong(width: int) -> None:
    shown = screen(width, 50, *MIXED)
    order = [line[:10].strip() for line in shown.splitlines()[1:] if line[:1] in "✗?!✓"]
    assert order == ["✗ fail", "✗ fail", "✗ fail", "? unknown", "! warn", "✓ pass"]
    said = texts(shown)
    assert "monitoring.timeSeries.list" in said
    assert "All-trafficegress" in said  # a warning without a reason: its title
    assert "0.200s·first-byteat" in said
    assert "sql.not-running" not in said  # a check that is met


def test_the_head_counts_and_says_that_nothing_is_kept() -> None:
    head = screen(160, 50, *MIXED).splitlines()[0]
    assert head == "2025-09-16T12:04:00Z  3 fail · 1 unknown · 1 warn · 2 pass · not kept · next look in 60 s"


@pytest.mark.parametrize("colour", [True, False])
def test_colour_only_where_it_is_wanted(colour: bool) -> None:
    assert ("\x1b[31m✗ fail" in screen(80, 50, *MIXED, colour=colour)) is colour
    assert ("\x1b[3" in screen(80, 50, *MIXED, colour=colour)) is colour


def test_what_a_page_says_cannot_steer_the_terminal() -> None:
    evil = replace(probed(Status.FAIL), reason="\x1b[2J\x07[red]gone")
    shown = screen(80, 50, evil)
    assert "\x1b[2J" not in shown
    assert "\x07" not in shown
    assert "[red]gone" in shown

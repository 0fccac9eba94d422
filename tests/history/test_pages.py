"""The pages of the history: reviewed text of the update, the list and the trends, and what holds of each."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.history.store import History, open_history
from diag.history.turning import Patience
from diag.render import history as pages
from diag.render import update as render
from diag.render.plot import columns, spark
from diag.render.times import direction, fraction, span
from diag.report import Status
from diag.requirements.load import load
from diag.update import BrokenHop, Contact, Note, Paths, Rate, Scope, StatusUpdate
from tests.history.reports import REVISION, STAGING, finding, gate, minute, probed, report

GOLDEN = Path(__file__).parent / "golden"
FILE = """\
version: 1
project: netra-staging
region: us-central1
services:
  netra-backend-staging: {reaches: [{internet: ["api.openai.com:443"]}]}
load_balancers:
  staging: {domains: {api.netra.example: {routes: {/: netra-backend-staging}}}}
incident:
  owner: platform
  impact: staging is unavailable to everybody who tests
  update_every: 2h
  escalation:
    - {role: infrastructure lead, contact: "#infra on call"}
    - {role: platform engineering}
"""


@pytest.fixture(scope="module")
def incident(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    """An afternoon: well, then broken at 12:20, an update at 12:30, the endpoint back at 12:50, the gate at 13:00."""
    history = open_history(f"sqlite:///{tmp_path_factory.mktemp('incident')}/history.db")
    watch = Patience(down_after=2, up_after=3)
    egress = replace(
        finding(check="vpc.unreachable", resource=f"{REVISION}00097-k7m"), required="it reaches api.openai.com:443"
    )
    for number in range(60):
        broken = number >= 20
        unreached = replace(
            egress,
            status=Status.FAIL,
            reason="what netra-backend-staging sends to api.openai.com:443 stops at the nat: staging-vpc has no router",
        )
        probe = probed(Status.FAIL, 3 + number / 50) if 20 <= number < 50 else probed(took=0.2 + number % 7 / 20)
        found = (finding(Status.FAIL if broken else Status.PASS), unreached if broken else egress, probe)
        history.record(report(minute(number), *found), "watch", patience=watch)
        if number == 30:
            history.note(STAGING, "the router staging-nat was deleted at 12:18; asking who", minute(29))
            history.told(history.status_update(STAGING, None, minute(30)))
    for number, passed in enumerate((20, 28, 34)):
        found = (finding(Status.FAIL), replace(egress, status=Status.UNKNOWN, reason="timed out"), probed())
        history.record(report(minute(60 + number), *found, gate=gate(passed, 41)), "validate")
    history.note(STAGING, "NAT is made again: gcloud compute routers nats create staging-nat --router=r1", minute(61))
    yield history
    history.close()


@pytest.fixture
def update(incident: History, tmp_path: Path) -> StatusUpdate:
    """The update that is due at 13:05."""
    (tmp_path / "diag.yaml").write_text(FILE, encoding="utf-8")
    return incident.status_update(STAGING, load([tmp_path / "diag.yaml"]), minute(65))


def trend(history: History, name: str, width: int | None) -> str:
    return "\n".join(pages.trend(each, width) for each in history.trends(STAGING, name, now=minute(65)))


PAGES: Mapping[str, Callable[[History, StatusUpdate], str]] = {
    "update-80.txt": lambda _, update: render.text(update, 80),
    "update-piped.txt": lambda _, update: render.text(update, None),
    "update.md": lambda _, update: render.markdown(update),
    "list-80.txt": lambda history, _: pages.runs(history.runs(6), 80),
    "trend-probe-80.txt": lambda history, _: trend(history, "backend-health", 80),
    "trend-probe-40.txt": lambda history, _: trend(history, "backend-health", 40),
    "trend-check-80.txt": lambda history, _: trend(history, "vpc.unreachable", 80),
    "trend-rate-80.txt": lambda history, _: pages.rates(history.rates(STAGING), 80),
    "trend-probe.json": lambda history, _: pages.trends_document(
        "backend-health", history.trends(STAGING, "backend-health", last=2, now=minute(65))
    ),
    "list.json": lambda history, _: pages.runs_document(history.runs(2)),
}  # fmt: skip
"""File → the page that it holds."""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_as_reviewed(name: str, incident: History, update: StatusUpdate) -> None:
    """After a wanted change: `UPDATE_GOLDEN=1 pytest tests/history`, then review the difference."""
    page = PAGES[name](incident, update)
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / name).write_text(page, encoding="utf-8")
    assert page == (GOLDEN / name).read_text(encoding="utf-8")


def test_every_reviewed_page_is_read() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(PAGES)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int, incident: History, update: StatusUpdate) -> None:
    page = render.text(update, width) + trend(incident, "backend-health", width)
    page += pages.runs(incident.runs(5), width) if width >= 80 else ""
    for line in page.splitlines():
        longest = max((len(word) for word in line.split()), default=0)
        assert len(line) <= max(width, 50 + longest), line


hostile = st.text(st.characters(codec="utf-8"), max_size=40)


@given(hostile)
def test_nothing_from_outside_steers_a_terminal_or_a_page(text: str) -> None:
    nasty = f"{text}\x1b[2J\r\n# x <b>[a](b)\u202e`"
    said = StatusUpdate(
        scope=Scope(nasty, nasty),
        at=minute(1),
        state="NOT MET",
        said=nasty,
        impact=nasty,
        owner=nasty,
        paths=Paths(1, 0, (BrokenHop(nasty, nasty, Status.FAIL, nasty, nasty, nasty, (nasty,)),)),
        notes=(Note(1, minute(0), nasty),),
        escalation=(Contact(nasty, nasty),),
        next_at=minute(2),
    )
    for page in (render.text(said, 80), render.text(said, None), render.markdown(said)):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]", page)
    headings = [line for line in render.markdown(said).splitlines() if line.startswith("#")]
    assert len(headings) == 5
    spans = r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)"
    assert not re.search(r"<b>|\[a\]", re.sub(spans, "", render.markdown(said)))


def test_an_update_of_much_names_the_worst_and_says_how_much_there_is(incident: History) -> None:
    update = incident.status_update(STAGING, None, minute(65))
    (turn,) = [turn for turn in update.turns if turn.subject.check == "probe.http"]
    many = [replace(turn, subject=replace(turn.subject, resource=f"probe-{n}")) for n in range(30)]
    many.append(replace(turn, after=Status.FAIL, subject=replace(turn.subject, resource="worst")))
    page = render.text(replace(update, turns=tuple(many)), None)
    assert page.count("probe.http  probe-") == render.MOST - 1
    assert page.index("probe.http  worst") < page.index("probe.http  probe-0")
    assert "11 more turned" in page


def test_what_turned_often_is_told_once(incident: History) -> None:
    turn = next(turn for turn in incident.turns_since(STAGING) if turn.subject.resource == "backend-health")
    again = replace(turn, before=Status.FAIL, after=Status.PASS, at=minute(40), lasted_s=1200.0)
    update = replace(incident.status_update(STAGING, None, minute(65)), turns=(turn, again))
    assert "fail for 20 min before, 2 turns since it was pass" in render.text(update, None)


def test_restored_says_that_the_impact_is_over(update: StatusUpdate) -> None:
    assert "impact       over: staging is unavailable" in render.text(replace(update, state="RESTORED"), None)


# Words and blocks


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (0.42, "0.4 s"), (9.99, "10 s"), (59.6, "1 min"), (125, "2 min 5 s"), (3600, "1 h"),
     (3725, "1 h 2 min"), (86400, "1 d"), (90000, "1 d 1 h"), (86400 + 300, "1 d"), (-5, "0 s"), (3599.7, "1 h")],
)  # fmt: skip
def test_a_length_of_time_has_its_two_largest_units(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("passed", "counted", "words"),
    [(34, 41, "34 of 41, 82.9 %"), (799, 1000, "799 of 1000, 79.9 %"), (7999, 10000, "7999 of 10000, 79.9 %"),
     (41, 41, "41 of 41, 100.0 %"), (9999, 10000, "9999 of 10000, 99.9 %"), (0, 0, "nothing counts")],
)  # fmt: skip
def test_a_rate_is_never_rounded_up(passed: int, counted: int, words: str) -> None:
    assert fraction(Rate(minute(0), passed, counted)) == words


@pytest.mark.parametrize(
    ("now", "before", "word"),
    [((2, 4), (1, 2), "unchanged"), ((34, 41), (33, 41), "up"), ((799, 1000), (8, 10), "down")],
)
def test_rates_are_compared_as_integers(now: tuple[int, int], before: tuple[int, int], word: str) -> None:
    assert direction(Rate(minute(1), *now), Rate(minute(0), *before)) == word


@given(st.lists(st.none() | st.floats(0, 1e6), min_size=1, max_size=50), st.integers(1, 8))
def test_a_curve_has_a_column_for_each_value_and_hides_none(values: list[float | None], height: int) -> None:
    top = max((value for value in values if value is not None), default=0.0)
    lines = list(columns(values, top, height))
    assert [len(line) for line in lines] == [len(values)] * height
    for at, value in enumerate(values):
        assert (lines[-1][at] == " ") == (value == 0)
        if value is not None and value == top > 0:
            assert lines[0][at] == "█"


def test_a_spark_has_a_block_for_each_rate() -> None:
    rates = [Rate(minute(0), passed, counted) for passed, counted in ((0, 4), (1, 4), (2, 4), (4, 4), (0, 0))]
    assert spark(rates) == "▁▂▄█·"


@pytest.mark.parametrize(
    ("took", "shown"), [(0.0021, "2.1 ms"), (0.2, "200 ms"), (0.9996, "1 s"), (0.999, "999 ms"), (12.34, "12.3 s")]
)
def test_the_scale_of_a_probes_times_is_read_at_a_glance(history: History, took: float, shown: str) -> None:
    history.record(report(minute(0), probed(took=took)), "watch")
    [found] = history.trends(STAGING, "backend-health", now=minute(1))
    points = (replace(found.points[0], value=took),)
    assert f" {shown} ┤" in pages.trend(replace(found, points=points), 80)

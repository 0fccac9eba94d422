"""The status update: what is new since the last one, and how things stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from diag.history.store import History, open_history
from diag.report import Finding, Status
from diag.requirements.load import load
from diag.requirements.model import Requirements
from diag.update import StatusUpdate
from tests.history.reports import STAGING, finding, gate, minute, probed, report, seen

FILE = """\
version: 1
project: netra-staging
region: us-central1
incident:
  owner: platform
  impact: staging unavailable
  update_every: 30m
  escalation:
    - {role: infrastructure lead, contact: "+1 555 0100"}
    - {role: platform engineering}
"""


@pytest.fixture
def declared(tmp_path: Path) -> Requirements:
    """Requirements with an incident."""
    (tmp_path / "diag.yaml").write_text(FILE, encoding="utf-8")
    return load([tmp_path / "diag.yaml"])


def due(history: History, at: datetime, declared: Requirements | None = None) -> StatusUpdate:
    """The update that is due at that moment."""
    return history.status_update(STAGING, declared, at)


def record(history: History, number: float, *found: Finding, command: str = "watch") -> None:
    history.record(report(minute(number), *found), command)


# What is new


def test_an_update_tells_what_turned_since_the_last_one(history: History) -> None:
    seen(history, "pf")
    first = due(history, minute(2))
    assert (first.since, [turn.after for turn in first.turns]) == (None, [Status.FAIL])
    history.told(first)
    seen(history, "p", begin=3)
    second = due(history, minute(4))
    assert (second.since, [turn.after for turn in second.turns]) == (minute(2), [Status.PASS])


def test_an_update_that_was_not_told_is_due_again(history: History) -> None:
    seen(history, "pf")
    history.note(STAGING, "looking at the NAT", minute(1))
    assert due(history, minute(2)).turns == due(history, minute(3)).turns
    assert [note.text for note in due(history, minute(3)).notes] == ["looking at the NAT"]


def test_what_comes_between_an_update_and_its_telling_is_told_by_the_next(history: History) -> None:
    seen(history, "pf")
    first = due(history, minute(2))
    seen(history, "p", begin=2)
    history.note(STAGING, "NAT is back", minute(2))
    history.told(first)
    assert [turn.after for turn in due(history, minute(3)).turns] == [Status.PASS]
    assert [note.text for note in due(history, minute(3)).notes] == ["NAT is back"]


def test_a_clock_that_jumps_back_hides_nothing_from_the_next_update(history: History) -> None:
    seen(history, "p", begin=60)
    history.told(due(history, minute(61)))
    seen(history, "f", begin=0)
    assert [turn.after for turn in due(history, minute(1)).turns] == [Status.FAIL]


def test_an_update_says_who_what_and_when_again(history: History, declared: Requirements) -> None:
    record(history, 0, finding())
    update = due(history, minute(5), declared)
    assert (update.owner, update.impact, update.next_at) == ("platform", "staging unavailable", minute(35))
    assert [(one.role, one.contact) for one in update.escalation] == [
        ("infrastructure lead", "+1 555 0100"),
        ("platform engineering", ""),
    ]
    assert due(history, minute(5)).next_at == minute(125)


def test_contacts_are_not_kept(file: Path, declared: Requirements) -> None:
    with open_history(f"sqlite:///{file}") as history:
        record(history, 0, finding())
        history.told(due(history, minute(1), declared))
    assert b"555 0100" not in file.read_bytes()


def test_the_rate_of_the_last_update_is_remembered(history: History) -> None:
    history.record(report(minute(0), finding(), gate=gate(28, 41)), "validate")
    history.told(due(history, minute(1)))
    history.record(report(minute(2), finding(), gate=gate(34, 41)), "validate")
    update = due(history, minute(3))
    assert [rate.passed for rate in update.rates] == [28, 34]
    assert update.rate_before is not None
    assert (update.rate_before.passed, update.rate_before.counted) == (28, 41)
    last = history.last_update(STAGING)
    assert last is not None
    assert (last.at, last.state) == (minute(1), "NOT RESTORED")


# How things stand


def test_nothing_is_known_before_the_first_run(history: History) -> None:
    update = due(history, minute(0))
    assert (update.state, update.said, update.run) == ("UNKNOWN", "nothing has been looked at yet", None)


@pytest.mark.parametrize(
    ("found", "state", "said"),
    [
        ([finding(), probed()], "MET", "none of 2 requirements fails"),
        ([finding(Status.FAIL), probed()], "NOT MET", "1 of 2 requirements fails"),
        ([finding(Status.UNKNOWN), probed()], "UNDECIDED", "none of 2 requirements fails, 1 not known"),
        ([finding(Status.WARN), probed()], "MET", "none of 2 requirements fails, 1 with a warning"),
        ([finding(Status.SKIP)], "UNDECIDED", "nothing that was looked at counts"),
        ([], "UNDECIDED", "nothing that was looked at counts"),
    ],
)
def test_things_stand_as_the_last_run_saw_them(history: History, found: list[Finding], state: str, said: str) -> None:
    record(history, 0, *found)
    update = due(history, minute(1))
    assert (update.state, update.said) == (state, said)


def test_a_run_of_the_probes_alone_makes_no_failing_check_well(history: History) -> None:
    record(history, 0, finding(Status.FAIL), probed())
    record(history, 1, probed())
    assert due(history, minute(2)).said == "1 of 2 requirements fails"
    record(history, 3, finding(), command="validate")
    assert due(history, minute(4)).state == "MET"


def test_what_is_declared_no_more_is_told_no_more(history: History) -> None:
    """A check that ran again without it has nothing to say of it."""
    other = finding(Status.FAIL, resource="projects/p/locations/us-central1/connectors/gone")
    record(history, 0, finding(), other)
    record(history, 1, finding())
    assert due(history, minute(2)).said == "none of 1 requirements fails"


def test_what_nobody_looked_at_lately_is_not_known(history: History, declared: Requirements) -> None:
    record(history, 0, finding())
    record(history, 40, probed())
    update = due(history, minute(41), declared)
    assert (update.state, update.said) == ("UNDECIDED", "none of 2 requirements fails, 1 not known")


def test_when_nobody_looked_lately_nothing_is_known(history: History, declared: Requirements) -> None:
    record(history, 0, finding())
    update = due(history, minute(31), declared)
    assert update.state == "UNKNOWN"
    assert update.said == "nothing has been looked at since then; it said MET: none of 1 requirements fails"


def test_a_run_of_tomorrow_says_nothing_of_today(history: History) -> None:
    record(history, 60, finding())
    update = due(history, minute(0))
    assert update.state == "UNKNOWN"
    assert "a clock is wrong" in update.said


def test_a_recording_of_last_month_that_is_judged_now_says_nothing_of_today(history: History) -> None:
    record(history, 0, finding(Status.FAIL), probed())
    history.record(report(minute(-43_200), finding(), probed(), gate=gate(5, 5, restored=True)), "validate")
    update = due(history, minute(1))
    assert (update.state, update.said) == ("NOT MET", "1 of 2 requirements fails")
    assert update.run is not None
    assert update.run.command == "watch"


def test_after_a_clock_jumped_back_the_runs_since_then_count(history: History) -> None:
    record(history, 60, finding(), probed())
    record(history, 0, probed(Status.FAIL))
    update = due(history, minute(1))
    assert (update.state, update.said) == ("NOT MET", "1 of 2 requirements fails, 1 not known")


def test_a_run_of_yesterday_is_past(history: History, declared: Requirements) -> None:
    record(history, 0, finding(Status.FAIL))
    record(history, 1500, probed())
    assert due(history, minute(1501), declared).said == "none of 1 requirements fails"


def test_restored_is_what_the_gate_says(history: History) -> None:
    tolerated = finding(Status.FAIL)
    history.record(report(minute(0), tolerated, probed(), gate=gate(4, 5, restored=True)), "validate")
    assert due(history, minute(1)).state == "RESTORED"
    record(history, 2, tolerated, probed())
    assert due(history, minute(3)).state == "RESTORED"


def test_what_fails_after_the_gate_overrules_it(history: History) -> None:
    history.record(report(minute(0), finding(), probed(), gate=gate(5, 5, restored=True)), "validate")
    record(history, 2, probed(Status.UNKNOWN))
    assert due(history, minute(3)).state == "UNDECIDED"
    record(history, 4, probed(Status.FAIL))
    update = due(history, minute(5))
    assert update.state == "NOT RESTORED"
    assert update.said == "the gate said RESTORED at 12:00:00Z, but 1 more fails"


def test_a_gate_that_did_not_look_at_what_fails_restores_nothing(history: History) -> None:
    record(history, 0, finding(Status.FAIL), probed(Status.FAIL))
    part = report(minute(1), probed(), gate=gate(1, 1, restored=True))
    history.record(replace(part, notes=("not the whole gate: --only probe.*",)), "validate")
    update = due(history, minute(2))
    assert (update.state, update.said) == ("NOT RESTORED", "the gate said RESTORED at 12:01:00Z, but 1 more fails")
    assert update.run is not None
    assert update.run.notes == ("not the whole gate: --only probe.*",)


def test_a_gate_that_is_closed_stays_so_until_it_is_asked_again(history: History) -> None:
    history.record(report(minute(0), finding(Status.FAIL), gate=gate(4, 5)), "validate")
    record(history, 1, finding())
    assert due(history, minute(2)).state == "NOT RESTORED"


def test_a_gate_of_long_ago_says_nothing(history: History, declared: Requirements) -> None:
    history.record(report(minute(0), finding(), gate=gate(5, 5, restored=True)), "validate")
    record(history, 40, finding(Status.FAIL))
    assert due(history, minute(41), declared).state == "NOT MET"


def test_an_update_is_of_one_environment(history: History) -> None:
    production = replace(STAGING, environment="production")
    history.record(report(minute(0), finding(Status.FAIL), scope=production), "watch")
    assert due(history, minute(1)).state == "UNKNOWN"

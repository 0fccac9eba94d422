"""When a state counts as turned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.history.turning import Change, Patience, Seen, State, advanced, badness, first, together
from diag.report import Status
from tests.history.reports import START, minute

PASS, WARN, FAIL, UNKNOWN, SKIP, WAIVED = (
    Status.PASS,
    Status.WARN,
    Status.FAIL,
    Status.UNKNOWN,
    Status.SKIP,
    Status.WAIVED,
)
WATCH = Patience(down_after=2, up_after=3)


def followed(statuses: Sequence[Status], patience: Patience) -> tuple[State, list[Change]]:
    """The last state and the changes, of one look a minute."""
    state, changes = first(Seen(statuses[0], START)), []
    for number, status in enumerate(statuses[1:], 1):
        state, change = advanced(state, Seen(status, minute(number)), patience)
        changes += [change] if change else []
    return state, changes


@pytest.mark.parametrize(
    ("seen", "turned"),
    [
        ([PASS, FAIL], []),
        ([PASS, FAIL, FAIL], [(PASS, FAIL, 1)]),
        ([PASS, FAIL, PASS, FAIL, PASS], []),
        ([FAIL, PASS, PASS], []),
        ([FAIL, PASS, PASS, PASS], [(FAIL, PASS, 1)]),
        ([FAIL, PASS, PASS, FAIL, PASS, PASS, PASS], [(FAIL, PASS, 4)]),
        # What alternates between bad states is not good: it turns to the milder of them.
        ([PASS, FAIL, UNKNOWN, FAIL, UNKNOWN], [(PASS, UNKNOWN, 1)]),
        ([PASS, UNKNOWN, FAIL, FAIL], [(PASS, UNKNOWN, 1), (UNKNOWN, FAIL, 2)]),
        # One good run after two that saw nothing restores nothing.
        ([FAIL, UNKNOWN, UNKNOWN, PASS], [(FAIL, UNKNOWN, 1)]),
        ([FAIL, UNKNOWN, UNKNOWN, PASS, PASS, PASS], [(FAIL, UNKNOWN, 1), (UNKNOWN, PASS, 3)]),
        # What no longer applies was not seen well.
        ([FAIL, SKIP, SKIP, PASS], [(FAIL, SKIP, 1)]),
        ([FAIL, WARN, PASS, WARN], [(FAIL, WARN, 1)]),
    ],
)
def test_a_state_turns_when_enough_runs_agree(seen: Sequence[Status], turned: list[tuple[Status, Status, int]]) -> None:
    _, changes = followed(seen, WATCH)
    assert [(each.before, each.after, each.at) for each in changes] == [(a, b, minute(at)) for a, b, at in turned]


def test_without_patience_every_other_status_is_a_turn() -> None:
    _, changes = followed([PASS, FAIL, UNKNOWN, PASS], Patience())
    assert [(each.before, each.after) for each in changes] == [(PASS, FAIL), (FAIL, UNKNOWN), (UNKNOWN, PASS)]
    assert [each.lasted_s for each in changes] == [60.0, 60.0, 60.0]


def test_a_state_remembers_only_what_may_still_turn_it() -> None:
    assert followed([PASS, FAIL], WATCH)[0].otherwise == (Seen(FAIL, minute(1)),)
    assert followed([PASS, FAIL, PASS], WATCH)[0].otherwise == ()
    assert followed([PASS, FAIL, FAIL], WATCH)[0].otherwise == ()
    assert followed([PASS, UNKNOWN, FAIL], WATCH)[0].otherwise == (Seen(FAIL, minute(2)),)


def test_an_old_state_lasted_until_the_new_one_was_first_seen() -> None:
    _, changes = followed([PASS, PASS, PASS, FAIL, FAIL], WATCH)
    assert changes == [Change(PASS, FAIL, minute(3), lasted_s=180.0)]


@given(
    st.lists(st.tuples(st.sampled_from(Status), st.integers(-500, 500)), min_size=1, max_size=30),
    st.builds(Patience, st.integers(1, 4), st.integers(1, 4)),
)
def test_whatever_the_clock_does_nothing_lasted_less_than_no_time(
    seen: list[tuple[Status, int]], patience: Patience
) -> None:
    state, at = first(Seen(seen[0][0], START)), START
    for status, step in seen[1:]:
        at += timedelta(minutes=step)
        before = state
        state, change = advanced(state, Seen(status, at), patience)
        assert (change is None) == (state.status is before.status)
        if change:
            assert change.lasted_s >= 0
            assert (change.before, change.after) == (before.status, state.status)


@given(st.lists(st.sampled_from(Status), min_size=1, max_size=30), st.integers(1, 4), st.integers(1, 4))
def test_a_state_is_no_better_than_the_worst_of_its_last_runs_nor_worse(
    seen: list[Status], down_after: int, up_after: int
) -> None:
    """As many runs as patience asks for, all worse than the state, are never passed over; nor are better ones."""
    state, _ = followed(seen, Patience(down_after, up_after))
    down, up = seen[-down_after:], seen[-up_after:]
    if len(seen) > max(down_after, up_after):
        assert badness(state.status) >= min(badness(status) for status in down)
        assert badness(state.status) <= max(badness(status) for status in up)


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ([PASS, SKIP], PASS),
        ([PASS, WAIVED], PASS),
        ([SKIP, WAIVED], WAIVED),
        ([PASS, WARN, UNKNOWN], UNKNOWN),
        ([UNKNOWN, FAIL, PASS], FAIL),
    ],
)
def test_several_findings_of_a_subject_are_one_state(found: list[Status], status: Status) -> None:
    assert together(found) is status


def test_patience_of_no_run_is_none() -> None:
    with pytest.raises(ValueError, match="at the least"):
        Patience(down_after=0)

"""Time to restore, from turns."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from diag.history.restoring import outages
from diag.report import Severity, Status
from diag.update import Outage, Turn
from tests.history.reports import NAT, PROBE, minute


def turn(number: int, before: Status, after: Status, lasted: float = 1, at: datetime | None = None) -> Turn:
    """A turn of the connector's NAT at that minute, whose old state lasted that many minutes."""
    return Turn(
        id=number,
        at=at or minute(number),
        command="watch",
        subject=NAT,
        severity=Severity.HIGH,
        title="",
        reason="",
        before=before,
        after=after,
        lasted_s=lasted * 60,
    )


PASS, FAIL, UNKNOWN, SKIP = Status.PASS, Status.FAIL, Status.UNKNOWN, Status.SKIP


def test_an_outage_lasts_from_its_first_failure_until_it_is_seen_well() -> None:
    found = outages([turn(3, PASS, FAIL), turn(10, FAIL, PASS)], {}, minute(60))
    assert found == (Outage(NAT, minute(3), minute(10), 420.0),)


def test_not_to_be_seen_ends_no_outage() -> None:
    turns = [turn(3, PASS, FAIL), turn(5, FAIL, UNKNOWN), turn(6, UNKNOWN, SKIP), turn(9, SKIP, PASS)]
    assert outages(turns, {}, minute(60)) == (Outage(NAT, minute(3), minute(9), 360.0),)


def test_what_failed_from_the_start_began_when_it_was_first_seen() -> None:
    assert outages([turn(10, FAIL, PASS, lasted=10)], {}, minute(60)) == (Outage(NAT, minute(0), minute(10), 600.0),)


def test_an_outage_that_has_not_ended_lasts_until_now() -> None:
    found = outages([turn(3, PASS, FAIL)], {NAT: minute(3), PROBE: minute(20)}, minute(60))
    assert set(found) == {Outage(NAT, minute(3), None, 3420.0), Outage(PROBE, minute(20), None, 2400.0)}


def test_each_outage_counts_by_itself() -> None:
    turns = [turn(1, PASS, FAIL), turn(2, FAIL, PASS), turn(5, PASS, FAIL), turn(9, FAIL, PASS)]
    assert [each.lasted_s for each in outages(turns, {}, minute(60))] == [60.0, 240.0]


@given(st.lists(st.tuples(st.sampled_from(Status), st.sampled_from(Status), st.integers(-99, 99)), max_size=20))
def test_no_outage_lasts_less_than_no_time(steps: list[tuple[Status, Status, int]]) -> None:
    turns = [turn(n, before, after, at=minute(at)) for n, (before, after, at) in enumerate(steps)]
    assert all(each.lasted_s >= 0 for each in outages(turns, {}, minute(0)))

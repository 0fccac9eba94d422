"""Status updates at their time: over restarts, other people's updates, and a history that cannot be asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from diag.errors import HistoryError, UsageError
from diag.report import Report
from diag.watch.announce import Message
from diag.watch.periodic import Periodic
from tests.watch.conftest import START, Scene

EVERY = 7200.0


@dataclass
class Updates:
    """The updates that are kept, and when each was written, in hours after the start."""

    last: datetime | None = None
    broken: bool = False
    hours: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def write(self, now: datetime) -> Message:
        if self.broken:
            raise HistoryError("the history is locked")
        self.last = now
        self.hours.append((now - START) / timedelta(hours=1))
        return Message("STATUS UPDATE", "", "info", "")

    def periodic(self) -> Periodic:
        """As a process that has just begun has it."""
        return Periodic(EVERY, self.write, lambda: self.last, self.told.append)

    def watched(self, begin_h: float, end_h: float) -> list[float]:
        """A watch with a look each minute, from one hour to another; when it wrote an update."""
        scene = Scene(lambda at, one: False, at=begin_h * 3600)
        scene.run(end_h * 3600, interval_s=60.0, update=self.periodic())
        return self.hours


def test_an_update_goes_out_even_when_nothing_changed() -> None:
    assert Updates().watched(0, 6.01) == [2, 4, 6]


def test_an_update_goes_out_even_when_nothing_can_be_looked_at() -> None:
    class Dark(Scene):
        def whole(self) -> Report:
            if self.at:
                raise UsageError("the file has a fault")
            return super().whole()

    updates = Updates()
    Dark(lambda at, one: False).run(4.01 * 3600, interval_s=60.0, update=updates.periodic())
    assert updates.hours == [2, 4]


def test_one_that_is_due_does_not_wait_until_the_apis_are_read_again() -> None:
    updates = Updates()
    periodic = Periodic(30.0, updates.write, lambda: updates.last, updates.told.append)
    Scene(lambda at, one: False).run(95, interval_s=10.0, update=periodic)
    assert [round(hours * 3600) for hours in updates.hours] == [30, 60, 90]


def test_a_restart_counts_from_the_last_one() -> None:
    updates = Updates()
    updates.watched(0, 3)
    assert updates.watched(3, 4.5) == [2, 4]
    assert updates.watched(4.6, 6.01) == [2, 4, 6]


def test_what_fell_due_between_two_processes_is_made_up_for_once() -> None:
    updates = Updates(last=START)
    assert updates.watched(5, 8) == [5, 7]


def test_one_that_somebody_else_sent_counts() -> None:
    updates = Updates()

    class WithReport(Scene):
        def whole(self) -> Report:
            if self.at == 1.5 * 3600:
                updates.last = START + timedelta(hours=1.5)
            return super().whole()

    WithReport(lambda at, one: False).run(4 * 3600, interval_s=60.0, update=updates.periodic())
    assert updates.hours == [3.5]


def test_a_clock_that_was_set_back_delays_one_by_no_more_than_its_time() -> None:
    updates = Updates(last=START + timedelta(days=3))
    assert updates.watched(0, 5) == [2, 4]


def test_one_that_cannot_be_made_is_said_once_and_made_when_it_can_be() -> None:
    updates = Updates(broken=True)
    periodic = updates.periodic()
    Scene(lambda at, one: False).run(2.5 * 3600, interval_s=60.0, update=periodic)
    assert (updates.hours, updates.told) == ([], ["no status update can be made: the history is locked"])
    updates.broken = False
    Scene(lambda at, one: False, at=2.5 * 3600).run(4 * 3600, interval_s=60.0, update=periodic)
    assert updates.hours == [2.5]

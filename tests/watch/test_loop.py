"""Pace, thresholds and announcements, over hours that take no time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from diag.errors import UsageError
from diag.report import Finding, Report, Status
from tests.watch.conftest import CONNECTOR, Scene, probe, windowed


def never(at: float, finding: Finding) -> bool:
    """Nothing fails."""
    return False


def between(begin: float, end: float, *resources: str) -> Scene:
    """These fail from one second to another."""
    return Scene(lambda at, one: begin <= at < end and one.resource.rpartition("/")[2] in resources)


# Pace


def test_a_given_interval_is_kept_from_start_to_start_for_an_hour() -> None:
    scene = Scene(never, took_s=3.3)
    scene.run(3600, interval_s=10.0)
    assert scene.starts == pytest.approx([number * 10.0 for number in range(len(scene.starts))])
    assert len(scene.starts) == 361


def test_a_look_that_takes_longer_than_the_interval_waits_for_the_next_moment_on_the_grid() -> None:
    scene = Scene(never, took_s=25.0)
    scene.run(100, interval_s=10.0)
    assert scene.starts[:3] == [0.0, 30.0, 60.0]


def test_the_apis_are_read_at_most_once_a_minute() -> None:
    scene = Scene(never)
    scene.run(3600, interval_s=1.0)
    gaps = [later - earlier for earlier, later in zip(scene.wholes, scene.wholes[1:], strict=False)]
    assert set(gaps) == {60.0}
    slow = Scene(never)
    slow.run(3600, interval_s=45.0)
    assert min(later - earlier for earlier, later in zip(slow.wholes, slow.wholes[1:], strict=False)) >= 60.0


def test_the_default_interval_is_slow_when_steady_and_fast_near_a_change() -> None:
    scene = between(1800, 2400, "other")
    scene.run(3600, interval_s=None)
    gaps = {earlier: later - earlier for earlier, later in zip(scene.starts, scene.starts[1:], strict=False)}
    assert max(gap for at, gap in gaps.items() if at < 1700) == 120.0
    assert {gap for at, gap in gaps.items() if 1930 < at < 2100} == {10.0}


# Turns and messages


def test_nothing_is_sent_while_all_is_well_or_at_the_start_of_what_is_down() -> None:
    assert Scene(never).run(3600) == []
    assert Scene(lambda at, one: True).run(1800) == []


def test_one_bad_look_is_no_turn_and_two_are() -> None:
    assert between(100, 110, "other").run(600) == []
    scene = between(100, 400, "other")
    assert scene.run(600) == ["DOWN other (probe.http)", "RESTORED other (probe.http)"]
    turns = [turn for seen in scene.seen for turn in seen.turns]
    assert [(turn.after, turn.lasted_s) for turn in turns] == [(Status.FAIL, 100.0), (Status.PASS, 300.0)]
    assert [message.at for message in scene.sent] == ["2026-01-01T00:01:50Z", "2026-01-01T00:07:00Z"]


def test_flapping_faster_than_the_thresholds_announces_nothing() -> None:
    assert Scene(lambda at, one: one.resource == "other" and at % 20 < 10 and at > 0).run(3600) == []


def test_what_was_down_at_the_start_is_announced_when_it_is_restored() -> None:
    assert between(0, 600, "other").run(900) == ["RESTORED other (probe.http)"]


def test_a_broken_connector_is_one_message_and_what_follows_is_none() -> None:
    scene = between(100, 900, "connector", "db", "api", "auth")
    titles = scene.run(1500, interval_s=60.0)
    assert [title.split()[:2] for title in titles] == [
        ["DOWN", "vpc.connector-not-ready"],
        ["RESTORED", "vpc.connector-not-ready"],
    ]
    assert "what follows: db (probe.postgres), api (probe.http), auth (probe.http)" in scene.sent[0].body


def test_what_is_seen_first_on_a_path_stands_for_it() -> None:
    scene = between(100, 900, "api.example.com", "api")
    scene.every = (replace(CONNECTOR, check="lb.domain-unserved", resource="api.example.com"), probe("api"))
    assert scene.run(600, interval_s=10.0) == ["DOWN api (probe.http)"]


def test_paths_that_break_apart_are_announced_apart() -> None:
    titles = between(100, 900, "api", "other").run(600)
    assert sorted(titles) == ["DOWN api (probe.http)", "DOWN other (probe.http)"]


def test_a_shared_hop_does_not_follow_from_what_lies_on_one_path_alone() -> None:
    scene = Scene(lambda at, one: (one.resource == "api" and at >= 100) or (one.resource == "db" and at >= 130))
    assert scene.run(300) == ["DOWN api (probe.http)", "DOWN db (probe.postgres)"]


def test_what_breaks_long_after_has_a_cause_of_its_own() -> None:
    scene = Scene(lambda at, one: (one.resource == "db" and at >= 100) or (one.resource == "api" and at >= 1000))
    assert scene.run(1500) == ["DOWN db (probe.postgres)", "DOWN api (probe.http)"]


def test_what_stays_down_after_its_cause_was_restored_is_announced_then() -> None:
    scene = Scene(lambda at, one: (one is CONNECTOR and 100 <= at < 600) or (one.resource == "api" and at >= 100))
    titles = scene.run(1500, interval_s=60.0)
    assert [title.split()[0] for title in titles] == ["DOWN", "RESTORED", "DOWN"]
    assert titles[2] == "DOWN api (probe.http)"


def test_what_comes_back_a_look_after_its_cause_is_no_news() -> None:
    scene = Scene(lambda at, one: (one is CONNECTOR and 100 <= at < 600) or (one.resource == "api" and 100 <= at < 660))
    titles = scene.run(1500, interval_s=60.0)
    assert [title.split()[0] for title in titles] == ["DOWN", "RESTORED"]


def test_an_unknown_is_neither_down_nor_restored() -> None:
    dark = probe("other")

    class Dark(Scene):
        def _look(self, report: Report, looked_at: object, kept: tuple[Finding, ...] = ()) -> Report:
            self.starts.append(self.at)
            status = Status.PASS if self.at < 100 else Status.FAIL if self.at < 300 else Status.UNKNOWN
            return replace(report, findings=(replace(dark, status=status),))

    assert Dark(never).run(3000) == ["DOWN other (probe.http)"]


def test_a_reminder_every_hour_of_what_is_still_down() -> None:
    scene = Scene(lambda at, one: one.resource == "other" and at >= 100)
    assert scene.run(3 * 3600) == ["DOWN other (probe.http)"] * 3
    assert [message.body.startswith("still down") for message in scene.sent] == [False, True, True]


# Maintenance, updates, looks that fail


def test_a_turn_in_a_maintenance_window_says_so_and_is_not_announced() -> None:
    scene = between(100, 400, "other")
    scene.declared = windowed(50, 500)
    assert scene.run(900) == []
    turns = [turn for seen in scene.seen for turn in seen.turns]
    assert [turn.maintenance for turn in turns] == ["maintenance until 2026-01-01T00:08:20Z: upgrade"] * 2


def test_what_is_still_down_after_the_window_is_announced_then() -> None:
    scene = between(100, 2000, "other")
    scene.declared = windowed(50, 500)
    assert scene.run(900) == ["DOWN other (probe.http)"]
    assert scene.sent[0].at == "2026-01-01T00:08:20Z"


def test_a_look_that_fails_later_does_not_end_the_watch() -> None:
    class Failing(Scene):
        def whole(self) -> Report:
            if 100 < self.at < 300:
                raise UsageError("the file has a fault")
            return super().whole()

    scene = Failing(never)
    scene.run(600, interval_s=60.0)
    assert [seen.trouble for seen in scene.seen if seen.trouble] == ["the file has a fault"] * 3
    assert not scene.seen[-1].trouble

    class Broken(Scene):
        def whole(self) -> Report:
            raise UsageError("the file has a fault")

    with pytest.raises(UsageError):
        Broken(never).run(600)


# A clock that jumps


class Jumping(Scene):
    """A scene whose calendar is set by so many hours at 1,000 seconds, and back at 4,000."""

    jump = timedelta()

    def time(self) -> float:
        return super().time() + (self.jump.total_seconds() if 1000 <= self.at < 4000 else 0)


@pytest.mark.parametrize("hours", [-48, 48])
def test_a_clock_that_jumps_neither_repeats_nor_loses_a_turn(hours: int) -> None:
    scene = Jumping(lambda at, one: 500 <= at < 2000 and one.resource == "other")
    scene.jump = timedelta(hours=hours)
    scene.run(6000)
    news = [message.title for message in scene.sent if "still down" not in message.body]
    assert news == ["DOWN other (probe.http)", "RESTORED other (probe.http)"]
    assert all("-" not in message.body.partition("down for ")[2].partition(";")[0] for message in scene.sent)


@pytest.mark.parametrize("hours", [-48, 48])
def test_a_clock_that_jumps_brings_one_reminder_and_no_silence(hours: int) -> None:
    scene = Jumping(lambda at, one: at >= 500 and one.resource == "other")
    scene.jump = timedelta(hours=hours)
    scene.run(4 * 3600)
    reminders = [message for message in scene.sent if "still down" in message.body]
    assert 4 <= len(reminders) <= 6


def test_a_clock_that_is_set_back_does_not_keep_the_pace_up() -> None:
    scene = Jumping(lambda at, one: at >= 900 and one.resource == "other")
    scene.jump = timedelta(hours=-48)
    scene.run(3900, interval_s=None)
    assert scene.starts[-1] - scene.starts[-2] == 120

"""A watch whose history takes nothing for a while: it goes on, says so, and makes up for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from diag.errors import HistoryError
from diag.history.store import History, open_history
from diag.history.turning import Patience
from diag.report import Claim, Finding, Report, Status
from diag.update import Scope
from diag.watch.announce import Message, stamp
from diag.watch.kept import LATE_FINDINGS, Remembering
from diag.watch.loop import Watch
from diag.watch.memory import COMMAND, moment
from tests.watch.conftest import EVERY, START, Scene, windowed

SCOPE = Scope("netra-staging")
DOWN, RESTORED = "DOWN other (probe.http)", "RESTORED other (probe.http)"
KEPT_NOT, KEPT_AGAIN = "DOWN history: runs are not kept", "RESTORED history: runs are kept again"


@dataclass
class Locked(Scene):
    """A scene in which another program holds the history from one second to another."""

    file: Path = Path()
    held: tuple[float, float] = (0, 0)
    most_late: int = LATE_FINDINGS
    reached: bool = True
    """Whether messages go out at once."""
    holder: list[sqlite3.Connection] = field(default_factory=list)

    def _look(self, report: Report, looked_at: object, kept: object = ()) -> Report:
        begin, end = self.held
        if begin <= self.at < end and not self.holder:
            self.holder.append(sqlite3.connect(self.file, isolation_level=None))
            self.holder[0].execute("BEGIN IMMEDIATE")
        elif self.at >= end and self.holder:
            self.holder.pop().close()
        return super()._look(report, looked_at, kept)  # type: ignore[arg-type]

    def watch(self, seconds: float) -> list[str]:
        """Watches for that long as one process; the titles of what was sent."""
        self.end = seconds
        with open_history(f"sqlite:///{self.file}", wait_s=0.01) as history:
            memory = Remembering(history, SCOPE, Patience(2, 3), self.monotonic, self.most_late)

            def send(message: Message) -> None:
                self.sent.append(message)
                if message.subject and self.reached:
                    memory.told(message.subject, message.at, down=message.kind == "failure")

            Watch(self, memory, self, 10.0, self.seen.append, send).run()
        while self.holder:
            self.holder.pop().close()
        return [message.title for message in self.sent]


@pytest.fixture
def scene(tmp_path: Path) -> Callable[..., Locked]:
    """Where `other` fails between two seconds, and the history is held between two others."""

    def made(fails: tuple[float, float], held: tuple[float, float]) -> Locked:
        def failing(at: float, one: Finding) -> bool:
            return fails[0] <= at < fails[1] and one.resource == "other"

        return Locked(failing, file=tmp_path / "history.db", held=held)

    return made


def history(scene: Locked) -> History:
    return open_history(f"sqlite:///{scene.file}")


def test_it_turns_and_announces_once_and_says_that_nothing_is_kept(scene: Callable[..., Locked]) -> None:
    one = scene(fails=(200, 400), held=(100, 600))
    assert one.watch(900) == [KEPT_NOT, DOWN, RESTORED, KEPT_AGAIN]
    assert "is locked by another program" in one.sent[0].body
    assert "a restart would forget that" in one.sent[0].body
    unkept = [seen for seen in one.seen if seen.unkept]
    assert len(unkept) == 50
    assert [seen.said for seen in one.seen if seen.said] == [
        (f"{KEPT_NOT}: {one.sent[0].body}".replace("\n", " · "),),
        (f"{KEPT_AGAIN}: {one.sent[-1].body}",),
    ]
    assert not any(seen.trouble for seen in one.seen)


@pytest.mark.parametrize(("until", "told"), [(400, []), (600, [KEPT_NOT, KEPT_AGAIN])])
def test_in_a_maintenance_window_it_is_not_announced_and_after_it_as_far_as_it_lasts(
    scene: Callable[..., Locked], until: float, told: list[str]
) -> None:
    one = scene(fails=(0, 0), held=(100, until))
    one.declared = windowed(50, 500)
    assert one.watch(900) == told


def test_when_the_history_is_back_everything_is_in_it_and_counts_as_announced(scene: Callable[..., Locked]) -> None:
    one = scene(fails=(200, 400), held=(100, 600))
    one.watch(900)
    with closing(history(one)) as kept_there:
        turns = kept_there.turns_since(SCOPE)
        assert [(turn.after, turn.at.minute, turn.at.second) for turn in turns] == [
            (Status.FAIL, 3, 20),
            (Status.PASS, 6, 40),
        ]
        assert kept_there.unannounced(SCOPE, COMMAND) == ()
        assert len(kept_there.runs(last=1000)) == len(one.seen)


def test_a_restart_after_it_came_back_announces_nothing_again(scene: Callable[..., Locked]) -> None:
    one = scene(fails=(200, 5000), held=(100, 600))
    one.watch(900)
    assert one.watch(1500) == [KEPT_NOT, DOWN, KEPT_AGAIN]


def test_what_was_not_sent_meanwhile_is_sent_after_a_restart(scene: Callable[..., Locked]) -> None:
    one = scene(fails=(200, 5000), held=(100, 600))
    one.reached = False
    one.watch(900)
    assert one.watch(1500).count(DOWN) == 2


def test_a_slow_announcement_takes_none_along_that_came_later(scene: Callable[..., Locked]) -> None:
    one = scene(fails=(200, 400), held=(0, 0))
    one.reached = False
    assert one.watch(600) == [DOWN, RESTORED]
    down = one.sent[0]
    assert down.subject
    with open_history(f"sqlite:///{one.file}") as opened:
        Remembering(opened, SCOPE, Patience(2, 3)).told(down.subject, down.at, down=True)
    one.sent.clear()
    one.reached = True
    assert one.watch(900) == [RESTORED]


def test_an_announcement_that_could_not_be_kept_is_kept_later(scene: Callable[..., Locked]) -> None:
    one = scene(fails=(200, 5000), held=(211, 600))
    one.watch(205)
    held = sqlite3.connect(one.file, isolation_level=None)
    with open_history(f"sqlite:///{one.file}", wait_s=0.01) as opened:
        memory = Remembering(opened, SCOPE, Patience(1, 1))
        report = one.whole()
        memory.keep(report, report.findings, moment(one.time()), "")
        [turn] = opened.unannounced(SCOPE, COMMAND)
        held.execute("BEGIN IMMEDIATE")
        memory.told(turn.subject, stamp(turn.at), down=turn.after is Status.FAIL)
        assert opened.unannounced(SCOPE, COMMAND) == (turn,)
        held.execute("ROLLBACK")
        memory.keep(report, report.findings, moment(one.time()), "")
        assert opened.unannounced(SCOPE, COMMAND) == ()
    held.close()


def test_what_waits_is_bounded_and_no_state_is_turned_by_what_was_given_up(
    scene: Callable[..., Locked],
) -> None:
    one = scene(fails=(200, 5000), held=(100, 600))
    one.most_late = 20
    assert one.watch(900) == [KEPT_NOT, DOWN, KEPT_AGAIN]
    with closing(history(one)) as kept_there:
        assert len(kept_there.runs(last=1000)) < len(one.seen)
        assert kept_there.unannounced(SCOPE, COMMAND) == ()


def test_a_lock_that_is_waited_for_does_not_hold_up_every_look(scene: Callable[..., Locked]) -> None:
    one = scene(fails=(0, 0), held=(0, 0))
    tries: list[float] = []

    class Slow(History):
        def record(self, *_: object, **__: object) -> object:  # type: ignore[override]
            tries.append(one.at)
            one.at += 5
            raise HistoryError("the history is locked")

    with closing(history(one)) as opened:
        memory = Remembering(Slow(opened._database, opened._keep), SCOPE, Patience(), one.monotonic)
        one.end = 600
        Watch(one, memory, one, 10.0, one.seen.append, one.sent.append).run()
    assert len(tries) == 11
    assert len(one.seen) > 50


def test_a_health_page_that_never_moves_is_said_once_and_stands_in_every_report(scene: Callable[..., Locked]) -> None:
    one = scene(fails=(200, 5000), held=(0, 0))
    claim = Claim(answer="aa", parts="", values="")
    api = next(each for each in EVERY if each.resource == "api")
    assert api.probe
    page = replace(api, probe=replace(api.probe, claim=claim))
    one.every = [page if each is api else each for each in EVERY]
    one.watch(900)
    [(at, said)] = [(seen.at, seen.said) for seen in one.seen if seen.said]
    assert at == START + timedelta(minutes=5)
    assert said[0].startswith("api: the same answer byte for byte in 31 runs over 5 min, while 1 other requirement")
    [evidence] = next(each for each in one.seen[-1].report.findings if each.resource == "api").evidence
    assert (evidence.api, evidence.field) == ("history", "claimed, unmoved")
    assert len(one.seen[-1].report.notes) == 1


def test_a_history_that_is_moved_away_is_begun_anew_and_that_is_said(scene: Callable[..., Locked]) -> None:
    one = scene(fails=(0, 0), held=(0, 0))

    class Moved(Locked):
        def _look(self, report: Report, looked_at: object, kept: object = ()) -> Report:
            if self.at == 100:
                for file in self.file.parent.glob("history.db*"):
                    file.rename(self.file.parent / f"old-{file.name}")
            return super()._look(report, looked_at, kept)

    moved = Moved(one.fails, file=one.file)
    assert moved.watch(300) == [KEPT_NOT, KEPT_AGAIN]
    with closing(history(moved)) as begun_anew:
        assert len(begun_anew.runs(last=1000)) == 21

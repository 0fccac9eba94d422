"""Health pages that answer the same run after run: when it is pointed out, and when it is no news."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from diag.history.glance import unmoved
from diag.history.retention import Retention
from diag.history.store import History, open_history
from diag.render.claims import beside, sentence
from diag.report import Claim, Finding, Status
from diag.requirements.load import load
from diag.requirements.model import Requirements
from diag.update import Aspect, Unmoved
from tests.history.reports import PROBE, STAGING, finding, minute, probed, report

OK = Claim(answer="aa", parts="", values="")
"""`{"status": "ok"}`, and nothing else."""
PARTS = Claim(answer="aa", parts="bb", values="")
TIMED = Claim(answer="aa", parts="bb", values="cc", moving=("timestamp", "db.latency_ms"))


def page(claim: Claim | None, status: Status = Status.PASS) -> Finding:
    """What a probe of a health page gave."""
    found = probed(status)
    assert found.probe
    return replace(found, probe=replace(found.probe, claim=claim))


def answers(history: History, *claims: Claim | None, others: str = "", apart: float = 2, begin: float = 0) -> None:
    """A run every so many minutes with these answers; `others` is how a check of the NAT stood, run by run."""
    meant = {"p": Status.PASS, "f": Status.FAIL}
    for number, claim in enumerate(claims):
        found = [finding(meant[others[number]])] if others else []
        history.record(report(minute(begin + number * apart), page(claim), *found), "watch")


def known(history: History) -> Unmoved | None:
    """What is known of the page."""
    return next(iter(history.unmoved(STAGING)), None)


def test_a_page_that_always_says_ok_while_nothing_else_moves_is_no_news(history: History) -> None:
    answers(history, *[OK] * 50)
    found = known(history)
    assert found
    assert (found.runs, found.turned, found.failing, found.notable) == (50, 0, 0, False)
    assert sentence(found) == "the same answer byte for byte in 50 runs over 1 h 38 min"
    assert history.status_update(STAGING, None, minute(100)).unmoved == ()


def test_the_same_answer_while_another_requirement_turned_is_pointed_out(history: History) -> None:
    answers(history, *[OK] * 6, others="pppfff")
    found = known(history)
    assert found
    assert found.notable
    assert sentence(found) == (
        "the same answer byte for byte in 6 runs over 10 min, while 1 other requirement turned to fail or from it: "
        "it is a claim, and did not follow what was measured"
    )
    assert history.status_update(STAGING, None, minute(12)).unmoved == (found,)


def test_long_after_the_last_look_at_it_it_is_not_told_any_more(history: History) -> None:
    answers(history, *[OK] * 6, others="pppfff")
    assert history.status_update(STAGING, None, minute(600)).unmoved == ()


def test_values_that_should_move_and_do_not_are_enough(history: History) -> None:
    answers(history, *[TIMED] * 5)
    found = known(history)
    assert found
    assert found.notable
    assert found.values == ("timestamp", "db.latency_ms")
    assert sentence(found) == ("the same answer byte for byte in 5 runs over 8 min, timestamp, db.latency_ms included")


def test_values_that_stay_while_the_rest_of_the_answer_moves(history: History) -> None:
    answers(history, *(replace(TIMED, answer=str(number)) for number in range(6)))
    found = known(history)
    assert found
    assert (found.aspect, found.notable) == (Aspect.VALUES, True)
    assert sentence(found) == "the same values in 6 runs over 10 min, timestamp, db.latency_ms included"


def test_the_same_claims_of_its_parts_under_a_moving_timestamp(history: History) -> None:
    moving = [replace(TIMED, answer=str(number), values=str(number)) for number in range(6)]
    answers(history, *moving, others="pppfff")
    found = known(history)
    assert found
    assert (found.aspect, found.values, found.notable) == (Aspect.PARTS, (), True)
    assert sentence(found).startswith("the same claims about its parts in 6 runs over 10 min, while 1 other")


def test_a_page_that_moves_is_no_news_whatever_turns(history: History) -> None:
    moving = [replace(TIMED, answer=str(number), values=str(number), parts=str(number)) for number in range(6)]
    answers(history, *moving, others="pppfff")
    assert known(history) is None


@pytest.mark.parametrize(("runs", "apart"), [(4, 10), (50, 0.1)])
def test_a_few_runs_or_a_short_time_are_not_enough(history: History, runs: int, apart: float) -> None:
    answers(history, *[TIMED] * runs, others="pp" + "f" * (runs - 2), apart=apart)
    found = known(history)
    assert found
    assert not found.notable


@pytest.mark.parametrize(("well", "notable"), [(True, True), (False, False)])
def test_a_probe_that_fails_all_the_while_speaks_against_a_page_that_says_yes(
    history: History, well: bool, notable: bool
) -> None:
    for number in range(6):
        down = replace(probed(Status.FAIL), resource="database", check="probe.postgres")
        history.record(report(minute(2 * number), page(replace(PARTS, well=well)), down), "watch")
    found = known(history)
    assert found
    assert (found.failing, found.turned, found.notable) == (1, 0, notable)


def test_a_probe_that_nobody_looks_at_any_more_speaks_against_no_page(history: History) -> None:
    down = replace(probed(Status.FAIL), resource="database", check="probe.postgres")
    history.record(report(minute(0), down), "watch")
    answers(history, *[OK] * 6, begin=60, apart=12 * 60)
    found = known(history)
    assert found
    assert (found.failing, found.notable) == (0, False)


def test_what_turned_is_of_that_time_and_not_of_the_page_itself(history: History) -> None:
    answers(history, *[replace(OK, answer="before")] * 2, others="pf")
    answers(history, *[OK] * 3, begin=10)
    history.record(report(minute(16), page(None, Status.FAIL)), "watch")
    answers(history, *[OK] * 3, begin=18)
    found = known(history)
    assert found
    assert (found.runs, found.turned, found.notable) == (6, 0, False)


def test_another_answer_counts_from_anew_and_no_answer_is_none(history: History) -> None:
    answers(history, OK, OK, None, OK)
    assert [one.runs for one in history.unmoved(STAGING)] == [3]
    answers(history, replace(OK, answer="other"), OK, OK, begin=10)
    assert [one.runs for one in history.unmoved(STAGING)] == [2]


def test_a_clock_that_jumps_back_makes_no_time_longer(history: History) -> None:
    answers(history, *[TIMED] * 3, begin=600)
    answers(history, *[TIMED] * 3, apart=0.1)
    found = known(history)
    assert found
    assert (found.runs, found.notable) == (6, False)


def test_runs_of_every_command_count(history: History) -> None:
    for command in ("watch", "validate"):
        history.record(report(minute(0), page(OK)), command)
    assert [(one.subject, one.runs) for one in history.unmoved(STAGING)] == [(PROBE, 2)]


def test_a_thousand_runs_take_no_more_room_than_one_and_go_by_age(url: str) -> None:
    with open_history(url, keep=Retention(days=1)) as history:
        answers(history, *[TIMED] * 20)
        with history._database.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM diag_claims").scalar() == 3
        for number in range(12):
            history.record(report(minute(60 * 24 * 3 + number), finding()), "watch")
        assert history.unmoved(STAGING) == ()


def test_the_trend_of_the_probe_tells_it(history: History) -> None:
    answers(history, *[TIMED] * 5)
    [trend] = history.trends(STAGING, "backend-health", now=minute(10))
    assert trend.unmoved == known(history)


# Beside what is probed now


def test_it_stands_beside_the_finding_and_changes_no_status(history: History) -> None:
    answers(history, *[TIMED] * 5)
    before = report(minute(11), page(TIMED), finding(Status.FAIL))
    after = beside(before, history.unmoved(STAGING))
    assert after.notes == (f"backend-health: {sentence(history.unmoved(STAGING)[0])}",)
    assert [each.status for each in after.findings] == [Status.PASS, Status.FAIL]
    [said] = after.findings[0].evidence
    assert (said.api, said.field, said.at) == ("history", "claimed, unmoved", "2025-09-16T12:08:00Z")
    assert beside(report(minute(11), page(replace(TIMED, answer="other"))), history.unmoved(STAGING)).notes == ()


@pytest.fixture
def declared(tmp_path: Path) -> Callable[[str], Requirements]:
    """A requirements file whose history is at that address."""

    def written(url: str) -> Requirements:
        (tmp_path / "diag.yaml").write_text(
            f"version: 1\nproject: netra-staging\nregion: us-central1\nhistory: '{url}'\n"
            "environments: {staging: {}}\n",
            encoding="utf-8",
        )
        return load([tmp_path / "diag.yaml"], environment="staging")

    return written


def test_a_glance_sees_what_is_kept(url: str, declared: Callable[[str], Requirements]) -> None:
    with open_history(url) as history:
        answers(history, *[TIMED] * 5)
        assert unmoved(declared(url), {}) == history.unmoved(STAGING)


def test_a_glance_at_what_is_not_there_makes_nothing(file: Path, declared: Callable[[str], Requirements]) -> None:
    assert unmoved(declared(f"sqlite:///{file}"), {}) == ()
    assert not file.exists()


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_glance_at_a_damaged_history_sees_nothing_and_leaves_it(
    file: Path, declared: Callable[[str], Requirements], content: bytes
) -> None:
    file.write_bytes(content)
    assert unmoved(declared(f"sqlite:///{file}"), {}) == ()
    assert file.read_bytes() == content


@pytest.mark.parametrize("url", ["postgresql://192.0.2.1/diag", "postgresql://${NOT_SET}/diag", "sqlite:////"])
def test_a_glance_at_what_cannot_be_reached_sees_nothing(url: str, declared: Callable[[str], Requirements]) -> None:
    assert unmoved(declared(url), {}) == ()


def test_a_glance_does_not_wait_for_a_lock(file: Path, declared: Callable[[str], Requirements]) -> None:
    with open_history(f"sqlite:///{file}") as history:
        answers(history, *[TIMED] * 5)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    assert unmoved(declared(f"sqlite:///{file}"), {}) == ()
    holder.close()

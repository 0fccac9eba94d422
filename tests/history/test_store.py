"""What is kept of a run, and what comes back; on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diag.errors import HistoryError
from diag.history.codec import MAX_TEXT, plain
from diag.history.store import History, open_history
from diag.history.turning import Patience
from diag.report import Finding, JsonValue, ProbeDetails, Report, Samples, Severity, Status
from diag.update import Scope, Subject
from tests.history.reports import (
    CONNECTOR,
    NAT,
    PROBE,
    REVISION,
    SERVICE,
    STAGING,
    finding,
    gate,
    minute,
    probed,
    report,
    seen,
)

WATCH = Patience(down_after=2, up_after=3)


# Runs


def test_runs_are_listed_newest_first_with_what_counts(history: History) -> None:
    history.record(report(minute(0), finding(Status.FAIL), probed()), "watch")
    history.record(report(minute(5), finding(), gate=gate(34, 41)), "validate")
    newest, oldest = history.runs()
    assert (oldest.command, oldest.at, oldest.verdict, oldest.exit_code) == ("watch", minute(0), "NOT MET", 1)
    assert (oldest.summary["fail"], oldest.summary["pass"], oldest.rate) == (1, 1, None)
    assert (newest.verdict, newest.exit_code, newest.restored) == ("NOT RESTORED", 1, False)
    assert newest.gate == "34 of 41, 82.9 %; critical 2 of 3: database fails; clean runs 0 of 3"
    assert newest.rate is not None
    assert (newest.rate.passed, newest.rate.counted) == (34, 41)


@pytest.mark.parametrize(
    ("kept", "verdict"),
    [
        (report(minute(0), finding()), "MET"),
        (report(minute(0), finding(Status.UNKNOWN)), "UNDECIDED"),
        (report(minute(0)), "UNDECIDED"),
        (report(minute(0), finding(Status.FAIL), gate=gate(4, 5, restored=True)), "RESTORED"),
        (report(minute(0), finding(), gate=gate(4, 5, undecided=True)), "UNDECIDED"),
    ],
)
def test_a_run_is_judged_as_its_command_did(history: History, kept: Report, verdict: str) -> None:
    history.record(kept, "validate")
    assert history.runs()[0].verdict == verdict


def test_runs_of_other_projects_and_environments_are_apart(history: History) -> None:
    production = Scope("netra-production")
    history.record(report(minute(0), finding(Status.FAIL)), "watch")
    history.record(report(minute(1), finding(), scope=production), "watch")
    assert history.scopes() == (production, STAGING)
    assert [run.scope for run in history.runs(project="netra-staging")] == [STAGING]
    assert [run.scope for run in history.runs(environment="")] == [production]
    assert history.states(production, "watch")[NAT].status is Status.PASS


def test_there_is_no_run_that_was_not_kept(history: History) -> None:
    with pytest.raises(HistoryError, match=r"has no run 7; see which it has: diag history list"):
        history.report(7)


def test_a_kept_run_comes_back_without_evidence_and_without_whoever_ran_it(history: History) -> None:
    run = report(minute(0), finding(Status.FAIL), probed(Status.FAIL, took=1.5))
    kept = history.report(history.record(run, "watch").run)
    assert (kept.project, kept.environment, kept.region) == ("netra-staging", "staging", "us-central1")
    assert (kept.origin.kind, kept.origin.path, kept.origin.principal) == ("history", "run 1", None)
    assert kept.exit_code() == run.exit_code()
    assert kept.findings[0] == run.findings[0]
    assert kept.findings[1] == replace(run.findings[1], observed={"status": 503})  # its time is among the timings


def test_of_a_waiver_the_day_is_kept_and_no_name(history: History) -> None:
    waived = replace(finding(Status.WAIVED), waiver="until 2026-12-31, jane@example.com: moving house")
    kept = history.report(history.record(report(minute(0), waived), "watch").run)
    assert kept.findings[0].waiver == "until 2026-12-31"


def test_nothing_in_the_file_says_who_ran_it(file: Path) -> None:
    with open_history(f"sqlite:///{file}") as history:
        history.record(report(minute(0), finding(Status.FAIL), probed()), "watch")
    kept = file.read_bytes()
    assert b"staging-connector" in kept
    assert b"jane" not in kept


# Whatever a finding says comes back

texts = st.text(max_size=MAX_TEXT + 40)
numbers = st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False)
values: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
).filter(lambda value: len(json.dumps(value, ensure_ascii=False)) <= MAX_TEXT)
seconds = st.floats(0, 1000)
samples = st.builds(Samples, st.integers(1, 9), st.integers(0, 9), st.none() | seconds, st.none() | seconds)
details = st.builds(
    ProbeDetails,
    phase=st.sampled_from(["dns", "tcp", "first-byte"]),
    timings_s=st.dictionaries(st.sampled_from(["dns", "tcp", "hold"]), seconds, max_size=3),
    cause=st.just("infrastructure"),
    address=st.none() | st.text(min_size=1, max_size=30),
    vantage=st.text(max_size=30),
    samples=st.none() | samples,
)
findings = st.builds(
    Finding,
    check=st.from_regex(r"[a-z]{2,4}\.[a-z-]{3,12}", fullmatch=True),
    status=st.sampled_from(Status),
    severity=st.sampled_from(Severity),
    title=texts,
    resource=texts,
    required=values,
    observed=values,
    reason=texts,
    probe=st.none() | details,
)


def as_kept(said: Finding) -> Finding:
    """What must come back: the same, long texts cut, characters that no database takes replaced."""
    observed = said.observed
    if said.probe and isinstance(observed, dict):
        observed = {name: value for name, value in observed.items() if name != "took_s"}
    probe = said.probe
    if probe:
        address = plain(probe.address) if probe.address else None
        probe = replace(probe, address=address, vantage=plain(probe.vantage))
    return replace(
        said,
        title=plain(said.title),
        resource=plain(said.resource),
        reason=plain(said.reason),
        observed=observed,
        probe=probe,
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(st.lists(findings, max_size=6), st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1)))
def test_any_finding_comes_back_as_it_was(history: History, found: list[Finding], at: datetime) -> None:
    run = report(at.replace(tzinfo=UTC), *found)
    id = history.record(run, "watch", patience=WATCH).run
    assert history.report(id).findings == tuple(map(as_kept, found))
    assert history.runs(1)[0].at == at.replace(tzinfo=UTC)
    assert history.runs(1)[0].summary == run.summary()


def test_a_long_value_is_kept_as_its_beginning(history: History) -> None:
    run = report(minute(0), replace(finding(), observed=["é" * 90] * 90, required="x" * 9000))
    kept = history.report(history.record(run, "watch").run).findings[0]
    for value in (kept.observed, kept.required):
        assert isinstance(value, str)
        assert value.endswith("…")
        assert len(value) <= MAX_TEXT


def test_what_json_has_no_number_for_is_kept_as_a_word(history: History) -> None:
    run = report(minute(0), replace(finding(), observed=[float("inf"), {"cpu": float("nan")}]))
    assert history.report(history.record(run, "watch").run).findings[0].observed == ["inf", {"cpu": "nan"}]


def test_characters_that_no_database_takes_are_replaced(history: History) -> None:
    odd = replace(finding(), title="a\0b\ud800c", observed={"\ud800": "\0"})
    kept = history.report(history.record(report(minute(0), odd), "watch").run).findings[0]
    assert (kept.title, kept.observed) == ("a\ufffdb\ufffdc", {"\ufffd": "\0"})


# States and turns


def test_a_turn_says_from_what_to_what_when_and_for_how_long(history: History) -> None:
    kept = seen(history, "ppff", patience=WATCH)
    assert [len(each.turns) for each in kept] == [0, 0, 0, 1]
    turn = kept[3].turns[0]
    assert (turn.subject, turn.before, turn.after) == (NAT, Status.PASS, Status.FAIL)
    assert (turn.at, turn.lasted_s, turn.command) == (minute(2), 120.0, "watch")
    assert (turn.severity, turn.title) == (Severity.CRITICAL, "All-traffic egress has no way to the internet")
    assert turn.reason == "what enters the VPC cannot leave it"
    assert history.turns_since(STAGING) == (turn,)


def test_what_is_seen_for_the_first_time_did_not_turn(history: History) -> None:
    assert seen(history, "f")[0].turns == ()


def test_states_are_there_after_a_restart(url: str) -> None:
    with open_history(url) as history:
        seen(history, "pf", patience=WATCH)
    with open_history(url) as history:
        state = history.last_state(STAGING, "watch", NAT)
        assert state is not None
        assert (state.status, state.since) == (Status.PASS, minute(0))
        assert [each.at for each in state.otherwise] == [minute(1)]
        assert len(seen(history, "f", patience=WATCH, begin=2)[0].turns) == 1


def test_a_run_that_did_not_look_at_something_leaves_its_state(history: History) -> None:
    seen(history, "pf", patience=WATCH)
    history.record(report(minute(2), probed()), "watch", patience=WATCH)
    assert len(seen(history, "f", patience=WATCH, begin=3)[0].turns) == 1


def test_commands_do_not_turn_each_others_states(history: History) -> None:
    seen(history, "p", patience=WATCH)
    assert history.record(report(minute(1), finding(Status.FAIL)), "validate").turns == ()
    assert len(history.record(report(minute(2), finding()), "validate").turns) == 1
    assert history.states(STAGING, "watch")[NAT].status is Status.PASS
    assert history.turns_since(STAGING, command="watch") == ()


def test_several_findings_of_a_check_on_a_resource_are_one_subject(history: History) -> None:
    history.record(report(minute(0), finding(), finding()), "watch")
    kept = history.record(report(minute(1), finding(), finding(Status.FAIL), finding(Status.SKIP)), "watch")
    assert [(turn.subject, turn.after) for turn in kept.turns] == [(NAT, Status.FAIL)]


def test_a_new_revision_of_a_service_is_no_new_subject(history: History) -> None:
    old = finding(Status.FAIL, "run.not-serving", f"{REVISION}00097-k7m")
    new = finding(Status.PASS, "run.not-serving", f"{REVISION}00098-q2x")
    history.record(report(minute(0), old), "watch")
    turns = history.record(report(minute(1), new), "watch").turns
    assert [(turn.subject.resource, turn.after) for turn in turns] == [(SERVICE, Status.PASS)]


def test_a_probe_has_a_state_from_each_place_it_ran(history: History) -> None:
    def elsewhere(status: Status) -> Finding:
        said = probed(status)
        assert said.probe
        return replace(said, probe=replace(said.probe, vantage="Cloud Run job diag-probe"))

    history.record(report(minute(0), probed(), elsewhere(Status.PASS)), "watch")
    turns = history.record(report(minute(1), probed(), elsewhere(Status.FAIL)), "watch").turns
    assert [turn.subject for turn in turns] == [Subject("probe.http", "backend-health", "Cloud Run job diag-probe")]


def test_a_clock_that_jumps_back_makes_no_negative_time(history: History) -> None:
    history.record(report(minute(60), finding()), "watch")
    turn = history.record(report(minute(0), finding(Status.FAIL)), "watch").turns[0]
    assert (turn.at, turn.lasted_s) == (minute(0), 0.0)
    later = history.record(report(minute(10), finding()), "watch").turns[0]
    assert later.lasted_s == 600.0
    assert [run.id for run in history.runs()] == [3, 2, 1]


def test_turns_since_a_moment_are_those_from_then_on(history: History) -> None:
    seen(history, "pfpf")
    assert [turn.at for turn in history.turns_since(STAGING, minute(2))] == [minute(2), minute(3)]


def test_a_turn_in_a_maintenance_window_says_so(history: History) -> None:
    seen(history, "p")
    kept = history.record(report(minute(1), finding(Status.FAIL)), "watch", maintenance="upgrade")
    assert kept.turns[0].maintenance == "upgrade"


def test_a_turn_is_announced_once(url: str) -> None:
    with open_history(url) as history:
        seen(history, "pfp")
        first, second = history.unannounced(STAGING, "watch")
        history.announced([first], minute(1))
    with open_history(url) as history:
        assert history.unannounced(STAGING, "watch") == (second,)
        history.announced([second])
        history.announced([])
        assert history.unannounced(STAGING, "watch") == ()


# Trends


def test_the_trend_of_a_check_has_a_point_for_each_run_that_looked(history: History) -> None:
    seen(history, "ppffp")
    history.record(report(minute(5), probed()), "watch")
    (trend,) = history.trends(STAGING, "vpc.nat-missing")
    assert trend.subject == NAT
    assert "".join(point.status.value[0] for point in trend.points) == "ppffp"
    assert [point.at for point in trend.points] == [minute(n) for n in range(5)]
    assert [turn.after for turn in trend.turns] == [Status.FAIL, Status.PASS]
    assert [(each.began, each.ended, each.lasted_s) for each in trend.outages] == [(minute(2), minute(4), 120.0)]


def test_the_trend_of_a_probe_has_its_times(history: History) -> None:
    for number, took in enumerate((0.2, 0.5, 1.5)):
        history.record(report(minute(number), probed(took=took), finding()), "watch")
    (trend,) = history.trends(STAGING, "backend-health")
    assert trend.subject == PROBE
    assert [round(point.value or 0, 6) for point in trend.points] == [0.2, 0.5, 1.5]
    assert history.trends(STAGING, "probe.http")[0].points == trend.points


def test_a_trend_is_of_the_newest_runs(history: History) -> None:
    seen(history, "fffpp")
    (trend,) = history.trends(STAGING, "vpc.nat-missing", last=2)
    assert [point.status for point in trend.points] == [Status.PASS, Status.PASS]


def test_a_trend_is_told_for_each_resource_the_worst_first(history: History) -> None:
    other = f"{CONNECTOR}-2"
    history.record(report(minute(0), finding(), finding(Status.FAIL, resource=other)), "watch")
    assert [trend.subject.resource for trend in history.trends(STAGING, "vpc.nat-missing")] == [other, CONNECTOR]
    for named in (CONNECTOR, "staging-connector"):
        assert [each.subject for each in history.trends(STAGING, "vpc.nat-missing", resource=named)] == [NAT]


def test_of_what_nobody_looked_at_there_is_no_trend(history: History) -> None:
    seen(history, "p")
    assert history.trends(STAGING, "vpc.nat") == ()
    assert history.trends(Scope("netra-staging"), "vpc.nat-missing") == ()


def test_an_outage_that_lasts_is_told_although_nothing_turned(history: History) -> None:
    seen(history, "fff")
    (trend,) = history.trends(STAGING, "vpc.nat-missing", now=minute(10))
    assert [(each.began, each.ended, each.lasted_s) for each in trend.outages] == [(minute(0), None, 600.0)]


def test_pass_rates_are_those_of_the_gate(history: History) -> None:
    seen(history, "p")
    for number, passed in enumerate((20, 28, 34), 1):
        history.record(report(minute(number), finding(), gate=gate(passed, 41)), "validate")
    assert [rate.passed for rate in history.rates(STAGING)] == [20, 28, 34]
    assert [rate.passed for rate in history.rates(STAGING, last=1)] == [34]


# Notes


def test_notes_are_kept_in_their_order(history: History) -> None:
    history.note(STAGING, "raised the pool", minute(0))
    history.note(Scope("netra-production"), "not this one")
    history.note(STAGING, "NAT is back", minute(1))
    assert [(note.at, note.text) for note in history.notes_since(STAGING)] == [
        (minute(0), "raised the pool"),
        (minute(1), "NAT is back"),
    ]
    assert [note.text for note in history.notes_since(STAGING, minute(0.5))] == ["NAT is back"]
    assert (
        timedelta() <= datetime.now(UTC) - history.notes_since(Scope("netra-production"))[0].at < timedelta(minutes=5)
    )

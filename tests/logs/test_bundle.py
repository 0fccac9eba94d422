"""A recorded log that is judged by other requirements than it was recorded for."""

from __future__ import annotations

from pathlib import Path

from diag.bundle.read import BundleSource, read
from diag.calls import Answer, Gap, GapKind
from diag.facts.world import World
from diag.plan import Plan
from diag.requirements.load import without_file
from diag.snapshot import Snapshot
from fixtures.healthy import healthy
from fixtures.staging import LINES, logged
from tests.scenarios.scenario import requirements

PATTERN = (
    "version: 1\nproject: netra-staging\nregion: us-central1\nlogs: {forbidden: [{id: a, pattern: 'another text'}]}\n"
)


def test_what_was_recorded_is_there_and_says_that_there_may_be_more(tmp_path: Path) -> None:
    estate = healthy().patched(logged())
    estate.put("logging.entries", "x", {"textPayload": "x", "logName": "projects/netra-staging/logs/x"})
    estate.write(tmp_path / "bundle", without_file("netra-staging", "us-central1"))
    recorded = read(tmp_path / "bundle")
    (call,) = Plan.of(requirements(PATTERN), frozenset({"log_entries"}), recorded.taken_at).first()
    answer = BundleSource(recorded).fetch(call, 0.0)
    assert isinstance(answer, Answer)
    assert len(answer.doc["entries"]) == 1
    assert [gap.kind for gap in answer.partial] == [GapKind.NOT_COLLECTED]
    assert "lines of declared patterns" in answer.partial[0].message
    world = World(Snapshot("netra-staging", "us-central1", recorded.taken_at, {call: answer}))
    assert world.log_gaps() == ()
    assert world.log_gaps(declared=True) == answer.partial


def test_a_log_of_another_hour_leaves_everything_open(tmp_path: Path) -> None:
    estate = healthy().patched(logged())
    estate.write(tmp_path / "bundle", without_file("netra-staging", "us-central1"))
    recorded = read(tmp_path / "bundle")
    later = requirements(PATTERN.replace("{forbidden", "{window: 2h, forbidden"))
    (call,) = Plan.of(later, frozenset({"log_entries"}), recorded.taken_at).first()
    answer = BundleSource(recorded).fetch(call, 0.0)
    assert isinstance(answer, Answer)
    assert [gap.kind for gap in answer.partial] == [GapKind.PARTIAL]


def test_what_was_recorded_for_more_patterns_is_whole(tmp_path: Path) -> None:
    estate = healthy().patched(logged())
    estate.write(tmp_path / "bundle", requirements(PATTERN))
    recorded = read(tmp_path / "bundle")
    declared = without_file("netra-staging", "us-central1")
    (call,) = Plan.of(declared, frozenset({"log_entries"}), recorded.taken_at).first()
    answer = BundleSource(recorded).fetch(call, 0.0)
    assert isinstance(answer, Answer)
    assert answer.partial == ()


def test_a_log_that_was_refused_stays_refused(tmp_path: Path) -> None:
    estate = healthy()
    estate.gap("logging.entries.list", GapKind.DENIED)
    estate.write(tmp_path / "bundle", without_file("netra-staging", "us-central1"))
    recorded = read(tmp_path / "bundle")
    (call,) = Plan.of(requirements(PATTERN), frozenset({"log_entries"}), recorded.taken_at).first()
    gap = BundleSource(recorded).fetch(call, 0.0)
    assert isinstance(gap, Gap)
    assert gap.kind is GapKind.NOT_COLLECTED


def test_the_lines_of_the_incident_come_newest_first() -> None:
    times = [line[2] for line in LINES]
    assert times == sorted(times, reverse=True)

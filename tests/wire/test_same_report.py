"""Live, recorded while live, and from the fixture: one verdict."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from diag.collect import WORKERS
from tests.fake import Fake
from tests.wire.runs import INCIDENT, RESTORED, comparable, live, recorded


@pytest.fixture(params=[INCIDENT, RESTORED], ids=lambda path: path.name)
def bundle(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


@pytest.fixture
def fake(bundle: Path) -> Iterator[Fake]:
    with Fake(bundle, latency_s=0.05) as started:
        yield started


def test_live_says_what_the_bundle_says(fake: Fake, bundle: Path) -> None:
    over_the_wire = live(fake, bundle)
    from_bundle = recorded(bundle, bundle)
    expected = comparable(from_bundle)
    found = comparable(over_the_wire)
    # What depends on the day is judged by the moment of collection; the fixtures' day is in the past.
    assert {f["check"] for f in found["findings"]} == {f["check"] for f in expected["findings"]}
    assert [f for f in found["findings"] if not _dated(f)] == [f for f in expected["findings"] if not _dated(f)]


def test_recorded_while_live_gives_the_same_report(fake: Fake, bundle: Path, tmp_path: Path) -> None:
    first = live(fake, bundle, record=tmp_path / "again")
    assert comparable(recorded(tmp_path / "again", bundle)) == comparable(first)


def test_recorded_as_zip_gives_the_same_report(fake: Fake, bundle: Path, tmp_path: Path) -> None:
    first = live(fake, bundle, record=tmp_path / "again.zip")
    assert comparable(recorded(tmp_path / "again.zip", bundle)) == comparable(first)


def test_no_call_is_made_twice_and_many_at_once(fake: Fake, bundle: Path) -> None:
    live(fake, bundle)
    assert fake.log.duplicates() == []
    assert fake.log.peak_in_flight() > 8
    assert max(len(fake.log.connections(wire)) for wire in ("grpc", "rest")) <= WORKERS


def test_pages_change_nothing(bundle: Path) -> None:
    with Fake(bundle, page_size=1) as paged:
        assert comparable(live(paged, bundle))["summary"] == _live_summary(bundle)


def _live_summary(bundle: Path) -> object:
    with Fake(bundle) as whole:
        return comparable(live(whole, bundle))["summary"]


def _dated(finding: dict[str, object]) -> bool:
    check = str(finding["check"])
    return check.endswith("-expiring") or check in ("sql.operation-pending", "sql.version-end-of-life")

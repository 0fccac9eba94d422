"""Searching log entries: grouped, counted, one signature a line; and whatever a log may hold, bounded and harmless."""

from __future__ import annotations

import json
import re
from itertools import chain

import pytest

from diag.logs.excerpts import OVERLAP, PIECE, SHOWN, excerpt, pieces
from diag.logs.search import search
from diag.logs.signatures import signatures
from tests.logs.lines import AT, REVISION, SERVICE, entry

REDIS = "Error -3 connecting to 10.166.204.83:6379. Try again."
FULL = f"projects/netra-staging/locations/us-central1/services/{SERVICE}"


def of_revision(name: str) -> dict[str, object]:
    labels = {"project_id": "netra-staging", "location": "us-central1", "service_name": SERVICE, "revision_name": name}
    return {"type": "cloud_run_revision", "labels": labels}


def test_lines_are_counted_by_service_and_revision_with_first_and_last() -> None:
    lines = [
        entry(REDIS, at="2025-09-18T08:32:00.5Z"),
        entry(REDIS, at="2025-09-18T08:31:00Z", resource=of_revision("other")),
        entry(REDIS, at="2025-09-18T08:30:00Z"),
    ]
    (found,) = search(lines)
    assert found.resource == FULL
    assert found.observed == f"3 lines from 2025-09-18T08:30:00Z to 2025-09-18T08:32:00.5Z: {REDIS}"
    assert [(one.resource, one.value) for one in found.evidence] == [
        (REVISION, {"count": 2, "first": "2025-09-18T08:30:00Z", "last": "2025-09-18T08:32:00.5Z", "example": REDIS}),
        ("other", {"count": 1, "first": "2025-09-18T08:31:00Z", "last": "2025-09-18T08:31:00Z", "example": REDIS}),
    ]


def test_the_order_of_the_entries_does_not_matter() -> None:
    lines = [entry(REDIS, at=f"2025-09-18T08:3{minute}:00Z") for minute in (1, 0, 2)]
    (found,) = search(lines)
    assert "from 2025-09-18T08:30:00Z to 2025-09-18T08:32:00Z" in found.observed


def test_an_entry_without_a_time_counts_as_well() -> None:
    (found,) = search([entry(REDIS, at="")])
    assert len(found.lines) == 1


def test_a_traceback_of_many_lines_shows_the_one_that_matters() -> None:
    (found,) = search([entry(f"Traceback (most recent call last):\n  File x\n{REDIS}\nmore")])
    assert found.lines[0].excerpt == REDIS


def test_a_text_in_any_field_of_a_structured_line_is_found() -> None:
    payload = {"message": "start failed", "error": {"causes": ["x", REDIS]}}
    (found,) = search([entry(jsonPayload=payload)])
    assert found.what.id == "redis-gai-again"


def test_what_the_kind_of_log_cannot_show_is_not_looked_for() -> None:
    assert not search([entry("ERROR:  could not extend file: No space left on device", kind="nat-log")])
    assert not search([entry("PERMISSION_DENIED", log="cloudaudit.googleapis.com%2Fdata_access")])
    assert search([entry("PERMISSION_DENIED", log="cloudaudit.googleapis.com%2Factivity")])


def test_an_entry_of_200_kb_is_searched_to_its_end() -> None:
    for before in (0, PIECE - 20, 100_000, 200_000):
        (found,) = search([entry("x" * before + f" {REDIS} " + "y" * 50_000)])
        assert REDIS in found.lines[0].excerpt
        assert len(found.lines[0].excerpt) <= SHOWN + 1


def test_pieces_overlap_and_leave_nothing_out() -> None:
    text = "".join(str(number % 10) for number in range(3 * PIECE))
    found = list(pieces(text))
    assert found[0] + "".join(piece[OVERLAP:] for piece in found[1:]) == text
    assert all(len(piece) <= PIECE for piece in found)
    assert list(pieces("short")) == ["short"]


@pytest.mark.parametrize("text", ["", " ", "\n", "\x00", "é", "𝒳" * 10, "\ud800 lone"])
def test_any_text_is_searched(text: str) -> None:
    assert not search([entry(text + "x")])
    (found,) = search([entry(f"{text} {REDIS}")])
    assert found.lines[0].excerpt.encode()


def test_an_excerpt_steers_no_terminal() -> None:
    (found,) = search([entry(f"\x1b]0;title\x07\x1b[2J\u202e{REDIS}\r\x9b31m")])
    shown = found.lines[0].excerpt
    assert shown.isprintable()
    assert shown.startswith("\\x1b]0;title\\x07\\x1b[2J\\u202eError -3")


def test_an_excerpt_shows_a_newline_inside_a_value() -> None:
    (found,) = search([entry("Error -2 connecting to 10.166.204.83\n:6379. Name or service not known.")])
    assert found.lines[0].excerpt == "Error -2 connecting to 10.166.204.83\\n:6379. Name or service not known."


def test_an_excerpt_of_a_long_line_has_the_match_in_it() -> None:
    text = "a" * 1000 + "MATCH" + "b" * 1000
    shown = excerpt(text, 1000, 1005)
    assert "MATCH" in shown
    assert shown.endswith("…")
    assert len(shown) == SHOWN + 1
    assert excerpt("MATCH" + "b" * 1000, 0, 5).startswith("MATCH")
    assert excerpt("a" * 1000 + "MATCH", 1000, 1005).endswith("MATCH")


@pytest.mark.parametrize("field", ["timestamp", "resource", "logName", "textPayload", "jsonPayload", "httpRequest"])
@pytest.mark.parametrize("value", [None, 7, "x", [], {}, {"labels": [1]}, {"labels": {"service_name": None}}])
def test_a_field_of_another_shape_breaks_nothing(field: str, value: object) -> None:
    odd = entry(REDIS, **({"at": ""} if field == "timestamp" else {}))
    odd.doc[field] = value
    found = search([odd, entry(REDIS)])
    json.dumps([one.observed for one in found])
    [right] = search([entry(REDIS)])
    assert right.what in [one.what for one in found], "the entry beside it is still read"


def test_a_line_made_of_what_patterns_need_takes_no_longer_than_another() -> None:
    """Every text that a pattern needs, over and over: a pattern that backtracks would not end."""
    for one in signatures().values():
        for text in chain.from_iterable(one.fragments.values()):
            found = search([entry(text * (20_000 // len(text)))])
            assert sum(len(one.lines) for one in found) <= 1, "one entry is of one signature"


def test_the_example_is_the_last_line() -> None:
    lines = [entry(f"{REDIS} {number}", at=re.sub("30", str(30 + number), AT)) for number in range(3)]
    (found,) = search(lines)
    assert found.lines[-1].excerpt.endswith(" 2")

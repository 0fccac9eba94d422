"""The marker of a redacted value: what it says, and that it says it again when it is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diag.facts.redacted import SCHEMES, Traits, parse_traits

BOOLEANS = st.booleans()
TRAITS = st.builds(
    Traits,
    length=st.sampled_from(["0", "1-7", "64+"]),
    newline=BOOLEANS,
    space=BOOLEANS,
    scheme=st.none() | st.sampled_from(SCHEMES),
    quotes=BOOLEANS,
    localhost=BOOLEANS,
    differs_from=st.none() | st.text(max_size=20) | st.sampled_from(['a"b\\\\, ]', "]", "\n"]),
)


@given(TRAITS)
def test_a_marker_reads_as_it_was_written(traits: Traits) -> None:
    assert parse_traits(str(traits)) == traits


@pytest.mark.parametrize(
    "value",
    [
        "localhost",
        "LOCALHOST:6379",
        "127.0.0.1",
        "[::1]:6379",
        "redis://:synthetic@localhost:6379/0",
        "10.1.2.3:9092,localhost:9092",
        "postgresql:///db?host=localhost",
        "localhost.localdomain",
    ],
)
def test_this_machine_is_seen_where_a_host_stands(value: str) -> None:
    assert Traits.of(value).localhost


@pytest.mark.parametrize(
    "value",
    ["localhost.example.com", "my-localhost", "10.127.0.0.1", "https://example.com/localhost/", "fd00::1", "0.0.0.0"],
)
def test_another_machine_is_not_taken_for_this_one(value: str) -> None:
    assert not Traits.of(value).localhost


@pytest.mark.parametrize(
    ("value", "scheme"),
    [
        ("postgresql+asyncpg://h/d", "postgresql"),
        ("jdbc:postgresql://h/d", "postgresql"),
        (' "redis://h"', "redis"),
        ("moon://h", "other"),
        ("10.1.2.3:6379", None),
        ("/cloudsql/p:r:i", None),
    ],
)
def test_a_scheme_is_named_without_its_driver(value: str, scheme: str | None) -> None:
    assert Traits.of(value).scheme == scheme


def test_a_value_may_be_what_has_its_shape_and_was_not_ruled_out() -> None:
    traits = Traits.of("https://a.example.com")
    assert traits.may_be("https://b.example.com")
    assert not traits.may_be("http://b.example.com/")
    assert not Traits("16-31", scheme="https", differs_from="https://b.example.com").may_be("https://b.example.com")

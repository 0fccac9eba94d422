"""What a line must contain for a pattern to match it; nothing where that cannot be said."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diag.logs.fragments import MOST, fragments


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        (r"SMD Phase 3 .*timeout", ("smd phase 3 ",)),
        (r"SMD Phase (?P<phase>\d+) took (?P<seconds>[\d.]+)s", ("smd phase ",)),
        (r"timeout|refused", ("refused", "timeout")),
        (r"(?i)(out of memory|killed)", ("killed", "out of memory")),
        (r"container (exited|was killed)", ("container ",)),
        (r"(exited cleanly|was killed) \d+", ("was killed", "exited cleanly")),
        (r"exit\(3\)", ("exit(3)",)),
        (r"say \"no\"", ('say "no"',)),
        (r"colou?r of it", ("r of it",)),
        (r"(very )?slow query", ("slow query",)),
        (r"(very )+slow", ("very ",)),
        (r"a{2}bcd", ("bcd",)),
        (r"[Ee]rror: disk", ("rror: disk",)),
        (r"[]x]abc[^]]def", ("abc",)),
        (r"^Traceback$", ("traceback",)),
        ("long " * 20, (("long " * 20)[:MOST],)),
    ],
)
def test_the_longest_text_that_every_match_has(pattern: str, needed: tuple[str, ...]) -> None:
    assert fragments(pattern) == needed


@pytest.mark.parametrize(
    "pattern",
    [r"\d{3}", r"a|long enough", r"(long enough)?", r"(long|\d)", r"ab", r".*", r"\x41bcdef", r"(?x) a b c d", ""],
)
def test_nothing_where_a_match_may_be_without_any(pattern: str) -> None:
    assert fragments(pattern) == ()


def test_one_pattern_that_needs_nothing_leaves_nothing_to_ask_for() -> None:
    assert fragments("container called", r"\d+") == ()


def test_a_text_within_another_stands_for_both() -> None:
    assert fragments("such file", "no such file or directory") == ("such file",)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_is_needed_is_in_every_match(data: st.DataObject) -> None:
    part = st.sampled_from(
        [
            "abc",
            "took ",
            r"\d+",
            "(x|yz)",
            "(foo bar)?",
            "d*",
            "e?",
            "[f-h]+",
            r"\(",
            "(?:one|two three)",
            "(a(b|cde)f)",
            "g{2,}",
        ]
    )
    pattern = "|".join(
        "".join(data.draw(st.lists(part, min_size=1, max_size=5))) for _ in range(data.draw(st.integers(1, 2)))
    )
    text = data.draw(st.from_regex(re.compile(pattern), alphabet="abcdefghxyz onetwhrk0123()"))
    needed = fragments(pattern)
    assert not needed or any(one in text.lower() for one in needed), (pattern, needed, text)

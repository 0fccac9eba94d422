"""YAML of a starter file: comments in place, and scalars that every parser reads the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from diag.render.starter import Block, Line, Note, render, scalar


def test_items_stand_where_they_belong() -> None:
    service = Block("api", (Line("cpu", 4), Note("memory: not seen"), Line("traffic", "latest", "check: pinned?")))
    text = render([Line("version", 1), Block("services", (service, Block("bare", (Note("nothing seen"),))))], ["head"])
    assert text == (
        "# head\n"
        "version: 1\n"
        "\n"
        "services:\n"
        "  api:\n"
        "    cpu: 4\n"
        "    # memory: not seen\n"
        "    traffic: latest  # check: pinned?\n"
        "  bare: {}\n"
        "    # nothing seen\n"
    )


def test_a_comment_stays_on_its_line() -> None:
    assert render([Note("a\nversion: 2")]) == "# a\\nversion: 2\n"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=40))
def test_text_stays_the_same_text(text: str) -> None:
    assert YAML(typ="safe", pure=True).load(f"key: {scalar(text)}") == {"key": text}


@given(
    st.one_of(
        st.sampled_from(["yes", "NO", "1e3", "0o7", "12:30", "~", "null", "1_000", "0x1f", "-.inf", "2026-12-31"])
    )
)
def test_text_that_looks_like_something_else_is_quoted(text: str) -> None:
    assert scalar(text).startswith('"')

"""Markdown: read by a real parser, so that what a name could do to a ticket is seen as a reader's browser would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from diag.render.layout import visible
from diag.render.markdown import code, prose, render
from diag.report import Report
from tests.formats.samples import NASTY, hostile_report
from tests.render import reports

TEXTS = st.text(st.sampled_from(list("a1 `|\\[]()<>!*_#&:/@.=-~{}\n\t\"'")), max_size=24) | st.sampled_from(NASTY)


def tokens(text: str) -> list[Token]:
    """Every token that GitHub-flavoured Markdown sees, those inside paragraphs too."""
    parsed = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(text)
    return [token for block in parsed for token in (block, *(block.children or ()))]


def kinds(text: str) -> set[str]:
    return {token.type for token in tokens(text)}


def only(text: str) -> list[str]:
    """What a reader sees of one paragraph, code spans and words joined."""
    assert kinds(f"Why: {text}") <= {"paragraph_open", "paragraph_close", "inline", "text", "code_inline"}, text
    return [token.content for token in tokens(f"Why: {text}") if token.type in ("text", "code_inline")]


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_prose_is_read_as_its_own_words(text: str) -> None:
    assert "".join(only(prose(text))).split() == ["Why:", *visible(text).split()]


@settings(max_examples=400, deadline=None)
@given(TEXTS.filter(str.strip))
def test_code_is_read_as_it_was(text: str) -> None:
    assert "".join(only(code(text))).split() == ["Why:", *visible(text).split()]


@settings(max_examples=100, deadline=None)
@given(TEXTS)
@example("a | b \\| c \\\\| d\\")
def test_a_text_breaks_neither_table_nor_page(text: str) -> None:
    plain, hostile = rendered_alike("x"), rendered_alike(f"x{text}")
    assert not kinds(hostile) & {"html_block", "html_inline", "link_open", "image", "hr", "blockquote_open"}
    for kind in ("table_open", "tr_open", "td_open", "th_open", "fence", "list_item_open", "heading_open"):
        assert count(hostile, kind) == count(plain, kind), kind


@settings(max_examples=100, deadline=None)
@given(TEXTS)
@example("a | b \\| c \\\\| d\\")
def test_no_pipe_shifts_a_cell(text: str) -> None:
    said = rendered_alike(f"x{text}")
    rows = "".join(cells(said)).split("\n")
    failing = next(row for row in rows if row.startswith("high\t"))
    assert failing.split("\t")[5].strip().endswith("diag.yaml:3")
    doubled = [line for line in said.splitlines() if line.startswith("|") and re.search(r"(?<!\\)(\\\\)+\|", line)]
    assert not doubled, "GitHub's own parser reads two backslashes as one, and then a pipe that splits"


def cells(text: str) -> Iterator[str]:
    """Every cell's text, ended by a tab, every row by a line's end."""
    inside = False
    for token in tokens(text):
        if token.type in ("td_open", "td_close"):
            inside = token.type == "td_open"
            yield "" if inside else "\t"
        elif token.type == "tr_close":
            yield "\n"
        elif inside and token.type in ("text", "code_inline"):
            yield token.content


def rendered_alike(text: str) -> str:
    return render(hostile_report(text))


def count(text: str, kind: str) -> int:
    return sum(token.type == kind for token in tokens(text))


def test_fix_and_evidence_stand_in_blocks_that_can_be_copied() -> None:
    fences = [token for token in tokens(render(reports.report(reports.NAT_MISSING))) if token.type == "fence"]
    fix, look, evidence = (token.content for token in fences)
    assert [token.info for token in fences] == ["sh", "sh", "text"]
    assert fix == f"{reports.NAT_MISSING.fix[0].command}\n"
    assert look == f"{reports.NAT_MISSING.fix[1].command}\n"
    assert "routers.aggregatedList nats = none" in evidence


def test_a_fix_that_is_a_sentence_is_no_command() -> None:
    finding = replace(reports.NAT_MISSING, fix=(replace(reports.NAT_MISSING.fix[1], command="declare less"),))
    said = render(reports.report(finding))
    assert "Look: declare less\n" in said
    assert "```sh" not in said


def test_of_a_thousand_alike_the_first_are_named() -> None:
    denied = [
        replace(reports.denied("vpc.x", "compute.routes.list", "routes.list"), resource=f"projects/netra-staging/{n}")
        for n in range(1000)
    ]
    said = render(reports.report(*denied))
    assert "`19` and 980 more" in said
    assert "1000" in said


@pytest.mark.parametrize(
    ("report", "head"),
    [(reports.FAILING, "# NOT MET\n"), (reports.MET, "# MET\n"), (reports.UNDECIDED, "# UNDECIDED\n")],
)
def test_the_verdict_comes_first(report: Report, head: str) -> None:
    assert render(report).startswith(head)


@pytest.mark.parametrize("word", ["10.2.0.0/28", "netra-staging", "(default", "72.09", "don't", "limits:", "3/4", "×"])
def test_a_plain_word_stays_one(word: str) -> None:
    assert prose(word) == word


@pytest.mark.parametrize(
    "word", ["evil.example", "a_b", "#1", "@ada", "GH-1", "www.x", "<b>", "0123abc", "http://x", ":x:"]
)
def test_a_word_that_renderers_make_something_of_is_code(word: str) -> None:
    assert prose(word).startswith("`") or prose(word).startswith(":`")

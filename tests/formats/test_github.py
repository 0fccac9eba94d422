"""Workflow commands: read back as the runner reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diag.render.github import render
from diag.report import Report
from tests.formats.samples import NASTY, hostile_report
from tests.render import reports


@dataclass(frozen=True)
class Annotation:
    """A command as the runner takes it apart."""

    kind: str
    properties: dict[str, str]
    message: str


def annotated(text: str) -> list[Annotation]:
    return [found for line in text.split("\n") if (found := annotation(line))]


def annotation(line: str) -> Annotation | None:
    found = re.fullmatch(r"\s*::(\w+) ?([^:]*)::(.*)", line)
    if not found:
        return None
    pairs = (pair.partition("=") for pair in found[2].split(","))
    return Annotation(found[1], {key: unquote(value) for key, _, value in pairs}, unquote(found[3]))


def test_a_failure_is_an_error_at_its_line() -> None:
    [found] = annotated(render(reports.report(reports.NAT_MISSING)))
    assert found.kind == "error"
    assert found.properties == {
        "file": "diag.yaml",
        "line": "23",
        "col": "7",
        "title": "critical vpc.nat-missing",
    }
    assert found.message.splitlines()[1] == "required: a public NAT for 10.2.0.0/28 on staging-vpc in us-central1"


@pytest.mark.parametrize(
    ("report", "kinds"),
    [
        (reports.FAILING, ["error"] * 2 + ["warning"] * 5),
        (reports.MET, []),
        (reports.UNDECIDED, ["warning"]),
        (reports.EMPTY, ["warning"]),
    ],
)
def test_what_is_not_met_or_not_seen_is_annotated(report: Report, kinds: list[str]) -> None:
    assert [found.kind for found in annotated(render(report))] == kinds


def test_what_could_not_be_seen_for_one_reason_is_one_annotation() -> None:
    denied = [reports.denied(f"vpc.check-{n}", "compute.routes.list", "routes.list") for n in range(30)]
    [found] = annotated(render(reports.report(*denied)))
    assert found.properties["title"] == "unknown: could not be seen"
    assert "needs: compute.routes.list" in found.message
    assert "vpc.check-19, and 10 more" in found.message


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20) | st.sampled_from(NASTY))
def test_no_text_makes_a_command_of_its_own(text: str) -> None:
    said = render(hostile_report(f"x{text}"))
    *commands, verdict = said.rstrip("\n").split("\n")
    assert [line.partition(" ")[0] for line in commands] == ["::error", "::warning", "::warning"]
    assert verdict.startswith("NOT MET")
    for found in annotated(said):
        assert found.properties.keys() <= {"file", "line", "col", "title"}


def test_a_file_is_named_as_the_repository_has_it() -> None:
    said = render(reports.report(reports.NAT_MISSING), named=lambda file: f"infra/{file}")
    assert "file=infra/diag.yaml," in said

"""Declared patterns are ones that RE2 takes; any other is a fault with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.errors import RequirementsError
from diag.requirements.load import load
from diag.requirements.patterns import compiled

HEAD = "version: 1\nproject: netra-staging\n"


@pytest.mark.parametrize("pattern", [r"(?x) a b", r"\u0041bc", r"(?a)\d", r"(?#why)a", r"\N{EM DASH}"])
def test_what_python_takes_and_re2_does_not_is_a_fault(
    pattern: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "diag.yaml"
    path.write_text(f"{HEAD}logs: {{forbidden: [{{id: a, pattern: '{pattern}'}}]}}\n")
    with pytest.raises(
        RequirementsError, match=r"3:37: logs\.forbidden\.0\.pattern: the pattern is not RE2: .*; write"
    ):
        load([path])
    assert capfd.readouterr() == ("", ""), "RE2 itself says nothing"


def test_a_pattern_is_used_as_one_of_re() -> None:
    found = compiled(r"took (?P<seconds>[\d.]+)s").search("é took 12.5s")
    assert (found["seconds"], found.start()) == ("12.5", 2)


def test_why_a_pattern_is_refused_is_said() -> None:
    with pytest.raises(ValueError, match=r"invalid perl operator: \(\?="):
        compiled("(?=a)")
